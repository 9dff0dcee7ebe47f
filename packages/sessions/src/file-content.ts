/**
 * Where the bytes of a written file go. A running digest keeps none of them: it knows the hash of what was written from
 * front to back, gaps included, which is how programs write nearly all files.
 */
import { createHash } from 'node:crypto';

export interface FileContent {
  write(at: number, bytes: Uint8Array): void;
  /** Takes bytes over from another content of the same kind; false: it cannot. */
  copy(at: number, source: FileContent, from: number, length: number): boolean;
  /** SHA-256 of what was written so far in hexadecimal digits; undefined when it is not known. */
  digest(): string | undefined;
}

/** Longer gaps between two writes make hashing take long for nothing. */
const LONGEST_GAP = 64 << 20;
const ZEROS = new Uint8Array(1 << 16);

export class RunningDigest implements FileContent {
  private hash = createHash('sha256');
  private position = 0;
  private known = true;

  write(at: number, bytes: Uint8Array): void {
    if (at < this.position || at - this.position > LONGEST_GAP) this.known = false;
    if (!this.known) return;
    while (this.position < at) {
      const gap = Math.min(ZEROS.length, at - this.position);
      this.hash.update(ZEROS.subarray(0, gap));
      this.position += gap;
    }
    this.hash.update(bytes);
    this.position += bytes.length;
  }

  /** Without the bytes only a whole file can be copied: its hash goes with it. */
  copy(at: number, source: FileContent, from: number, length: number): boolean {
    if (!(source instanceof RunningDigest) || !source.known || !this.known) return false;
    if (at !== 0 || from !== 0 || this.position !== 0 || length !== source.position) return false;
    this.hash = source.hash.copy();
    this.position = length;
    return true;
  }

  digest(): string | undefined {
    return this.known ? this.hash.copy().digest('hex') : undefined;
  }
}

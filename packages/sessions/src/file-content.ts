/**
 * Where the bytes of a written file go. A running digest keeps none of them: it knows the hash of what was written from
 * front to back, gaps included, which is how programs write nearly all files.
 */
import { createHash } from 'node:crypto';

export interface FileContent {
  write(at: number, bytes: Uint8Array): void;
  /** SHA-256 of what was written so far in hexadecimal digits; undefined when it is not known. */
  digest(): string | undefined;
}

/** Longer gaps between two writes make hashing take long for nothing. */
const LONGEST_GAP = 64 << 20;
const ZEROS = new Uint8Array(1 << 16);

export class RunningDigest implements FileContent {
  private readonly hash = createHash('sha256');
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

  digest(): string | undefined {
    return this.known ? this.hash.copy().digest('hex') : undefined;
  }
}

/**
 * One capture file while it is written: gzip members one after another. Invariant: the file ends with a whole member,
 * unless the process is killed inside a write; a failed write is taken back.
 */
import { closeSync, fdatasyncSync, ftruncateSync, writeSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

/** A member is mostly shorter; the default of 16 KiB would leave many pieces to join. */
const OUTPUT_BYTES = 128 * 1024;

export interface MemberFileOptions {
  readonly level: number;
  /** Most uncompressed bytes of a member. */
  readonly memberBytes: number;
  /** Write through to the disk after every member. */
  readonly fsync: boolean;
}

export class MemberFile {
  /** Compressed bytes in whole members, and what went in. */
  bytes: number;
  rawBytes: number;
  events = 0;
  private readonly fd: number;
  private readonly options: MemberFileOptions;

  /** `begun`: what is in it already. */
  constructor(fd: number, begun: { readonly bytes: number; readonly rawBytes: number }, options: MemberFileOptions) {
    this.fd = fd;
    this.bytes = begun.bytes;
    this.rawBytes = begun.rawBytes;
    this.options = options;
  }

  /** Compresses and writes; throws the system's error after taking back what a failed write left. */
  append(raw: Uint8Array, events: number): void {
    const { memberBytes, level, fsync } = this.options;
    const before = this.bytes;
    try {
      for (let at = 0; at < raw.length; at += memberBytes) {
        this.writeAll(gzipSync(raw.subarray(at, at + memberBytes), { level, chunkSize: OUTPUT_BYTES }));
      }
      if (fsync) fdatasyncSync(this.fd);
    } catch (error) {
      this.bytes = before;
      ftruncateSync(this.fd, before);
      throw error;
    }
    this.rawBytes += raw.length;
    this.events += events;
  }

  close(): void {
    closeSync(this.fd);
  }

  private writeAll(member: Uint8Array): void {
    for (let at = 0; at < member.length; ) at += writeSync(this.fd, member, at, member.length - at, this.bytes + at);
    this.bytes += member.length;
  }
}

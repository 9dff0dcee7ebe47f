/**
 * One capture file while it is written: gzip members one after another. Invariant: the file ends with a whole member,
 * unless the process is killed inside a write; a failed write is taken back.
 */
import { closeSync, fdatasyncSync, ftruncateSync, unlinkSync, writeSync } from 'node:fs';
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
  bytes = 0;
  rawBytes = 0;
  events = 0;
  private readonly fd: number;
  private readonly path: string;
  private readonly options: MemberFileOptions;

  constructor(fd: number, path: string, options: MemberFileOptions) {
    this.fd = fd;
    this.path = path;
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

  /** Closes the file; one that never got a member is removed. */
  close(): void {
    closeSync(this.fd);
    if (this.bytes === 0) unlinkSync(this.path);
  }

  private writeAll(member: Uint8Array): void {
    for (let at = 0; at < member.length; ) at += writeSync(this.fd, member, at, member.length - at, this.bytes + at);
    this.bytes += member.length;
  }
}

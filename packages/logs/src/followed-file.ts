/**
 * One open file that is being followed: its descriptor, how far it was read, and what its last bytes were. A file that
 * became shorter, or whose bytes before our offset changed, was emptied and written anew: reading starts again at 0.
 */
import { closeSync, fstatSync, readSync } from 'node:fs';
import type { SplitLine } from './line-splitter.ts';
import { LineSplitter } from './line-splitter.ts';
import { identity } from './safe-open.ts';

const CHUNK = 256 * 1024;
/** Bytes that one look reads at most; the rest follows in the next turn. */
const TURN = 4 * 1024 * 1024;
/** More than this unread: somebody made a hole or floods. Both ends are read, the middle is counted as lost. */
const BACKLOG = 64 * 1024 * 1024;
const ENDS = 1024 * 1024;
const FINGERPRINT = 64;

const chunk = new Uint8Array(CHUNK);

export interface FilePosition {
  /** `device:inode`. */
  readonly identity: string;
  /** Offset of the first byte that was not given out as part of a whole line. */
  readonly offset: number;
  /** The bytes before that offset, hexadecimal. */
  readonly before: string;
}

export interface LookHandler {
  onLine(line: SplitLine): void;
  onTruncated(unread: number): void;
  onSkipped(bytes: number): void;
}

export class FollowedFile {
  readonly fd: number;
  readonly identity: string;
  private readonly splitter = new LineSplitter();
  /** Time of the last change that was looked at. */
  private modified = 0;
  private before = new Uint8Array(0);
  /** The bytes before the pending line: what a restart compares. */
  private beforeLine = '';

  constructor(fd: number) {
    this.fd = fd;
    this.identity = identity(fstatSync(fd));
  }

  /** Goes on where an earlier reading stopped, if the file still holds what was read then. */
  resume(position: FilePosition): boolean {
    const before = Uint8Array.from(Buffer.from(position.before, 'hex'));
    if (position.offset > fstatSync(this.fd).size || before.length > position.offset) return false;
    const there = new Uint8Array(before.length);
    readSync(this.fd, there, 0, there.length, position.offset - before.length);
    if (!same(there, before)) return false;
    this.splitter.seek(position.offset);
    this.before = before;
    this.beforeLine = position.before;
    return true;
  }

  /** Reads what is new. True when more is waiting. */
  look(handler: LookHandler): boolean {
    const { size, mtimeMs } = fstatSync(this.fd);
    if (size < this.splitter.end || (mtimeMs !== this.modified && !this.unchanged())) this.restart(handler);
    this.modified = mtimeMs;
    if (size - this.splitter.end > BACKLOG) this.leap(size, handler);
    for (let left = TURN; left > 0; ) {
      const got = this.read(handler);
      if (got === 0) return false;
      left -= got;
    }
    return true;
  }

  get position(): FilePosition {
    return { identity: this.identity, offset: this.splitter.start, before: this.beforeLine };
  }

  close(handler: LookHandler): void {
    this.splitter.flush((line) => handler.onLine(line));
    closeSync(this.fd);
  }

  private read(handler: LookHandler): number {
    const got = readSync(this.fd, chunk, 0, CHUNK, this.splitter.end);
    if (got === 0) return 0;
    const bytes = chunk.subarray(0, got);
    const from = this.splitter.end;
    this.splitter.push(bytes, (line) => handler.onLine(line));
    this.remember(bytes, from);
    return got;
  }

  private remember(bytes: Uint8Array, from: number): void {
    const seen = Buffer.concat([this.before, bytes.subarray(Math.max(0, bytes.length - 2 * FINGERPRINT - 8192))]);
    const start = this.splitter.end - seen.length;
    const lineAt = this.splitter.start - start;
    if (this.splitter.start >= from && lineAt >= 0) {
      this.beforeLine = seen.subarray(Math.max(0, lineAt - FINGERPRINT), lineAt).toString('hex');
    } else if (this.splitter.start >= from) {
      this.beforeLine = '';
    }
    this.before = Uint8Array.from(seen.subarray(Math.max(0, seen.length - FINGERPRINT)));
  }

  private unchanged(): boolean {
    const there = new Uint8Array(this.before.length);
    const got = readSync(this.fd, there, 0, there.length, this.splitter.end - there.length);
    return got === there.length && same(there, this.before);
  }

  private restart(handler: LookHandler): void {
    const pending = this.splitter.end - this.splitter.start;
    this.splitter.flush((line) => handler.onLine(line));
    this.splitter.seek(0);
    this.before = new Uint8Array(0);
    this.beforeLine = '';
    handler.onTruncated(pending);
  }

  private leap(size: number, handler: LookHandler): void {
    for (let read = 0; read < ENDS; ) {
      const got = this.read(handler);
      if (got === 0) return;
      read += got;
    }
    const to = size - ENDS;
    handler.onSkipped(to - this.splitter.end);
    this.splitter.flush((line) => handler.onLine(line));
    this.splitter.seek(to);
    this.before = new Uint8Array(0);
    this.beforeLine = '';
  }
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

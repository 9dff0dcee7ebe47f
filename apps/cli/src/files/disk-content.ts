/**
 * Written files put together in a directory of ours: each under a number while it grows, then under its hash, whatever the
 * attacker called it. Only so many are open at once.
 */
import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync, renameSync, rmSync, writeSync } from 'node:fs';
import path from 'node:path';
import type { FileContent } from '@waspglass/sessions';

/** The recorded machine's programs are nothing to run. */
const MODE = 0o600;
const MOST_OPEN = 64;
const BLOCK = 1 << 20;

export class DiskContents {
  readonly directory: string;
  private made = 0;
  /** The least recently used first. */
  private readonly open = new Map<string, number>();
  private readonly buffer = Buffer.alloc(BLOCK);

  constructor(directory: string) {
    this.directory = directory;
  }

  create(): DiskContent {
    return new DiskContent(this, path.join(this.directory, `.${process.pid}-${++this.made}`));
  }

  write(file: string, at: number, bytes: Uint8Array): void {
    const fd = this.descriptor(file);
    for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done, bytes.length - done, at + done);
  }

  copy(file: string, at: number, source: string, from: number, length: number): void {
    for (let done = 0; done < length; ) {
      const n = readSync(this.descriptor(source), this.buffer, 0, Math.min(BLOCK, length - done), from + done);
      if (n === 0) return;
      this.write(file, at + done, this.buffer.subarray(0, n));
      done += n;
    }
  }

  digest(file: string): string {
    const fd = this.descriptor(file);
    const hash = createHash('sha256');
    for (let at = 0; ; ) {
      const n = readSync(fd, this.buffer, 0, BLOCK, at);
      if (n === 0) return hash.digest('hex');
      hash.update(this.buffer.subarray(0, n));
      at += n;
    }
  }

  move(file: string, name: string): void {
    this.release(file);
    renameSync(file, path.join(this.directory, name));
  }

  remove(file: string): void {
    this.release(file);
    rmSync(file, { force: true });
  }

  private descriptor(file: string): number {
    const known = this.open.get(file);
    if (known !== undefined) {
      this.open.delete(file);
      this.open.set(file, known);
      return known;
    }
    if (this.open.size >= MOST_OPEN) this.release(this.open.keys().next().value ?? '');
    const fd = openSync(file, 'a+', MODE);
    closeSync(fd);
    const writable = openSync(file, 'r+');
    this.open.set(file, writable);
    return writable;
  }

  private release(file: string): void {
    const fd = this.open.get(file);
    if (fd !== undefined) closeSync(fd);
    this.open.delete(file);
  }
}

export class DiskContent implements FileContent {
  private readonly contents: DiskContents;
  private readonly file: string;

  constructor(contents: DiskContents, file: string) {
    this.contents = contents;
    this.file = file;
  }

  write(at: number, bytes: Uint8Array): void {
    this.contents.write(this.file, at, bytes);
  }

  copy(at: number, source: FileContent, from: number, length: number): boolean {
    if (!(source instanceof DiskContent)) return false;
    this.contents.copy(this.file, at, source.file, from, length);
    return true;
  }

  digest(): string {
    return this.contents.digest(this.file);
  }

  /** Leaves it in the directory under this name. */
  keep(name: string): void {
    this.contents.move(this.file, name);
  }

  drop(): void {
    this.contents.remove(this.file);
  }
}

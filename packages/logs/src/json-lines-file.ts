/**
 * A file of JSON lines that others may rotate (alerts.jsonl): appended to, and opened anew when the name belongs to
 * another file or to none.
 */

import type { FileHandle } from 'node:fs/promises';
import { open, stat } from 'node:fs/promises';
import { systemCode } from '@waspglass/kit';
import type { BatchOptions, BatchStats } from './batch-writer.ts';
import { BatchWriter } from './batch-writer.ts';

export class JsonLinesFile {
  private readonly writer: BatchWriter;

  constructor(path: string, options: BatchOptions & { readonly mode?: number } = {}) {
    this.writer = new BatchWriter(new Reopened(path, options.mode ?? 0o640), options);
  }

  get stats(): Readonly<BatchStats> {
    return this.writer.stats;
  }

  append(value: unknown): void {
    this.writer.push(JSON.stringify(value));
  }

  /** A value that is JSON already, without line breaks: numbers beyond 2^53 stay whole. */
  appendLine(json: string): void {
    this.writer.push(json);
  }

  /** True when everything is in the file. */
  flush(): Promise<boolean> {
    return this.writer.flush();
  }

  close(): Promise<boolean> {
    return this.writer.close();
  }
}

class Reopened {
  private readonly path: string;
  private readonly mode: number;
  private handle: FileHandle | undefined;

  constructor(path: string, mode: number) {
    this.path = path;
    this.mode = mode;
  }

  async open(beginning: boolean): Promise<FileHandle> {
    if (this.handle !== undefined && beginning && !(await this.stillNamed(this.handle))) await this.close();
    this.handle ??= await open(this.path, 'a', this.mode);
    return this.handle;
  }

  async close(): Promise<void> {
    const handle = this.handle;
    this.handle = undefined;
    await handle?.close();
  }

  private async stillNamed(handle: FileHandle): Promise<boolean> {
    try {
      const [named, held] = await Promise.all([stat(this.path), handle.stat()]);
      return named.ino === held.ino && named.dev === held.dev;
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return false;
      throw error;
    }
  }
}

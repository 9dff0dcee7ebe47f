/**
 * The document queue: a directory of `documents.<seq 8 digits>.jsonl`, one document per line, written by one process and
 * read by another. A writer never appends to a file of an earlier one, so a line that a killed writer left unfinished
 * stays the last of its file.
 */
import { mkdirSync, readdirSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '@waspglass/kit';
import type { BatchOptions, BatchStats } from './batch-writer.ts';
import { BatchWriter } from './batch-writer.ts';
import type { WaspglassDocument } from './documents.ts';
import { fail } from './errors.ts';

const NAME = /^documents\.(\d{8})\.jsonl$/;

/** Number in the name of a queue file, or -1. */
export function queueSequence(name: string): number {
  const match = NAME.exec(name);
  return match === null ? -1 : Number(match[1]);
}

export function queueFileName(sequence: number): string {
  return `documents.${String(sequence).padStart(8, '0')}.jsonl`;
}

/** Numbers of the files that are there, ascending. */
export function queueSequences(directory: string): number[] {
  try {
    return readdirSync(directory)
      .map(queueSequence)
      .filter((n) => n >= 0)
      .sort((a, b) => a - b);
  } catch (error) {
    throw fail('WG_LOG_QUEUE_DIRECTORY', { reason: messageOf(error) }, { at: { file: directory }, cause: error });
  }
}

export interface DocumentQueueOptions extends BatchOptions {
  readonly directory: string;
  /** A new file begins when this is reached. */
  readonly fileBytes?: number;
  /** Mode of new files; the group may read and delete by the directory's own mode. */
  readonly mode?: number;
}

export class DocumentQueue {
  private readonly writer: BatchWriter;

  constructor(options: DocumentQueueOptions) {
    try {
      mkdirSync(options.directory, { recursive: true });
    } catch (error) {
      const at = { file: options.directory };
      throw fail('WG_LOG_QUEUE_DIRECTORY', { reason: messageOf(error) }, { at, cause: error });
    }
    this.writer = new BatchWriter(new QueueFiles(options), options);
  }

  get stats(): Readonly<BatchStats> {
    return this.writer.stats;
  }

  push(document: WaspglassDocument): void {
    this.writer.push(JSON.stringify(document));
  }

  /** True when everything is in the file. */
  flush(): Promise<boolean> {
    return this.writer.flush();
  }

  close(): Promise<boolean> {
    return this.writer.close();
  }
}

class QueueFiles {
  private readonly directory: string;
  private readonly fileBytes: number;
  private readonly mode: number;
  private sequence: number;
  private size = 0;
  private handle: FileHandle | undefined;

  constructor({ directory, fileBytes = 16 * 1024 * 1024, mode = 0o640 }: DocumentQueueOptions) {
    this.directory = directory;
    this.fileBytes = fileBytes;
    this.mode = mode;
    this.sequence = (queueSequences(directory).at(-1) ?? -1) + 1;
  }

  async open(beginning: boolean): Promise<FileHandle> {
    if (beginning && this.size >= this.fileBytes) await this.close();
    this.handle ??= await this.next();
    return this.handle;
  }

  wrote(bytes: number): void {
    this.size += bytes;
  }

  async close(): Promise<void> {
    const handle = this.handle;
    this.handle = undefined;
    await handle?.close();
  }

  /** A name that was used is never used again, be it that a reader has deleted the file. */
  private async next(): Promise<FileHandle> {
    const handle = await open(join(this.directory, queueFileName(this.sequence)), 'ax', this.mode);
    this.sequence++;
    this.size = 0;
    return handle;
  }
}

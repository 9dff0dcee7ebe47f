/**
 * The reading side of the document queue. A position is a file and an offset; the reader's owner keeps it together with
 * what it made of the documents and hands it back after a restart. Broken lines are counted and skipped; a last line
 * without its newline is left until it is complete, or until a newer file shows that it never will be.
 */
import { closeSync, constants, fstatSync, openSync, readSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { systemCode } from '@waspglass/kit';
import { queueFileName, queueSequence, queueSequences } from './document-queue.ts';
import type { WaspglassDocument } from './documents.ts';
import { noticeChanges } from './notice.ts';

/** A longer line is no document of ours. */
const LINE_LIMIT = 1024 * 1024;
const CHUNK = 256 * 1024;
const POLL_MS = 250;

export interface QueuePosition {
  readonly file: string;
  readonly offset: number;
}

export interface QueueBatch {
  readonly documents: readonly WaspglassDocument[];
  /** Behind the last line of the batch. */
  readonly position: QueuePosition;
}

export class DocumentQueueReader {
  readonly stats = { documents: 0, corrupt: 0, tooLong: 0, unfinished: 0 };
  private readonly directory: string;
  private sequence: number;
  private offset: number;
  /** Bytes of the current file that were no whole line. */
  private left = 0;

  constructor({ directory, position }: { readonly directory: string; readonly position?: QueuePosition | undefined }) {
    this.directory = directory;
    this.sequence = position === undefined ? -1 : queueSequence(position.file);
    this.offset = position?.offset ?? 0;
  }

  get position(): QueuePosition {
    return { file: queueFileName(Math.max(0, this.sequence)), offset: this.offset };
  }

  /** At most `limit` documents; none when there is nothing new. */
  next(limit = 1000): QueueBatch {
    const documents: WaspglassDocument[] = [];
    for (const sequence of this.files()) {
      if (sequence !== this.sequence) this.enter(sequence);
      this.readFile(documents, limit);
      if (documents.length >= limit) break;
    }
    this.stats.documents += documents.length;
    return { documents, position: this.position };
  }

  /** Deletes the files before the position's: call it once the position is kept safely. */
  consume(position: QueuePosition): number {
    const before = queueSequence(position.file);
    let deleted = 0;
    for (const sequence of queueSequences(this.directory)) {
      if (sequence >= before) break;
      unlinkSync(join(this.directory, queueFileName(sequence)));
      deleted++;
    }
    return deleted;
  }

  /** Calls back when there may be something new, until the returned function is called. */
  watch(onChange: () => void): () => void {
    const timer = setInterval(onChange, POLL_MS);
    const endNotices = noticeChanges(this.directory, onChange);
    return () => {
      clearInterval(timer);
      endNotices();
    };
  }

  private files(): number[] {
    return queueSequences(this.directory).filter((n) => n >= this.sequence);
  }

  /** A newer file exists, so what is left in this one will never be a whole line. */
  private enter(sequence: number): void {
    if (this.left > 0) this.stats.unfinished++;
    this.left = 0;
    this.sequence = sequence;
    this.offset = 0;
  }

  private readFile(documents: WaspglassDocument[], limit: number): void {
    const fd = this.open();
    if (fd === undefined) return;
    try {
      const size = fstatSync(fd).size;
      while (documents.length < limit && this.offset < size) if (!this.readLines(fd, documents, limit)) return;
    } finally {
      this.left = fstatSync(fd).size - this.offset;
      closeSync(fd);
    }
  }

  private open(): number | undefined {
    try {
      const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
      return openSync(join(this.directory, queueFileName(this.sequence)), flags);
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** Takes whole lines from one piece of the file; false when the rest has to wait. */
  private readLines(fd: number, documents: WaspglassDocument[], limit: number): boolean {
    let piece = this.piece(fd, CHUNK);
    if (!piece.includes(10) && piece.length === CHUNK) piece = this.piece(fd, LINE_LIMIT);
    if (!piece.includes(10)) return this.skipUnfinished(fd, piece.length);
    let from = 0;
    while (documents.length < limit) {
      const newline = piece.indexOf(10, from);
      if (newline < 0) break;
      this.take(piece.subarray(from, newline), documents);
      from = newline + 1;
    }
    this.offset += from;
    return true;
  }

  private piece(fd: number, length: number): Buffer {
    const buffer = Buffer.allocUnsafe(length);
    return buffer.subarray(0, readSync(fd, buffer, 0, length, this.offset));
  }

  private take(line: Buffer, documents: WaspglassDocument[]): void {
    const document = parseDocument(line);
    if (document === undefined) this.stats.corrupt++;
    else documents.push(document);
  }

  /** No newline in sight: too long a line (skip it), or the unfinished end of a file. */
  private skipUnfinished(fd: number, length: number): boolean {
    if (length < LINE_LIMIT) return false;
    for (let at = this.offset + length; ; ) {
      const buffer = Buffer.allocUnsafe(CHUNK);
      const got = readSync(fd, buffer, 0, CHUNK, at);
      const newline = buffer.subarray(0, got).indexOf(10);
      if (newline >= 0) {
        this.offset = at + newline + 1;
        this.stats.tooLong++;
        return true;
      }
      if (got === 0) return false;
      at += got;
    }
  }
}

function parseDocument(line: Buffer): WaspglassDocument | undefined {
  try {
    const value: unknown = JSON.parse(line.toString('utf8'));
    return isDocument(value) ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isDocument(value: unknown): value is WaspglassDocument {
  if (typeof value !== 'object' || value === null || !('_id' in value) || !('event' in value)) return false;
  const { _id, event } = value;
  return typeof _id === 'string' && typeof event === 'object' && event !== null && 'dataset' in event;
}

/** What the last writer of a queue wrote into its newest file; nothing when there is none. */
export function* newestDocuments(directory: string): Generator<WaspglassDocument> {
  const newest = queueSequences(directory).at(-1);
  if (newest === undefined) return;
  const reader = new DocumentQueueReader({ directory, position: { file: queueFileName(newest), offset: 0 } });
  for (;;) {
    const { documents } = reader.next();
    if (documents.length === 0) return;
    yield* documents;
  }
}

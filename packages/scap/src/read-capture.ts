/**
 * Reads capture files from disk or standard input: gzip is recognised by content, several files are one stream with
 * continuous event numbers. Reading or inflating the next piece overlaps with parsing the last one.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { messageOf } from '@waspglass/kit';
import { fail } from './errors.ts';
import { gunzip, isGzip } from './gunzip.ts';
import { type ReaderStats, type ScapHandler, ScapReader } from './reader.hot.ts';

export interface ReadProgress {
  readonly file: string;
  /** Bytes of the file (compressed, if it is) that were read, and its size; 0 when unknown. */
  readonly bytes: number;
  readonly size: number;
  readonly events: number;
}

export interface ReadOptions {
  readonly onProgress?: (progress: ReadProgress) => void;
  /** Called with each file's name before its first block. */
  readonly onFile?: (file: string) => void;
}

export interface ReadStats extends Readonly<ReaderStats> {
  /** Files begun. */
  readonly files: number;
  /** The handler stopped the reading. */
  readonly stopped: boolean;
}

/** Bytes per read of a plain and of a compressed file. */
const READ_BYTES = 1 << 20;

/** Reads the files in order ('-' is standard input). Damage is thrown after everything before it was delivered. */
export async function readCapture(
  paths: readonly string[],
  handler: ScapHandler,
  options: ReadOptions = {},
): Promise<ReadStats> {
  const reader = new ScapReader(handler);
  let files = 0;
  for (const path of paths) {
    if (reader.stopped) break;
    files++;
    const name = path === '-' ? 'standard input' : path;
    options.onFile?.(name);
    reader.begin(name);
    await readFile(reader, path, name, options);
  }
  return { ...reader.stats, files, stopped: reader.stopped };
}

async function readFile(reader: ScapReader, path: string, name: string, options: ReadOptions): Promise<void> {
  const progress = { file: name, bytes: 0, size: 0 };
  const report = () => options.onProgress?.({ ...progress, events: reader.stats.events });
  const input = pieces(path, name, progress);
  try {
    const first = await input.next();
    const start = first.done === true ? new Uint8Array(0) : first.value;
    const whole = withFirst(start, input);
    if (isGzip(start)) await consume(reader, inGroups(gunzip(whole, name)), report);
    else await consume(reader, whole, report);
  } finally {
    await input.return(undefined);
  }
  reader.end();
}

/** Feeds the reader; asks for the next piece before parsing the last. */
async function consume(reader: ScapReader, input: AsyncGenerator<Uint8Array>, report: () => void): Promise<void> {
  let next = input.next();
  try {
    while (!reader.stopped) {
      const piece = await next;
      if (piece.done === true) return;
      next = input.next();
      // A failure of the look-ahead is reported when its turn comes.
      next.catch(() => undefined);
      reader.push(piece.value);
      report();
    }
  } finally {
    await input.return(undefined);
  }
}

async function* inGroups(groups: AsyncIterable<Uint8Array[]>): AsyncGenerator<Uint8Array> {
  for await (const group of groups) for (const piece of group) yield piece;
}

async function* withFirst(first: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield first;
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
}

/** A file's bytes, each piece in a buffer of its own: the next read runs while the last is parsed. */
async function* pieces(
  path: string,
  name: string,
  progress: { bytes: number; size: number },
): AsyncGenerator<Uint8Array> {
  if (path === '-') {
    for await (const piece of process.stdin) {
      progress.bytes += piece.length;
      yield piece as Uint8Array;
    }
    return;
  }
  const handle = await openFile(path, name);
  try {
    progress.size = (await handle.stat()).size;
    for (;;) {
      const buffer = new Uint8Array(READ_BYTES);
      const length = await readPiece(handle, buffer, name);
      if (length === 0) return;
      progress.bytes += length;
      yield buffer.subarray(0, length);
    }
  } finally {
    await handle.close();
  }
}

async function openFile(path: string, name: string): Promise<FileHandle> {
  try {
    return await open(path, 'r');
  } catch (cause) {
    throw fail('WG_SCAP_READ', { found: messageOf(cause) }, { at: { file: name }, cause });
  }
}

async function readPiece(handle: FileHandle, buffer: Uint8Array, name: string): Promise<number> {
  try {
    return (await handle.read(buffer, 0, buffer.length)).bytesRead;
  } catch (cause) {
    throw fail('WG_SCAP_READ', { found: messageOf(cause) }, { at: { file: name }, cause });
  }
}

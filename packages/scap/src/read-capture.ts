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
  const report = () => options.onProgress?.({ ...progress, events: reader.cursor.num });
  if (path === '-') await readStream(reader, standardInput(progress), name, report);
  else {
    const handle = await openFile(path, name);
    try {
      progress.size = (await handle.stat()).size;
      await readHandle(reader, handle, progress, report);
    } finally {
      await handle.close();
    }
  }
  reader.end();
}

/** A plain file is read straight into the reader's buffer. */
async function readHandle(
  reader: ScapReader,
  handle: FileHandle,
  progress: { readonly file: string; bytes: number },
  report: () => void,
): Promise<void> {
  for (let piece = 0; !reader.stopped; piece++) {
    const space = reader.space().subarray(0, READ_BYTES);
    const length = await readPiece(handle, space, progress.file);
    if (length === 0) return;
    progress.bytes += length;
    if (piece === 0 && isGzip(space)) {
      const first = space.slice(0, length);
      await consume(reader, inGroups(gunzip(withFirst(first, filePieces(handle, progress)), progress.file)), report);
      return;
    }
    reader.commit(length);
    report();
  }
}

async function readStream(
  reader: ScapReader,
  input: AsyncGenerator<Uint8Array>,
  name: string,
  report: () => void,
): Promise<void> {
  const first = await input.next();
  if (first.done === true) return;
  const all = withFirst(first.value, input);
  await consume(reader, isGzip(first.value) ? inGroups(gunzip(all, name)) : all, report);
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

async function* standardInput(progress: { bytes: number }): AsyncGenerator<Uint8Array> {
  for await (const piece of process.stdin) {
    progress.bytes += piece.length;
    yield piece as Uint8Array;
  }
}

/** The rest of a file, each piece in a buffer of its own: the next read runs while the last piece is worked on. */
async function* filePieces(
  handle: FileHandle,
  progress: { readonly file: string; bytes: number },
): AsyncGenerator<Uint8Array> {
  for (;;) {
    const buffer = new Uint8Array(READ_BYTES);
    const length = await readPiece(handle, buffer, progress.file);
    if (length === 0) return;
    progress.bytes += length;
    yield buffer.subarray(0, length);
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

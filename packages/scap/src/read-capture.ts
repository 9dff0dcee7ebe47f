/**
 * Reads capture files from disk or standard input: gzip is recognised by content, several files are one stream with
 * continuous event numbers. A file is read in small steps that stay in the processor's cache; a long compressed one is
 * inflated by a second thread, and what comes through a pipe is read ahead.
 */
import { readSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import { messageOf } from '@waspglass/kit';
import { captureOrder } from './capture-order.ts';
import { fail } from './errors.ts';
import { gunzip, isGzip } from './gunzip.ts';
import { canInflate, GzipFile } from './inflate.hot.ts';
import { readWithThread } from './inflate-thread.ts';
import { type ReaderStats, type ScapHandler, ScapReader } from './reader.hot.ts';

export interface ReadProgress {
  readonly file: string;
  /** Bytes of the file (compressed, if it is) that were read, and its size; 0 when unknown. */
  readonly bytes: number;
  readonly size: number;
  readonly events: number;
}

export interface ReadOptions {
  /** Called about once per MiB; reading goes on once the promise that it returns, if any, is kept. */
  readonly onProgress?: (progress: ReadProgress) => void | Promise<void>;
  /** Called with each file's name before its first block. */
  readonly onFile?: (file: string) => void;
}

export interface ReadStats extends Readonly<ReaderStats> {
  /** Files begun. */
  readonly files: number;
  /** The handler stopped the reading. */
  readonly stopped: boolean;
}

/** Bytes per read of a file that is read ahead. */
const READ_BYTES = 1 << 20;
/** Bytes per read of a file that is read in step with parsing: they stay in the processor's cache. */
const STEP_BYTES = 128 * 1024;
/** Bytes between two turns of the event loop. */
const TURN_BYTES = 1 << 20;
/** Compressed files from this size on are worth a second thread. */
const THREAD_BYTES = 1 << 20;

/**
 * Reads the files ('-' is standard input), those of one recording in the order of time. Damage is thrown after everything
 * before it was delivered.
 */
export async function readCapture(
  paths: readonly string[],
  handler: ScapHandler,
  options: ReadOptions = {},
): Promise<ReadStats> {
  const reader = new ScapReader(handler, { shared: true });
  let files = 0;
  for (const path of captureOrder(paths)) {
    if (reader.stopped) break;
    files++;
    const name = path === '-' ? 'standard input' : path;
    options.onFile?.(name);
    reader.begin(name);
    await readFile(reader, path, name, options);
  }
  return { ...reader.stats, files, stopped: reader.stopped };
}

interface Progress {
  readonly file: string;
  bytes: number;
  size: number;
}

type Report = () => void | Promise<void>;

async function readFile(reader: ScapReader, path: string, name: string, options: ReadOptions): Promise<void> {
  const progress: Progress = { file: name, bytes: 0, size: 0 };
  const report = () => options.onProgress?.({ ...progress, events: reader.cursor.num });
  if (path === '-') await readStream(reader, standardInput(progress), name, report);
  else {
    const handle = await openFile(path, name);
    try {
      const found = await handle.stat();
      progress.size = found.size;
      if (found.isFile()) await readRegular(reader, handle, progress, report);
      else await readStream(reader, filePieces(handle, progress), name, report);
    } finally {
      await handle.close();
    }
  }
  reader.end();
}

/** A file on a disk is read in step with parsing; a long compressed one is inflated by a thread of its own. */
async function readRegular(reader: ScapReader, handle: FileHandle, progress: Progress, report: Report): Promise<void> {
  const start = new Uint8Array(2);
  readAt(handle, start, 0, 2, 0, progress.file);
  if (!isGzip(start)) return readSteps(reader, plainSteps(handle, progress), report);
  if (!canInflate()) return readStream(reader, filePieces(handle, progress), progress.file, report);
  const onTurn = async (inputBytes: number) => {
    progress.bytes = inputBytes;
    await report();
    await setImmediate();
  };
  if (progress.size >= THREAD_BYTES && (await readWithThread(reader, handle.fd, progress.file, onTurn))) return;
  const gzip = new GzipFile(plainSteps(handle, progress), progress.file);
  try {
    await readSteps(reader, (out, at, length) => gzip.read(out, at, length), report);
  } finally {
    gzip.close();
  }
}

/** Fills a buffer with what comes next, or with what is at a place; returns how many bytes, 0 at the end. */
type Step = (buffer: Uint8Array, at: number, length: number, position?: number) => number;

function plainSteps(handle: FileHandle, progress: Progress): Step {
  return (buffer, at, length, position = progress.bytes) => {
    const got = readAt(handle, buffer, at, length, position, progress.file);
    progress.bytes = position + got;
    return got;
  };
}

async function readSteps(reader: ScapReader, step: Step, report: Report): Promise<void> {
  for (let turn = 0; !reader.stopped; ) {
    const space = reader.space();
    const length = step(space, 0, Math.min(space.length, STEP_BYTES));
    reader.commit(length);
    turn += length;
    if (length > 0 && turn < TURN_BYTES) continue;
    await report();
    if (length === 0) return;
    turn = 0;
    await setImmediate();
  }
}

function readAt(handle: FileHandle, to: Uint8Array, at: number, length: number, from: number, name: string): number {
  try {
    return readSync(handle.fd, to, at, length, from);
  } catch (cause) {
    throw fail('WG_SCAP_READ', { found: messageOf(cause) }, { at: { file: name }, cause });
  }
}

async function readStream(
  reader: ScapReader,
  input: AsyncGenerator<Uint8Array>,
  name: string,
  report: Report,
): Promise<void> {
  const first = await input.next();
  if (first.done === true) return;
  const all = withFirst(first.value, input);
  await consume(reader, isGzip(first.value) ? inGroups(gunzip(all, name)) : all, report);
}

/** Feeds the reader; asks for the next piece before parsing the last. */
async function consume(reader: ScapReader, input: AsyncGenerator<Uint8Array>, report: Report): Promise<void> {
  let next = input.next();
  try {
    while (!reader.stopped) {
      const piece = await next;
      if (piece.done === true) return;
      next = input.next();
      // A failure of the look-ahead is reported when its turn comes.
      next.catch(() => undefined);
      reader.push(piece.value);
      await report();
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
async function* filePieces(handle: FileHandle, progress: Progress): AsyncGenerator<Uint8Array> {
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

/**
 * Evidence that is written line by line for ever (alerts) travels in segments: whenever a capture is sealed, the whole
 * lines since the last time become a compressed file, which is sealed too. Places are kept in `streams.json`; a segment
 * that a kill left behind is counted, not cut again.
 */
import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
  realpathSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { readTextIfThere, systemCode, writeFileAtomic } from '@waspglass/kit';
import { stampOf } from './stamp.ts';

export interface Stream {
  /** First part of the segments' names. */
  readonly name: string;
  readonly file: string;
  /** The file lies below a folder that an intruder has: nothing that leads out of it is read. */
  readonly within?: string;
}

interface Place {
  /** Of the file that is read; another one begins at its start. */
  readonly inode: number;
  readonly offset: number;
  /** Of the next segment. */
  readonly seq: number;
}

const STATE = 'streams.json';
/** Longest segment before it is compressed. */
const MOST = 64 << 20;
const LINE_FEED = 10;
/** No file, a link, a path that the intruder made into something else. */
const ABSENT: ReadonlySet<string> = new Set(['ENOENT', 'ELOOP', 'ENOTDIR', 'ENXIO']);

/** Cuts what is new. Returns the segments, which have no seals yet. */
export function cutStreams(directory: string, streams: readonly Stream[]): string[] {
  const state = JSON.parse(readTextIfThere(path.join(directory, STATE)) ?? '{}') as Record<string, Place>;
  const segments: string[] = [];
  for (const stream of streams) {
    const segment = cut(directory, stream, state);
    if (segment !== undefined) segments.push(segment);
  }
  if (segments.length > 0) writeFileAtomic(path.join(directory, STATE), `${JSON.stringify(state)}\n`);
  return segments;
}

function cut(directory: string, stream: Stream, state: Record<string, Place>): string | undefined {
  const { name } = stream;
  const fd = openIfThere(stream);
  if (fd === undefined) return undefined;
  try {
    const { ino, size } = fstatSync(fd);
    const known = state[name] ?? { inode: ino, offset: 0, seq: 1 };
    const start = known.inode === ino && known.offset <= size ? known.offset : 0;
    const left = segmentOf(directory, name, known.seq);
    const lines =
      left === undefined ? wholeLines(fd, start, size) : gunzipSync(readFileSync(left), { maxOutputLength: MOST });
    if (lines.length === 0) return undefined;
    state[name] = { inode: ino, offset: start + lines.length, seq: known.seq + 1 };
    if (left !== undefined) return left;
    const segment = path.join(
      directory,
      `${name}.${stampOf(new Date())}.${String(known.seq).padStart(6, '0')}.jsonl.gz`,
    );
    writeFileSync(`${segment}.new`, gzipSync(lines), { mode: 0o640 });
    renameSync(`${segment}.new`, segment);
    return segment;
  } finally {
    closeSync(fd);
  }
}

function wholeLines(fd: number, start: number, size: number): Uint8Array {
  const bytes = Buffer.alloc(Math.min(MOST, size - start));
  const read = readSync(fd, bytes, 0, bytes.length, start);
  return bytes.subarray(0, bytes.subarray(0, read).lastIndexOf(LINE_FEED) + 1);
}

function segmentOf(directory: string, name: string, seq: number): string | undefined {
  const end = `.${String(seq).padStart(6, '0')}.jsonl.gz`;
  const found = readdirSync(directory).find((file) => file.startsWith(`${name}.`) && file.endsWith(end));
  return found === undefined ? undefined : path.join(directory, found);
}

/** Regular files only, no link at the end; `within` is checked on what was opened, so no exchange in between helps. */
function openIfThere({ file, within }: Stream): number | undefined {
  let fd: number;
  try {
    fd = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch (error) {
    if (ABSENT.has(systemCode(error) ?? '')) return undefined;
    throw error;
  }
  const isInside = within === undefined || readlinkSync(`/proc/self/fd/${fd}`).startsWith(`${realpathSync(within)}/`);
  if (isInside && fstatSync(fd).isFile()) return fd;
  closeSync(fd);
  return undefined;
}

/**
 * The order of several files of one recording: by the numbers in our own names, which no change of the clock disturbs;
 * else by the time of their first event, since other names tell the order only sometimes (a set that wraps around begins
 * anywhere, `scap10` sorts before `scap2`). Files of different machines stay in the order
 * in which they were named, and so does a file that cannot be placed: what is wrong with it is said when its turn comes.
 */
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { systemCode, WaspglassError } from '@waspglass/kit';
import { capturePrefix, captureSeq } from './capture-name.ts';
import { isGzip } from './gunzip.ts';
import { canInflate, GzipFile } from './inflate.hot.ts';
import { ScapReader } from './reader.hot.ts';

const STEP_BYTES = 128 * 1024;
/** A first event farther behind than this is not looked for. */
const MOST_BYTES = 64 << 20;

interface Start {
  /** Host name and time of boot. */
  machine: string;
  /** Nanoseconds since the epoch. */
  time: bigint;
}

/** The same names in the order of time. When one of them is no plain file, it can be read only once: nothing changes. */
export function captureOrder(paths: readonly string[]): readonly string[] {
  if (paths.length < 2) return paths;
  const starts: (Start | undefined)[] = [];
  for (const path of paths) {
    const start = path === '-' ? 'stream' : startOf(path);
    if (start === 'stream') return paths;
    starts.push(start);
  }
  return sorted(paths, starts);
}

/** Sorts the files of each machine among the places that they have. */
function sorted(paths: readonly string[], starts: readonly (Start | undefined)[]): string[] {
  const places = new Map<string, number[]>();
  for (const [i, start] of starts.entries()) {
    if (start === undefined) continue;
    const own = places.get(start.machine);
    if (own === undefined) places.set(start.machine, [i]);
    else own.push(i);
  }
  const order = [...paths];
  for (const own of places.values()) {
    const key = numbered(own.map((i) => paths[i] ?? '')) ?? own.map((i) => starts[i]?.time ?? 0n);
    const from = own.map((i, k) => ({ i, key: key[k] ?? 0n }));
    from.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : a.i - b.i));
    for (const [k, place] of own.entries()) order[place] = paths[from[k]?.i ?? place] ?? '';
  }
  return order;
}

/** The numbers of our recorder's names; undefined when one name is none of the same set. */
function numbered(paths: readonly string[]): bigint[] | undefined {
  const prefix = capturePrefix(basename(paths[0] ?? ''));
  if (prefix === undefined) return undefined;
  const numbers = paths.flatMap((path) => captureSeq(prefix, basename(path)) ?? []);
  return numbers.length === paths.length ? numbers.map(BigInt) : undefined;
}

/** How a file begins; undefined when it holds no event or cannot be read so far. */
function startOf(path: string): Start | undefined | 'stream' {
  let descriptor = -1;
  try {
    // Opening a pipe would take it from its writer.
    if (!statSync(path).isFile()) return 'stream';
    descriptor = openSync(path, 'r');
    return firstEvent(descriptor, path);
  } catch (error) {
    if (error instanceof WaspglassError || systemCode(error) !== undefined) return undefined;
    throw error;
  } finally {
    if (descriptor >= 0) closeSync(descriptor);
  }
}

function firstEvent(descriptor: number, path: string): Start | undefined {
  const start: Start = { machine: '', time: -1n };
  const reader = new ScapReader({
    onMachine: ({ hostname, bootTime }) => {
      start.machine = `${Buffer.from(hostname).toString('hex')} ${bootTime}`;
    },
    onEvent: (c) => {
      start.time = c.time;
      // Some writers begin with events that carry no time.
      return start.time === 0n;
    },
  });
  const source = (to: Uint8Array, at: number, length: number, position: number) =>
    readSync(descriptor, to, at, length, position);
  const head = new Uint8Array(2);
  source(head, 0, 2, 0);
  if (isGzip(head)) {
    if (!canInflate()) return undefined;
    const gzip = new GzipFile(source, path);
    fill(reader, (to, length) => gzip.read(to, 0, length));
    gzip.close();
  } else {
    let position = 0;
    fill(reader, (to, length) => {
      const got = source(to, 0, length, position);
      position += got;
      return got;
    });
  }
  return start.time < 0n ? undefined : start;
}

function fill(reader: ScapReader, next: (to: Uint8Array, length: number) => number): void {
  while (!reader.stopped && reader.stats.bytes < MOST_BYTES) {
    const space = reader.space();
    const got = next(space, Math.min(space.length, STEP_BYTES));
    if (got === 0) return;
    reader.commit(got);
  }
}

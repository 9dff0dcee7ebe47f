/**
 * State pass alone: million events per CPU second over a capture held in memory and repeated.
 * Usage: node bench/state.bench.ts [CAPTURE] [EVENTS]; default is a capture with enter and exit events.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { EventCursor, type ProcessEntry, ScapReader } from '../packages/scap/src/index.ts';
import { loadDescriptors, loadProcess, State } from '../packages/state/src/index.ts';

const shared = process.env.WASPGLASS_SHARED ?? join(import.meta.dirname, '../../shared');
const path = process.argv[2] ?? join(shared, 'captures/sf-httpd-prefork-full.scap');
const wanted = Number(process.argv[3] ?? 5_000_000);

/** Columns per event. */
const WIDTH = 8;

if (!existsSync(path)) console.log(`skipped: no ${path}`);
else run();

function run(): void {
  const file = readFileSync(path);
  const bytes = file[0] === 0x1f ? gunzipSync(file) : file;
  const state = new State();
  const events = collect(bytes, state);
  const cursor = events.cursor;
  const rounds = Math.max(1, Math.round(wanted / events.count));
  pass(state, events, cursor);
  walk(events, cursor);
  let stateCpu = 0;
  let walkCpu = 0;
  for (let i = 0; i < rounds; i++) {
    stateCpu += cpuOf(() => pass(state, events, cursor));
    walkCpu += cpuOf(() => walk(events, cursor));
  }
  const million = (rounds * events.count) / 1e6;
  const speed = (seconds: number) => `${(million / seconds).toFixed(1)} M events per CPU second`;
  console.log(
    `${million.toFixed(1)} M events: state ${speed(stateCpu)}, looking at one parameter each ${speed(walkCpu)}`,
  );
  console.log(JSON.stringify(state.stats));
}

/** CPU seconds of one call. */
function cpuOf(work: () => void): number {
  const start = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
}

interface Events {
  readonly cursor: EventCursor;
  readonly count: number;
  /** at, end, type, tid, lens, nparams, params per event; lengths are 2 bytes wide. */
  readonly table: Int32Array;
}

/** Reads the lists into the state and copies the events into one buffer. */
function collect(bytes: Uint8Array, state: State): Events {
  const cursor = new EventCursor(new ArrayBuffer(bytes.length + 64));
  const rows: number[] = [];
  let top = 0;
  const reader = new ScapReader({
    onProcess: (p: ProcessEntry) => loadProcess(state, p),
    onDescriptors: (tid, entries) => loadDescriptors(state, tid, entries),
    onEvent: (c) => {
      const start = c.at;
      cursor.u8.set(c.u8.subarray(start, c.end), top);
      const moved = (offset: number) => offset - start + top;
      rows.push(top, moved(c.end), c.type, c.tid, moved(c.lens), c.nparams, moved(c.params), c.lenSize);
      top += c.end - start;
    },
  });
  reader.push(bytes);
  reader.end();
  return { cursor, count: rows.length / WIDTH, table: Int32Array.from(rows) };
}

function point(c: EventCursor, table: Int32Array, r: number): void {
  c.at = table[r] ?? 0;
  c.end = table[r + 1] ?? 0;
  c.type = table[r + 2] ?? 0;
  c.tid = table[r + 3] ?? 0;
  c.lens = table[r + 4] ?? 0;
  c.nparams = table[r + 5] ?? 0;
  c.params = table[r + 6] ?? 0;
  c.lenSize = table[r + 7] ?? 2;
}

function pass(state: State, { table, count }: Events, c: EventCursor): void {
  for (let i = 0, r = 0; i < count; i++, r += WIDTH) {
    point(c, table, r);
    state.before(c);
    state.after(c);
  }
}

/** What the loop itself and a first look at each event cost. */
function walk({ table, count }: Events, c: EventCursor): number {
  let sum = 0;
  for (let i = 0, r = 0; i < count; i++, r += WIDTH) {
    point(c, table, r);
    sum += c.i32(0, 0);
  }
  return sum;
}

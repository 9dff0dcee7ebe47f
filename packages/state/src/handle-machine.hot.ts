/** Events about the machine: containers that were found, what a processor runs. */
import type { EventCursor } from '@waspglass/scap';
import { T, THREAD_WIDTH } from './columns.ts';
import { plainContainer } from './containers.ts';
import type { State } from './state.hot.ts';

export function containerJson(s: State, e: EventCursor): void {
  describe(s, e, 0);
}

/** Plugins tell of containers by asynchronous events: plugin, name, data. */
export function asynchronous(s: State, e: EventCursor): void {
  if (s.symbols.text(s.text(e, 1)).startsWith('container')) describe(s, e, 2);
}

function describe(s: State, e: EventCursor, i: number): void {
  const length = e.len(i);
  if (length > 0) s.containers.describe(e.bytes.toString('utf8', e.off(i), e.off(i) + length));
}

/** container: id, kind, name, image. */
export function container(s: State, e: EventCursor): void {
  const text = (i: number) => s.symbols.text(s.text(e, i));
  s.containers.set(plainContainer(text(0), e.i32(1, -1), text(2), text(3)), e.end - e.at);
}

/** More processors than Linux can have. */
const PROCESSORS = 1 << 13;

/** A processor turns to another thread: the event tells of the memory of its own, which has run since the switch before. */
export function schedswitch(s: State, e: EventCursor): void {
  const { cpu } = e;
  s.ran = 0;
  if (s.thread !== 0 && e.len(5) >= 4) {
    const b = s.thread * THREAD_WIDTH + T.pfMajor;
    for (let i = 0; i < 5; i++) s.threads.rows[b + i] = e.i32(1 + i, 0);
  }
  if (cpu < 0 || cpu >= PROCESSORS) return;
  if (s.switches === null) s.switches = new Float64Array(2 * PROCESSORS);
  const known = s.switches;
  const seconds = e.timeHigh - known[2 * cpu]!;
  const ran = seconds * 4294967296 + e.timeLow - known[2 * cpu + 1]!;
  const isFirst = known[2 * cpu] === 0;
  known[2 * cpu] = e.timeHigh;
  known[2 * cpu + 1] = e.timeLow;
  if (isFirst || ran < 0) return;
  s.ran = ran;
  if (s.thread === 0) return;
  const rows = s.threads.rows;
  const b = s.thread * THREAD_WIDTH + T.ran;
  const total = (rows[b + 1]! >>> 0) * 4294967296 + (rows[b]! >>> 0) + ran;
  rows[b] = total | 0;
  rows[b + 1] = Math.floor(total / 4294967296);
}

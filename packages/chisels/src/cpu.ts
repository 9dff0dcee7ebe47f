/**
 * `topprocs_cpu`: processes by their share of a processor. The source is what the recorder wrote of each thread's use
 * about once a second (in ticks of 10 ms); captures without such notes have the times at which threads were switched.
 */
import type { Chisel, ChiselHost, ChiselOutput } from './chisel.ts';
import { printTop } from './rankings.ts';

const MAX_THREADS = 1 << 20;
const SHOWN = 10;
const SECOND = 1e9;

interface Use {
  name: string;
  /** Ticks so far, as last noted. */
  ticks: number;
  /** Ticks while we watched; one per second is one per cent. */
  used: number;
}

export const topprocsCpu: Chisel = {
  name: 'topprocs_cpu',
  category: 'CPU Usage',
  summary: 'processes by their share of a processor',
  args: [],
  create<C>(host: ChiselHost<C>, _: readonly string[], out: ChiselOutput) {
    const noted = notes(host);
    const switched = switches(host);
    return () => {
      const shares = noted();
      const top = [...(shares.size > 0 ? shares : switched())]
        .toSorted((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
        .slice(0, SHOWN);
      printTop(top, ['CPU%', 'Process', 'PID'], (share) => `${share.toFixed(2)}%`, out);
    };
  },
};

/** Shares by process from the recorder's notes. */
function notes<C>(host: ChiselHost<C>): () => Map<string, number> {
  const threads = new Map<number, Use>();
  const [tid, user, system] = [
    host.number('thread.tid'),
    host.number('evt.rawarg.cpu_usr'),
    host.number('evt.rawarg.cpu_sys'),
  ];
  const name = host.text('%proc.name\n%proc.pid');
  const time = host.number('evt.rawtime');
  let first = Number.NaN;
  let last = Number.NaN;
  host.subscribe('evt.num > 0', (c) => {
    const now = time(c);
    // What the recorder wrote of containers has no time.
    if (now === 0) return;
    last = now;
    if (!(first <= now)) first = now;
  });
  host.subscribe('evt.type=procinfo', (c) => {
    const id = tid(c);
    const ticks = user(c) + system(c);
    const found = name(c);
    if (found === null || Number.isNaN(ticks)) return;
    const known = threads.get(id);
    if (known === undefined) {
      if (threads.size < MAX_THREADS) threads.set(id, { name: found, ticks, used: 0 });
      return;
    }
    known.used += Math.max(0, ticks - known.ticks);
    known.ticks = ticks;
    known.name = found;
  });
  return () => {
    const seconds = Math.max((last - first) / SECOND, 1e-3);
    return sumBy([...threads.values()].map((use) => [use.name, use.used / seconds]));
  };
}

/** Shares by process from the times between switches of a processor. */
function switches<C>(host: ChiselHost<C>): () => Map<string, number> {
  const times: [string, number][] = [];
  const sums = new Map<string, number>();
  const since = new Map<number, number>();
  const [cpu, time, tid] = [host.number('evt.cpu'), host.number('evt.rawtime'), host.number('thread.tid')];
  const name = host.text('%proc.name\n%proc.pid');
  let first = Number.NaN;
  let last = Number.NaN;
  host.subscribe('evt.type=switch', (c) => {
    const now = time(c);
    const began = since.get(cpu(c));
    since.set(cpu(c), now);
    if (Number.isNaN(first)) first = now;
    last = now;
    const found = tid(c) === 0 ? null : name(c);
    if (began === undefined || found === null || (sums.size === MAX_THREADS && !sums.has(found))) return;
    sums.set(found, (sums.get(found) ?? 0) + Math.max(0, now - began));
  });
  return () => {
    const all = Math.max(1, last - first);
    for (const [found, ns] of sums) times.push([found, (100 * ns) / all]);
    return sumBy(times);
  };
}

function sumBy(rows: readonly (readonly [string, number])[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const [name, value] of rows) sums.set(name, (sums.get(name) ?? 0) + value);
  return sums;
}

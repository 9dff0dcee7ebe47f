/** `around`, and the part of other chisels that saves the events before and after what they show. */
import { numberArgument } from './arguments.ts';
import type { Chisel, ChiselArgument, ChiselHost } from './chisel.ts';

const DEFAULT_MS = 1000;
const MS = 1e6;
const MAX_MARKS = 1 << 20;

export const windowArguments: readonly ChiselArgument[] = [
  { name: 'dump_file_name', doc: 'capture to write the events to that happened on the same thread around each one' },
  { name: 'dump_range_ms', doc: `so many milliseconds before and after; default ${DEFAULT_MS}` },
];

/** Returns what marks an event; the events around those that were marked are saved at the end. */
export function saveAround<C>(
  name: string,
  host: ChiselHost<C>,
  path: string | undefined,
  ms: string | undefined,
): (c: C) => void {
  const range = numberArgument(name, 'dump_range_ms', ms, DEFAULT_MS) * MS;
  if (path === undefined || path === '') return () => undefined;
  const marks = new Map<number, number[]>();
  let count = 0;
  const [tid, time] = [host.number('thread.tid'), host.number('evt.rawtime')];
  host.save(path, (second) => {
    const [thread, at] = [second.number('thread.tid'), second.number('evt.rawtime')];
    return (c) => hasNear(marks.get(thread(c)), at(c), range);
  });
  return (c) => {
    if (count === MAX_MARKS) return;
    count++;
    const id = tid(c);
    const known = marks.get(id);
    if (known === undefined) marks.set(id, [time(c)]);
    else known.push(time(c));
  };
}

/** Whether a time is within a range of one of the times, which are in order. */
function hasNear(times: readonly number[] | undefined, time: number, range: number): boolean {
  if (times === undefined) return false;
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? 0) < time - range) low = middle + 1;
    else high = middle;
  }
  return (times[low] ?? Number.POSITIVE_INFINITY) <= time + range;
}

export const around: Chisel = {
  name: 'around',
  category: 'Misc',
  summary: 'saves the events around those that pass the filter, of the same thread, to a capture',
  args: windowArguments.map((arg, i) => ({ ...arg, required: i === 0 })),
  create(host, [path, ms], out) {
    let count = 0;
    const mark = saveAround('around', host, path, ms);
    host.subscribe('', (c) => {
      count++;
      mark(c);
    });
    return () => out.line(`${count} events passed the filter; saved around them: ${path}`);
  },
};

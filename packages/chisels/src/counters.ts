/** Chisels that count: bytes per second, descriptors per value of a field. */
import { fieldArgument } from './arguments.ts';
import type { Chisel, ChiselHost, ChiselOutput } from './chisel.ts';

const MAX_KEYS = 1 << 20;
/** A gap in the capture is not filled with more lines than this. */
const MAX_GAP = 3600;

const rows = [
  ['iobytes', 'I/O', 'bytes read and written each second, on any descriptor', ''],
  ['iobytes_file', 'I/O', 'bytes read from and written to files each second', ' and fd.type=file'],
  ['iobytes_net', 'Net', 'bytes received and sent each second', ' and fd.type in (ipv4, ipv6)'],
] as const;

export const byteCounters: readonly Chisel[] = rows.map(([name, category, summary, filter]) => ({
  name,
  category,
  summary,
  args: [],
  create: (host, _, out) => countBytes(filter, host, out),
}));

/** One line per second of the capture; it tells the bytes of the second that has just ended. */
function countBytes<C>(filter: string, host: ChiselHost<C>, out: ChiselOutput): () => void {
  const clock = host.number('evt.rawtime.s');
  const bytes = host.number('evt.rawres');
  const counted = { in: 0, out: 0 };
  let second = Number.NaN;
  const print = () => {
    const time = new Date((second % 86_400) * 1000).toISOString().slice(11, 19);
    out.line(`${time} in:${counted.in} out:${counted.out} tot:${counted.in + counted.out}`);
    counted.in = 0;
    counted.out = 0;
  };
  host.subscribe('evt.num > 0', (c) => {
    const now = clock(c);
    if (Number.isNaN(second) || now - second > MAX_GAP) second = now;
    while (second < now) {
      second++;
      print();
    }
  });
  const done = `evt.is_io=true and evt.dir=< and evt.rawres > 0${filter}`;
  host.subscribe(`${done} and evt.is_io_read=true`, (c) => {
    counted.in += bytes(c);
  });
  host.subscribe(`${done} and evt.is_io_write=true`, (c) => {
    counted.out += bytes(c);
  });
  return () => {
    second++;
    if (counted.in + counted.out > 0) print();
  };
}

export const fdcountBy: Chisel = {
  name: 'fdcount_by',
  category: 'I/O',
  summary: 'number of descriptors that were used, by any field',
  args: [{ name: 'key', doc: 'field to group by, such as proc.name', required: true, takes: 'field' }],
  create<C>(host: ChiselHost<C>, [field = '']: readonly string[], out: ChiselOutput) {
    const key = host.text(`%${fieldArgument('fdcount_by', 'key', field)}`);
    const descriptor = host.text('%proc.pid %fd.num %fd.name');
    const seen = new Map<string, Set<string>>();
    let size = 0;
    host.subscribe('fd.num >= 0 and fd.type exists', (c) => {
      const name = key(c);
      const id = descriptor(c);
      if (name === null || id === null || size === MAX_KEYS) return;
      const known = seen.get(name) ?? new Set();
      if (known.size === 0) seen.set(name, known);
      if (!known.has(id)) size++;
      known.add(id);
    });
    return () => {
      const sorted = [...seen].toSorted((a, b) => b[1].size - a[1].size || (a[0] < b[0] ? -1 : 1));
      for (const [name, ids] of sorted) out.line(`${name}\t${ids.size}`);
    };
  },
};

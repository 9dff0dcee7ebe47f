/**
 * Chisels that sum something per key and print the largest. Each is a row: what to sum, by which fields, of which
 * events. The number of keys is bounded, since attackers choose file names and addresses.
 */
import { fieldArgument } from './arguments.ts';
import type { Chisel, ChiselArgument, ChiselHost, ChiselOutput } from './chisel.ts';
import { formatBytes, formatTime } from './sizes.ts';

const SHOWN = 10;
const MAX_KEYS = 1 << 20;
const COLUMN = 20;
const RULE = '-'.repeat(80);

/** What a ranking sums: its heading, the field (none: events are counted) and how sums are printed. */
interface Measure {
  readonly heading: string;
  readonly field?: string;
  readonly print: (sum: number) => string;
}

const bytes: Measure = { heading: 'Bytes', field: 'evt.rawres', print: formatBytes };
const time: Measure = { heading: 'Time', field: 'evt.latency', print: formatTime };
const counted = (heading: string): Measure => ({ heading, print: String });

interface Ranking {
  readonly name: string;
  readonly category: string;
  readonly summary: string;
  readonly measure: Measure;
  /** Heading and field of each key. */
  readonly keys: readonly (readonly [heading: string, field: string])[];
  readonly filter: string;
  /** Rows that are printed; missing: 10. */
  readonly shown?: number;
}

const DONE = 'evt.dir=<';
const IO = `evt.is_io=true and ${DONE} and evt.rawres > 0`;
const NET = 'fd.type in (ipv4, ipv6)';
const PROCESS = [
  ['Process', 'proc.name'],
  ['PID', 'proc.pid'],
] as const;

const rankings: readonly Ranking[] = [
  {
    name: 'topfiles_bytes',
    category: 'I/O',
    summary: 'files by bytes read and written',
    measure: bytes,
    keys: [['Filename', 'fd.name']],
    filter: `${IO} and fd.type=file`,
  },
  {
    name: 'topfiles_time',
    category: 'I/O',
    summary: 'files by time spent reading and writing them',
    measure: time,
    keys: [['Filename', 'fd.name']],
    filter: `evt.is_io=true and ${DONE} and fd.type=file and evt.latency > 0`,
  },
  {
    name: 'topfiles_errors',
    category: 'Errors',
    summary: 'files by failed operations',
    measure: counted('#Errors'),
    keys: [['Filename', 'fd.name']],
    filter: 'fd.type=file and evt.failed=true',
  },
  {
    name: 'topconns',
    category: 'Net',
    summary: 'connections by bytes sent and received',
    measure: bytes,
    keys: [
      ['Proto', 'fd.l4proto'],
      ['Conn', 'fd.name'],
    ],
    filter: `${IO} and ${NET}`,
    shown: 30,
  },
  {
    name: 'topports_server',
    category: 'Net',
    summary: 'server ports by bytes sent and received',
    measure: bytes,
    keys: [['Srv Port', 'fd.sport']],
    filter: `${IO} and ${NET}`,
  },
  {
    name: 'topprocs_file',
    category: 'I/O',
    summary: 'processes by bytes read from and written to files',
    measure: bytes,
    keys: PROCESS,
    filter: `${IO} and fd.type=file`,
  },
  {
    name: 'topprocs_net',
    category: 'Net',
    summary: 'processes by bytes sent and received',
    measure: bytes,
    keys: PROCESS,
    filter: `${IO} and ${NET}`,
  },
  {
    name: 'topprocs_errors',
    category: 'Errors',
    summary: 'processes by failed system calls',
    measure: counted('#Errors'),
    keys: PROCESS,
    filter: 'evt.failed=true',
    shown: 100,
  },
  {
    name: 'topscalls',
    category: 'Performance',
    summary: 'system calls by number of calls',
    measure: counted('# Calls'),
    keys: [['Syscall', 'evt.type']],
    filter: `${DONE} and evt.type != switch`,
    shown: 30,
  },
  {
    name: 'topscalls_time',
    category: 'Performance',
    summary: 'system calls by time spent in them',
    measure: time,
    keys: [['Syscall', 'evt.type']],
    filter: `${DONE} and evt.latency > 0`,
    shown: 30,
  },
];

const key: ChiselArgument = {
  name: 'key',
  doc: 'field to group by, such as proc.name',
  required: true,
  takes: 'field',
};

/** Rankings whose key the user chooses. */
const grouped: readonly (Omit<Ranking, 'keys'> & { readonly name: string })[] = [
  {
    name: 'fdbytes_by',
    category: 'I/O',
    summary: 'bytes read and written on descriptors, by any field',
    measure: bytes,
    filter: IO,
  },
  {
    name: 'fdtime_by',
    category: 'I/O',
    summary: 'time spent reading from and writing to descriptors, by any field',
    measure: time,
    filter: `evt.is_io=true and ${DONE} and fd.num >= 0 and evt.latency > 0`,
  },
];

export const rankingChisels: readonly Chisel[] = [
  ...rankings.map(
    (row): Chisel => ({
      name: row.name,
      category: row.category,
      summary: row.summary,
      args: [],
      create: (host, _, out) => rank(row, host, out),
    }),
  ),
  ...grouped.map(
    (row): Chisel => ({
      name: row.name,
      category: row.category,
      summary: row.summary,
      args: [key],
      create: (host, [field = ''], out) => {
        const name = fieldArgument(row.name, key.name, field);
        return rank({ ...row, keys: [[name, name]] }, host, out);
      },
    }),
  ),
];

function rank<C>(row: Ranking, host: ChiselHost<C>, out: ChiselOutput): () => void {
  const name = host.text(row.keys.map(([, field]) => `%${field}`).join('\n'));
  const { heading, field, print } = row.measure;
  const value = field === undefined ? () => 1 : host.number(field);
  const sums = new Sums();
  host.subscribe(row.filter, (c) => {
    const found = name(c);
    if (found !== null) sums.add(found, value(c));
  });
  return () => {
    const headings = [heading, ...row.keys.map(([text]) => text)];
    printTop(sums.top(row.shown ?? SHOWN), headings, print, out);
  };
}

/** Sums per key; new keys beyond the limit are left out. */
export class Sums {
  private readonly sums = new Map<string, number>();

  add(name: string, value: number): void {
    const sum = this.sums.get(name);
    if (sum === undefined && this.sums.size === MAX_KEYS) return;
    this.sums.set(name, (sum ?? 0) + value);
  }

  /** The largest, largest first; equal ones by key. */
  top(count: number): [string, number][] {
    return largest([...this.sums], count);
  }

  /** The largest of the sums divided by those of another. */
  means(calls: Sums, count: number): [string, number][] {
    const means = [...this.sums].map(([key, sum]): [string, number] => [key, sum / (calls.sums.get(key) ?? 1)]);
    return largest(means, count);
  }
}

function largest(rows: readonly [string, number][], count: number): [string, number][] {
  return rows.toSorted((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, count);
}

/** A table of sums; keys of several columns have a line feed between them. */
export function printTop(
  top: readonly (readonly [string, number])[],
  headings: readonly string[],
  print: (sum: number) => string,
  out: ChiselOutput,
): void {
  const cell = (text: string) => text.padEnd(COLUMN);
  out.line(headings.map(cell).join(''));
  out.line(RULE);
  for (const [name, sum] of top) out.line(cell(print(sum)) + name.split('\n').map(cell).join('').trimEnd());
}

/**
 * Chisels that sum something per key and print the ten largest. Each is a row: what to count, by which fields, of which
 * events. The number of keys is bounded, since attackers choose file names and addresses.
 */
import type { Chisel, ChiselHost, ChiselOutput } from './chisel.ts';
import { formatBytes } from './sizes.ts';

const SHOWN = 10;
const MAX_KEYS = 1 << 20;
const COLUMN = 20;

interface Ranking {
  readonly name: string;
  readonly category: string;
  readonly summary: string;
  /** Heading of the sum, then heading and field of each key. */
  readonly sum: string;
  readonly keys: readonly (readonly [heading: string, field: string])[];
  readonly filter: string;
  /** Numeric field to sum; missing: events are counted. */
  readonly value?: string;
}

const IO = 'evt.is_io=true and evt.dir=< and evt.rawres > 0';

const bytes = { sum: 'Bytes', value: 'evt.rawres' } as const;

const rankings: readonly Ranking[] = [
  {
    ...bytes,
    name: 'topfiles_bytes',
    category: 'I/O',
    summary: 'files by bytes read and written',
    keys: [['Filename', 'fd.name']],
    filter: `${IO} and fd.type=file`,
  },
  {
    ...bytes,
    name: 'topconns',
    category: 'Net',
    summary: 'connections by bytes sent and received',
    keys: [
      ['Proto', 'fd.l4proto'],
      ['Conn', 'fd.name'],
    ],
    filter: `${IO} and fd.type in (ipv4, ipv6)`,
  },
  {
    ...bytes,
    name: 'topports_server',
    category: 'Net',
    summary: 'server ports by bytes sent and received',
    keys: [
      ['Srv Port', 'fd.sport'],
      ['Proto', 'fd.l4proto'],
    ],
    filter: `${IO} and fd.type in (ipv4, ipv6)`,
  },
  {
    ...bytes,
    name: 'topprocs_file',
    category: 'I/O',
    summary: 'processes by bytes read from and written to files',
    keys: [
      ['Process', 'proc.name'],
      ['PID', 'proc.pid'],
    ],
    filter: `${IO} and fd.type=file`,
  },
  {
    ...bytes,
    name: 'topprocs_net',
    category: 'Net',
    summary: 'processes by bytes sent and received',
    keys: [
      ['Process', 'proc.name'],
      ['PID', 'proc.pid'],
    ],
    filter: `${IO} and fd.type in (ipv4, ipv6)`,
  },
  {
    name: 'topfiles_errors',
    category: 'Errors',
    summary: 'files by failed operations',
    sum: '#Errors',
    keys: [['Filename', 'fd.name']],
    filter: 'fd.type=file and evt.failed=true',
  },
  {
    name: 'topprocs_errors',
    category: 'Errors',
    summary: 'processes by failed system calls',
    sum: '#Errors',
    keys: [
      ['Process', 'proc.name'],
      ['PID', 'proc.pid'],
    ],
    filter: 'evt.failed=true',
  },
  {
    name: 'topscalls',
    category: 'Performance',
    summary: 'system calls by number of calls',
    sum: '# Calls',
    keys: [['Syscall', 'evt.type']],
    filter: 'evt.dir=< and evt.type != switch',
  },
];

export const rankingChisels: readonly Chisel[] = rankings.map((row) => ({
  name: row.name,
  category: row.category,
  summary: row.summary,
  args: [],
  create: (host, _, out) => rank(row, host, out),
}));

function rank<C>(row: Ranking, host: ChiselHost<C>, out: ChiselOutput): () => void {
  const key = host.text(row.keys.map(([, field]) => `%${field}`).join('\n'));
  const value = row.value === undefined ? () => 1 : host.number(row.value);
  const sums = new Map<string, number>();
  host.subscribe(row.filter, (c) => {
    const name = key(c);
    if (name === null) return;
    const sum = sums.get(name);
    if (sum === undefined && sums.size === MAX_KEYS) return;
    sums.set(name, (sum ?? 0) + value(c));
  });
  return () => {
    const cell = (text: string) => text.padEnd(COLUMN);
    out.line(cell(row.sum) + row.keys.map(([heading]) => cell(heading)).join(''));
    out.line('-'.repeat(80));
    const size = row.value === undefined ? String : formatBytes;
    const top = [...sums].toSorted((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, SHOWN);
    for (const [name, sum] of top) out.line(cell(size(sum)) + name.split('\n').map(cell).join('').trimEnd());
  };
}

/** Chisels about time: calls, file and network operations that took long, and how long processes ran. */
import { numberArgument } from './arguments.ts';
import type { Chisel, ChiselHost, ChiselOutput } from './chisel.ts';
import { disableColour, GREEN, painter, RED, YELLOW } from './colours.ts';
import { formatTime } from './sizes.ts';

const MS = 1e6;
const SECOND = 1e9;
const SLOWEST = 10;

interface Column {
  readonly heading: string;
  readonly width: number;
  /** Template of the cell; missing: the latency. */
  readonly template?: string;
}

const WHEN: Column = { heading: 'evt.datetime', width: 23, template: '*%evt.datetime' };
const LATENCY = 'LATENCY(ms)';

interface SlowRow {
  readonly name: string;
  readonly summary: string;
  readonly filter: string;
  readonly required: boolean;
  readonly columns: readonly Column[];
  readonly latency: (ns: number) => string;
}

const OPERATION: readonly Column[] = [
  WHEN,
  { heading: 'proc.name', width: 12, template: '*%proc.name' },
  { heading: 'evt.type', width: 8, template: '*%evt.type' },
  { heading: LATENCY, width: 12 },
  { heading: 'fd.name', width: 41, template: '*%fd.name' },
];

const rows: readonly SlowRow[] = [
  {
    name: 'scallslower',
    summary: 'system calls that took longer than a limit',
    filter: 'evt.dir=< and evt.type != switch',
    required: true,
    columns: [
      WHEN,
      { heading: 'proc.name', width: 23, template: '*%proc.name' },
      { heading: LATENCY, width: 20 },
      { heading: 'evt.type', width: 20, template: '*%evt.type' },
    ],
    latency: (ns) => String(ns / MS),
  },
  {
    name: 'fileslower',
    summary: 'reads and writes of files that took longer than a limit',
    filter: 'evt.is_io=true and evt.dir=< and fd.type=file and not fd.name startswith /dev/',
    required: true,
    columns: OPERATION,
    latency: (ns) => String(Math.floor(ns / MS)),
  },
  {
    name: 'netlower',
    summary: 'network operations that took longer than a limit',
    filter: 'evt.is_io=true and evt.dir=< and fd.type in (ipv4, ipv6)',
    required: true,
    columns: OPERATION,
    latency: (ns) => String(Math.floor(ns / MS)),
  },
];

export const slowChisels: readonly Chisel[] = rows.map((row) => ({
  name: row.name,
  category: 'Performance',
  summary: row.summary,
  args: [{ name: 'min_ms', doc: 'limit in milliseconds', required: row.required }, disableColour],
  create: (host, args, out) => watchSlow(row, host, args, out),
}));

function watchSlow<C>(row: SlowRow, host: ChiselHost<C>, [ms, plain]: readonly string[], out: ChiselOutput) {
  const limit = numberArgument(row.name, 'min_ms', ms, 0) * MS;
  const paint = painter(out, plain);
  const latency = host.number('evt.latency');
  const cells = row.columns.map(({ template, width }) => {
    const text = template === undefined ? (c: C) => row.latency(latency(c)) : host.text(template);
    return (c: C) => {
      const shown = text(c) ?? '';
      return template === undefined && row.columns === OPERATION ? shown.padStart(width) : shown.padEnd(width);
    };
  });
  out.line(
    row.columns
      .map(({ heading, width }) => heading.padEnd(width))
      .join(' ')
      .trimEnd(),
  );
  out.line(row.columns.map(({ width }) => '-'.repeat(width)).join(' '));
  host.subscribe(row.filter, (c) => {
    const ns = latency(c);
    if (!(ns > limit)) return;
    const shown = cells.map((cell, i) => cutDate(cell(c), i, row.columns[i]?.width ?? 0));
    paint.line(GREEN, shown.join(' ').trimEnd());
  });
  return paint.end;
}

/** Date and time to the millisecond. */
function cutDate(text: string, column: number, width: number): string {
  return column === 0 ? text.slice(0, width) : text;
}

export const procExecTime: Chisel = {
  name: 'proc_exec_time',
  category: 'Performance',
  summary: 'how long each process that ended had run',
  args: [disableColour],
  create<C>(host: ChiselHost<C>, [plain]: readonly string[], out: ChiselOutput) {
    const paint = painter(out, plain);
    const duration = host.number('proc.duration');
    const name = host.text('*%proc.name');
    const args = host.text('%proc.args');
    const line = (a: string, b: string, c: string) => `${a.padEnd(13)} ${b.padEnd(12)} ${c}`.trimEnd();
    out.line(line('proc.duration', 'proc.name', 'proc.args'));
    out.line(line('-'.repeat(13), '-'.repeat(12), '-'.repeat(20)));
    host.subscribe('evt.type=procexit', (c) => {
      const ns = duration(c);
      if (Number.isNaN(ns)) return;
      const colour = ns > 10 * SECOND ? RED : ns > 3 * SECOND ? YELLOW : GREEN;
      paint.line(colour, line(formatTime(ns), name(c) ?? '', args(c) ?? ''));
    });
    return paint.end;
  },
};

export const bottlenecks: Chisel = {
  name: 'bottlenecks',
  category: 'Performance',
  summary: 'the ten single system calls that took longest',
  args: [],
  create<C>(host: ChiselHost<C>, _: readonly string[], out: ChiselOutput) {
    const latency = host.number('evt.latency');
    const number = host.text('*%evt.num');
    const rest = host.text('*%proc.name (%thread.tid) %evt.dir %evt.type %evt.args');
    const slowest: { ns: number; line: string }[] = [];
    host.subscribe('evt.dir=< and evt.type != switch', (c) => {
      const ns = latency(c);
      const last = slowest.at(-1);
      if (!(ns > 0) || (slowest.length === SLOWEST && last !== undefined && ns <= last.ns)) return;
      const seconds = (ns / SECOND).toFixed(9);
      slowest.push({ ns, line: `${number(c)}) ${seconds} ${rest(c)}`.trimEnd() });
      slowest.sort((a, b) => b.ns - a.ns);
      slowest.length = Math.min(slowest.length, SLOWEST);
    });
    return () => {
      for (const { line } of slowest) out.line(line);
    };
  },
};

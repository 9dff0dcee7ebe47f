/** A host over plain records: field name → value. Filters and templates are the real ones. */
import { compileFormat } from '@waspglass/format';
import { SymbolTable } from '@waspglass/kit';
import { compileFilter, type FieldTable, parse } from '@waspglass/lang';
import { eventId, eventTypes, idsOfName } from '@waspglass/schema';
import { type ChiselHost, startChisel } from '../src/index.ts';

const READ_X = eventId.SYSCALL_READ_X;

export type TestEvent = Readonly<Record<string, string | number | boolean>>;

const texts = [
  'evt.type',
  'evt.dir',
  'evt.time.s',
  'evt.outputtime',
  'proc.name',
  'proc.exe',
  'proc.args',
  'proc.cmdline',
  'user.name',
  'container.id',
  'fd.name',
  'fd.type',
  'fd.l4proto',
  'fd.sip',
  'fd.cip',
  'fd.ip',
  'evt.datetime',
  'evt.args',
  'proc.env',
  'proc.pname',
];
const numbers = [
  'proc.pid',
  'proc.loginshellid',
  'proc.duration',
  'proc.vmsize',
  'proc.vmrss',
  'proc.fdlimit',
  'thread.tid',
  'evt.num',
  'evt.cpu',
  'evt.rawtime',
  'evt.rawtime.s',
  'evt.latency',
  'evt.rawres',
  'fd.num',
  'fd.sport',
  'fd.cport',
  'fd.port',
];
const flags = ['evt.is_io', 'evt.is_io_read', 'evt.is_io_write', 'evt.failed'];
const withArgument = { 'proc.apid': 'num', 'proc.acmdline': 'str', 'evt.arg': 'str', 'evt.rawarg': 'num' } as const;

const text = (value: unknown) => (typeof value === 'string' ? value : null);
const number = (value: unknown) => (typeof value === 'number' ? value : Number.NaN);

const table: FieldTable<TestEvent> = Object.fromEntries([
  ...texts.map((name) => [name, { type: 'CHARBUF', kind: 'str', doc: '', get: (c: TestEvent) => text(c[name]) }]),
  ...numbers.map((name) => [name, { type: 'INT64', kind: 'num', doc: '', get: (c: TestEvent) => number(c[name]) }]),
  ...flags.map((name) => [
    name,
    { type: 'BOOL', kind: 'bool', doc: '', get: (c: TestEvent) => (c[name] === true ? 1 : 0) },
  ]),
  ...Object.entries(withArgument).map(([name, kind]) => {
    const value = kind === 'num' ? number : text;
    const get = (c: TestEvent, arg: unknown) => value(c[`${name}[${String(arg)}]`] ?? c[`${name}.${String(arg)}`]);
    return [name, { type: 'CHARBUF', kind, doc: '', arg: 'required', get }];
  }),
]);

export interface RunOptions {
  readonly args?: readonly string[];
  readonly colours?: boolean;
  /** Threads or descriptors that the state holds. */
  readonly state?: readonly TestEvent[];
  /** Takes what the chisel appends to files. */
  readonly append?: (path: string, bytes: Uint8Array) => void;
  /** Takes what the chisel wants to have saved. */
  readonly save?: (path: string, wanted: (c: TestEvent) => boolean) => void;
}

/** What a chisel prints for these events. */
export function runChisel(
  name: string,
  events: readonly TestEvent[],
  { args = [], colours = false, state = [], append, save }: RunOptions = {},
): string[] {
  const symbols = new SymbolTable();
  const subscriptions: ((type: number, c: TestEvent) => void)[] = [];
  const rows = (filter: string) => {
    const test = filter === '' ? () => true : compileFilter(parse(filter), table, symbols, eventTypes).byType(READ_X);
    return (visit: (c: TestEvent) => void) => {
      for (const row of state) if (test?.(row) === true) visit(row);
    };
  };
  let stopped = false;
  const host: ChiselHost<TestEvent> = {
    subscribe: (filter, onEvent) => {
      if (filter === '') {
        subscriptions.push((_, c) => onEvent(c));
        return;
      }
      const compiled = compileFilter(parse(filter), table, symbols, eventTypes);
      subscriptions.push((type, c) => {
        if (compiled.byType(type)?.(c) === true) onEvent(c);
      });
    },
    text: (template) => compileFormat(template, table, symbols),
    number: (field) => {
      const writer = compileFormat(`%${field}`, table, symbols);
      return (c) => Number(writer(c) ?? 'NaN');
    },
    data: () => (c) => text(c.data),
    bytes: () => (c) => (typeof c.data === 'string' ? Buffer.from(c.data, 'latin1') : null),
    threads: rows,
    descriptors: rows,
    stop: () => {
      stopped = true;
    },
    save: (path, wanted) => save?.(path, wanted(host)),
    append: (path, bytes) => append?.(path, bytes),
  };
  const lines: string[] = [];
  const end = startChisel(name, host, args, { line: (line) => lines.push(line), colours });
  for (const event of events) {
    if (stopped) break;
    const type = idsOfName(String(event['evt.type'])).find((id) => (id & 1) === 1) ?? 0;
    for (const tell of subscriptions) tell(type, event);
  }
  end();
  return lines;
}

/** A host over plain records: field name → value. Filters and templates are the real ones. */
import { compileFormat } from '@waspglass/format';
import { SymbolTable } from '@waspglass/kit';
import { compileFilter, type FieldTable, parse } from '@waspglass/lang';
import { eventTypes, idsOfName } from '@waspglass/schema';
import { type ChiselHost, startChisel } from '../src/index.ts';

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
];
const numbers = ['proc.pid', 'proc.loginshellid', 'evt.rawres', 'fd.num', 'fd.sport'];
const flags = ['evt.is_io', 'evt.is_io_read', 'evt.is_io_write', 'evt.failed'];
const withArgument = { 'proc.apid': 'num', 'proc.acmdline': 'str', 'evt.arg': 'str' } as const;

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

/** What a chisel prints for these events. */
export function runChisel(
  name: string,
  events: readonly TestEvent[],
  { args = [], colours = false }: { args?: readonly string[]; colours?: boolean } = {},
): string[] {
  const symbols = new SymbolTable();
  const subscriptions: ((type: number, c: TestEvent) => void)[] = [];
  const host: ChiselHost<TestEvent> = {
    subscribe: (filter, onEvent) => {
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
  };
  const lines: string[] = [];
  const end = startChisel(name, host, args, { line: (line) => lines.push(line), colours });
  for (const event of events) {
    const type = idsOfName(String(event['evt.type'])).find((id) => (id & 1) === 1) ?? 0;
    for (const tell of subscriptions) tell(type, event);
  }
  end();
  return lines;
}

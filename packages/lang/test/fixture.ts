/** A small world for the language: four event types, fields of every kind, a context that is a plain object. */
import { SymbolTable } from '@waspglass/kit';
import type { EventType } from '@waspglass/schema';
import { eventTypes as all } from '@waspglass/schema';
import { Compiler, type FieldTable, parse, parseAddress } from '../src/index.ts';

export interface Context {
  type: number;
  name?: string;
  path?: string;
  num?: number;
  big?: bigint;
  bool?: boolean;
  ip?: string;
  ips?: string[];
  ancestors?: string[];
  ports?: number[];
  text?: string;
  dyn?: string;
}

export const symbols = new SymbolTable();
const symbol = (text: string | undefined) => (text === undefined ? 0 : symbols.of(text));
const address = (text: string | undefined) => {
  const bytes = text === undefined ? undefined : parseAddress(text);
  return bytes ? symbols.intern(bytes, 0, bytes.length) : 0;
};

export const eventTypes: readonly EventType[] = ['OPEN_X', 'CLOSE_E', 'EXECVE_19_X', 'OPEN_E'].map((name) => {
  const type = all.find((t) => t.enum === `SYSCALL_${name}`);
  if (!type) throw new Error(`no event type ${name}`);
  return type;
});

export const fields: FieldTable<Context> = {
  'evt.type': {
    type: 'CHARBUF',
    kind: 'sym',
    doc: '',
    texts: () => new Set(all.map((t) => t.name)),
    byType: (t) => t.name,
    get: (c) => symbol(eventTypes[c.type]?.name),
  },
  'evt.arg': { type: 'CHARBUF', kind: 'str', doc: '', arg: 'required', get: (c, arg) => `${arg}:${c.name}` },
  'evt.dyn': { type: 'DYN', kind: 'str', doc: '', compared: (c) => c.dyn ?? null, get: () => 'hex' },
  'evt.big': { type: 'UINT64', kind: 'big', doc: '', get: (c) => c.big ?? null },
  'fd.name': { type: 'FSPATH', kind: 'sym', doc: '', when: (t) => t.name === 'open', get: (c) => symbol(c.path) },
  'fd.num': { type: 'INT64', kind: 'num', doc: '', get: (c) => c.num ?? Number.NaN },
  'fd.ip': { type: 'IPADDR', kind: 'addrs', doc: '', get: (c, _, out) => void out.push(...(c.ips ?? []).map(address)) },
  'fd.sip': { type: 'IPADDR', kind: 'addr', doc: '', get: (c) => address(c.ip) },
  'fd.port': { type: 'PORT', kind: 'nums', doc: '', get: (c, _, out) => void out.push(...(c.ports ?? [])) },
  'proc.name': { type: 'CHARBUF', kind: 'sym', doc: '', get: (c) => symbol(c.name) },
  'proc.text': { type: 'CHARBUF', kind: 'str', doc: '', get: (c) => c.text ?? null },
  'proc.flag': { type: 'BOOL', kind: 'bool', doc: '', get: (c) => (c.bool === undefined ? -1 : Number(c.bool)) },
  'proc.aname': {
    type: 'CHARBUF',
    kind: 'syms',
    doc: '',
    arg: 'optional',
    get: (c, arg, out) => {
      const names = c.ancestors ?? [];
      const wanted = arg === undefined ? names : names.slice(Number(arg) - 1, Number(arg));
      out.push(...wanted.map(symbol));
    },
  },
};

/** Runs a filter on both back ends, alone and in a group; they must agree. */
export function matches(filter: string, context: Context): boolean {
  const ast = parse(filter);
  const [first = false, ...others] = (['closures', 'generated'] as const).flatMap((backEnd) => {
    const compiler = new Compiler(fields, symbols, eventTypes, { backEnd });
    const hits: number[] = [];
    compiler.group([ast, ast]).byType(context.type)?.(context, (index) => hits.push(index) < 0);
    return [compiler.compile(ast).byType(context.type)?.(context) ?? false, hits.join() === '0,1'];
  });
  for (const other of others) if (other !== first) throw new Error(`back ends differ on ${filter}`);
  return first;
}

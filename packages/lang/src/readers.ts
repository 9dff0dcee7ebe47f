/**
 * Operands → readers: closures that fetch a value in one of few forms, with what the event type alone says about it.
 * Transformers of one text stay maps over the symbol below, so their predicates are remembered per symbol like any other.
 */
import { didYouMean, WaspglassError } from '@waspglass/kit';
import type { EventType } from '@waspglass/schema';
import type { FieldOperand, Operand, TransformOperand } from './ast.ts';
import { fail } from './errors.ts';
import type { Field, FieldArgument, FieldTable, FieldType, Symbols } from './field.ts';
import { optionMap, type TextMap, textMap } from './transforms.ts';

/** What a type decides: the value, null for "has none", undefined when only the event knows. */
export type Folded = string | number | null | undefined;

interface Common {
  /** As written, for errors. */
  readonly name: string;
  readonly type: FieldType;
  /** Rough price of reading, to put cheap tests first. */
  readonly cost: number;
  readonly fold?: (type: EventType) => Folded;
  /** Every text that the value can be in events of a type; missing: any. */
  readonly textsOf?: (type: EventType) => Iterable<string> | undefined;
  /** `=` means "at most". */
  readonly within?: true;
}

/** Reads a number (a symbol's id is one). A field's own function is kept apart, so that code can call it without a detour. */
export interface NumberRead<C> {
  readonly get: (c: C) => number;
  readonly own?: { readonly get: (c: C, arg: FieldArgument, out: number[]) => number; readonly arg: FieldArgument };
}

interface Access<C> {
  /** `base` names the field below the transformers: what `get` reads. */
  sym: NumberRead<C> & { readonly base: string; readonly map?: TextMap };
  text: { readonly get: (c: C) => string | null };
  num: NumberRead<C>;
  bool: NumberRead<C>;
  addr: NumberRead<C>;
  big: { readonly get: (c: C) => bigint | null };
  syms: { readonly fill: (c: C, out: number[]) => void };
  addrs: { readonly fill: (c: C, out: number[]) => void };
  nums: { readonly fill: (c: C, out: number[]) => void };
}
type Form = keyof Access<unknown>;

export type ReaderOf<C, F extends Form> = { [K in F]: Common & { readonly form: K } & Access<C>[K] }[F];
export type Reader<C> = ReaderOf<C, Form>;

/** For fields that push nothing. */
export const NO_VALUES: number[] = [];
const utf8 = new TextEncoder();

export interface ReaderContext<C> {
  readonly fields: FieldTable<C>;
  readonly symbols: Symbols;
}

export function makeReader<C>(operand: Operand, context: ReaderContext<C>): Reader<C> {
  switch (operand.kind) {
    case 'field':
      return fieldReader(operand, context);
    case 'transform':
      return transformReader(operand, context);
    case 'text': {
      const { text } = operand;
      return { form: 'text', name: text, type: 'CHARBUF', cost: 0, get: () => text };
    }
    default:
      throw fail('WG_FILTER_TRANSFORM', { name: 'join', expected: 'takes a tuple only as its second argument' });
  }
}

export interface Resolved<C> {
  readonly field: Field<C>;
  readonly arg: FieldArgument;
}

/** The row of a field; `evt.arg.flags` is row `evt.arg` with argument `flags` when no row has the longer name. */
export function resolveField<C>(operand: FieldOperand, fields: FieldTable<C>): Resolved<C> {
  const found = findField(operand, fields);
  if (found === undefined) {
    const hint = didYouMean(operand.name, Object.keys(fields));
    throw fail('WG_FILTER_UNKNOWN_FIELD', { name: operand.name, hint }, { at: operand.at });
  }
  return found;
}

export function findField<C>(operand: FieldOperand, fields: FieldTable<C>): Resolved<C> | undefined {
  const { name, arg, at } = operand;
  if (Object.hasOwn(fields, name)) {
    const field = fields[name];
    if (!field) return undefined;
    const mode = field.arg ?? 'none';
    if (mode === 'none' && arg !== undefined)
      throw fail('WG_FILTER_ARGUMENT', { name, expected: 'takes no argument' }, { at });
    if (mode === 'required' && arg === undefined) {
      throw fail('WG_FILTER_ARGUMENT', { name, expected: `needs an argument, as in ${name}[0]` }, { at });
    }
    return { field, arg: argumentOf(arg) };
  }
  for (let dot = name.lastIndexOf('.'); dot > 0 && arg === undefined; dot = name.lastIndexOf('.', dot - 1)) {
    const base = name.slice(0, dot);
    const field = Object.hasOwn(fields, base) ? fields[base] : undefined;
    if (field && (field.arg ?? 'none') !== 'none') return { field, arg: name.slice(dot + 1) };
  }
  return undefined;
}

function argumentOf(text: string | undefined): FieldArgument {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : text;
}

function fieldReader<C>(operand: FieldOperand, { fields }: ReaderContext<C>): Reader<C> {
  const { field, arg } = resolveField(operand, fields);
  const name = operand.arg === undefined ? operand.name : `${operand.name}[${operand.arg}]`;
  const { byType, when } = field;
  const fold = foldOf(field);
  const common = {
    name,
    type: field.type,
    ...(byType || when ? { fold } : {}),
    ...(field.textsOf && { textsOf: field.textsOf }),
    ...(field.within && { within: field.within }),
  };
  switch (field.kind) {
    case 'sym':
      return {
        ...common,
        form: 'sym',
        cost: 2,
        base: name,
        get: (c) => field.get(c, arg, NO_VALUES),
        own: { get: field.get, arg },
      };
    case 'str': {
      const get = field.compared ?? field.get;
      return { ...common, form: 'text', cost: 40, get: (c) => get(c, arg, NO_VALUES) };
    }
    case 'big':
      return { ...common, form: 'big', cost: 3, get: (c) => field.get(c, arg, NO_VALUES) };
    case 'num':
    case 'bool':
    case 'addr':
      return {
        ...common,
        form: field.kind,
        cost: field.kind === 'addr' ? 3 : 1,
        get: (c) => field.get(c, arg, NO_VALUES),
        own: { get: field.get, arg },
      };
    default:
      return { ...common, form: field.kind, cost: 20, fill: (c, out) => field.get(c, arg, out) };
  }
}

const folds = new WeakMap<object, (type: EventType) => Folded>();

/** What a type says of a field, asked once per type however many comparisons there are. */
function foldOf<C>(field: Field<C>): (type: EventType) => Folded {
  const known = folds.get(field);
  if (known) return known;
  const { byType, when } = field;
  const answers = new Map<EventType, Folded>();
  const fold = (type: EventType): Folded => {
    const answer = answers.get(type);
    if (answer !== undefined || answers.has(type)) return answer;
    const value = byType?.(type);
    const made = value === undefined && when && !when(type) ? null : value;
    answers.set(type, made);
    return made;
  };
  folds.set(field, fold);
  return fold;
}

function transformReader<C>(operand: TransformOperand, context: ReaderContext<C>): Reader<C> {
  const { name, args, at } = operand;
  const [first, second] = args;
  const place = <T>(make: () => T): T => withPlace(at, make);
  if (name === 'join') {
    const separator = first?.kind === 'text' ? first.text : '';
    return place(() => joined(name, separator, second?.kind === 'tuple' ? second.items : [], context));
  }
  if (name === 'concat') return place(() => joined(name, '', args, context));
  if (!first) throw fail('WG_FILTER_TRANSFORM', { name, expected: 'needs an argument' }, { at });
  const inner = makeReader(first, context);
  if (name === 'len') return place(() => length(inner, context.symbols));
  const map = name === 'getopt' ? place(() => optionMap(second?.kind === 'text' ? second.text : '')) : textMap(name);
  if (!map) throw fail('WG_FILTER_TRANSFORM', { name, expected: 'is no transformer' }, { at });
  return place(() => mapped(name, inner, map));
}

/** Gives errors that know no place the place of the operand. */
export function withPlace<T>(at: Operand['at'], make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof WaspglassError) || error.at.line !== undefined) throw error;
    throw new WaspglassError(error.code, error.text, at);
  }
}

function mapped<C>(name: string, inner: Reader<C>, map: TextMap): Reader<C> {
  const shown = `${name}(${inner.name})`;
  const innerFold = inner.fold;
  const fold: Common['fold'] = (type) => {
    const value = innerFold?.(type);
    return value === undefined || value === null ? value : map(String(value));
  };
  const common = { name: shown, type: 'CHARBUF' as const, cost: inner.cost, ...(innerFold ? { fold } : {}) };
  if (inner.form === 'sym') {
    const { map: before } = inner;
    return { ...inner, ...common, map: before ? (t) => then(before(t), map) : map };
  }
  if (inner.form === 'text') {
    const { get } = inner;
    return { ...common, form: 'text', get: (c) => then(get(c), map) };
  }
  throw fail('WG_FILTER_TRANSFORM', { name, expected: `takes one text; ${inner.name} is ${inner.type}` });
}

function then(text: string | null, map: TextMap): string | null {
  return text === null ? null : map(text);
}

function length<C>(inner: Reader<C>, symbols: Symbols): Reader<C> {
  const common = { name: `len(${inner.name})`, type: 'UINT64' as const, form: 'num' as const, cost: inner.cost };
  if (inner.form === 'sym') {
    const { get, map } = inner;
    if (!map) return { ...common, get: (c) => lengthOf(get(c), symbols) };
    return { ...common, get: (c) => textLength(mapSymbol(get(c), map, symbols)) };
  }
  if (inner.form === 'text') {
    const { get } = inner;
    return { ...common, get: (c) => textLength(get(c)) };
  }
  if (inner.form === 'syms' || inner.form === 'addrs' || inner.form === 'nums') {
    const { fill } = inner;
    const out: number[] = [];
    return {
      ...common,
      get: (c) => {
        out.length = 0;
        fill(c, out);
        return out.length;
      },
    };
  }
  throw fail('WG_FILTER_TRANSFORM', {
    name: 'len',
    expected: `takes a text or several values; ${inner.name} is ${inner.type}`,
  });
}

function lengthOf(id: number, symbols: Symbols): number {
  return id === 0 ? Number.NaN : symbols.bytes(id).length;
}

function textLength(text: string | null): number {
  return text === null ? Number.NaN : utf8.encode(text).length;
}

export function mapSymbol(id: number, map: TextMap | undefined, symbols: Symbols): string | null {
  if (id === 0) return null;
  const text = symbols.text(id);
  return map ? map(text) : text;
}

function joined<C>(name: string, separator: string, items: readonly Operand[], context: ReaderContext<C>): Reader<C> {
  const readers = items.map((item) => makeReader(item, context));
  const texts = readers.map((reader) => asText(reader, context.symbols));
  const shown = `${name}(${readers.map((r) => r.name).join(', ')})`;
  return {
    name: shown,
    type: 'CHARBUF',
    form: 'text',
    cost: 30,
    get: (c) => {
      const parts: string[] = [];
      for (const text of texts) {
        const part = text(c);
        if (part === null) return null;
        parts.push(part);
      }
      return parts.join(separator);
    },
  };
}

/** A value as text, for joining and for comparing two fields. */
export function asText<C>(reader: Reader<C>, symbols: Symbols): (c: C) => string | null {
  if (reader.form === 'sym') {
    const { get, map } = reader;
    return (c) => mapSymbol(get(c), map, symbols);
  }
  if (reader.form === 'text') return reader.get;
  if (reader.form === 'num') {
    const { get } = reader;
    return (c) => {
      const value = get(c);
      return Number.isNaN(value) ? null : String(value);
    };
  }
  if (reader.form === 'bool') {
    const { get } = reader;
    return (c) => [null, 'false', 'true'][get(c) + 1] ?? null;
  }
  if (reader.form === 'big') {
    const { get } = reader;
    return (c) => get(c)?.toString() ?? null;
  }
  throw fail('WG_FILTER_TRANSFORM', {
    name: 'join',
    expected: `takes single texts and numbers; ${reader.name} is ${reader.type}`,
  });
}

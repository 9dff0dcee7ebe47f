/**
 * One comparison → a test of the context, chosen by the form of its left side. Checks that operator, field and value go
 * together; what does not is an error at its place, never a test that silently says no.
 */
import { didYouMean, type Place } from '@waspglass/kit';
import type { EventType } from '@waspglass/schema';
import type { Comparison, Operand, Right, TextOperand } from './ast.ts';
import { fail } from './errors.ts';
import type { Symbols } from './field.ts';
import { Memo } from './memo.hot.ts';
import { inNetwork, type Network, parseNetwork } from './network.ts';
import { type OperatorName, operators } from './operators.ts';
import {
  asText,
  makeReader,
  mapSymbol,
  type NumberRead,
  type Reader,
  type ReaderContext,
  type ReaderOf,
  resolveField,
  withPlace,
} from './readers.ts';
import { byteTest, memberTest, pathTest, type TextTest, textTest } from './text-tests.ts';

export type Test<C> = (c: C) => boolean;

/** A test of one symbol: tests of the same field are put together into one. `decide` answers for symbol 0 too. */
export interface SymbolTest<C> {
  /** Field with argument: what is read. */
  readonly key: string;
  readonly read: NumberRead<C>;
  readonly decide: (symbol: number) => boolean;
}

/** A test of one number against a constant, as code can write it out. */
export interface NumberTest<C> {
  readonly key: string;
  readonly read: NumberRead<C>;
  readonly op: '===' | '<' | '<=' | '>' | '>=' | 'in';
  readonly value: number | ReadonlySet<number>;
}

export interface CompiledComparison<C> {
  readonly test: Test<C>;
  readonly symbol?: SymbolTest<C>;
  readonly number?: NumberTest<C>;
  readonly cost: number;
  /** Share of events on which it holds, a guess. */
  readonly likely: number;
  /** What the event type alone decides. */
  readonly fold?: (type: EventType) => boolean | undefined;
}

type Scalar = number | bigint;
const utf8 = new TextEncoder();

export function compileComparison<C>(ast: Comparison, context: ReaderContext<C>): CompiledComparison<C> {
  const reader = makeReader(ast.left, context);
  const on = domain(reader, ast.op);
  const { right } = ast;
  const op = reader.within && (ast.op === '=' || ast.op === '==') ? '<=' : ast.op;
  if (!(operators[op].on as readonly string[]).includes(on)) {
    const expected = namesFor(on);
    throw fail('WG_FILTER_OPERATOR', { op, left: reader.name, type: reader.type, expected }, { at: ast.at });
  }
  if (right === undefined) return existence(reader, context.symbols);
  if (right.kind === 'field' || right.kind === 'transform') return twoSided(reader, op, right, context);
  const make = (op: OperatorName, values: readonly TextOperand[]) => constant(reader, op, values, context.symbols);
  const values = valuesOf(right);
  if (WHOLE.includes(op)) checkTexts(ast.left, values, context);
  const compiled = ast.modifier
    ? modified(
        values.map((value) => make(op, [value])),
        ast.modifier,
      )
    : make(op, values);
  return { cost: reader.cost + (PATTERNS.includes(op) ? 1 : 0), likely: likelihood(op, values), ...compiled };
}

/** Operators whose answers are as many as the texts; equality knows few. */
const PATTERNS: readonly OperatorName[] = ['contains', 'icontains', 'endswith', 'iendswith', 'glob', 'iglob', 'regex'];
const ORDER: readonly OperatorName[] = ['<', '<=', '>', '>='];

/** Most comparisons look for something rare. */
function likelihood(op: OperatorName, [first]: readonly TextOperand[]): number {
  if (ORDER.includes(op)) return 0.5;
  const rare = op === '!=' ? 0.95 : 0.05;
  return first?.text === 'false' ? 1 - rare : rare;
}

/** Operators behind which a text stands whole. */
const WHOLE: readonly OperatorName[] = ['=', '==', '!=', 'in'];

/** Refuses a text that the field can never be, where its row tells them all. */
function checkTexts<C>(left: Operand, values: readonly TextOperand[], { fields }: ReaderContext<C>): void {
  const known = left.kind === 'field' ? resolveField(left, fields).field.texts?.() : undefined;
  if (left.kind !== 'field' || known === undefined) return;
  for (const { text, at } of values) {
    if (known.has(text)) continue;
    throw fail('WG_FILTER_TEXT', { left: left.name, found: text, hint: didYouMean(text, known) }, { at });
  }
}

const ORDERING: readonly OperatorName[] = ['<', '<=', '>', '>='];

/** Class of a reader's values, as the operator table names them; the type of some only the event knows. */
function domain<C>(reader: Reader<C>, op?: OperatorName): 'text' | 'number' | 'bool' | 'address' {
  switch (reader.form) {
    case 'sym':
    case 'syms':
    case 'text':
      return reader.type === 'DYN' && op !== undefined && ORDERING.includes(op) ? 'number' : 'text';
    case 'addr':
    case 'addrs':
      return 'address';
    default:
      return reader.form === 'bool' ? 'bool' : 'number';
  }
}

function namesFor(on: string): string {
  const rows = Object.entries(operators) as [OperatorName, { on: readonly string[] }][];
  return rows
    .filter(([, row]) => row.on.includes(on))
    .map(([name]) => name)
    .join(' ');
}

function valuesOf(right: Right): readonly TextOperand[] {
  if (right.kind === 'text') return [right];
  if (right.kind === 'values') return right.items;
  const name = right.kind === 'list' ? right.name : '';
  throw fail('WG_FILTER_UNKNOWN_LIST', { name, hint: '' }, { at: right.at });
}

type Compiled<C> = Omit<CompiledComparison<C>, 'cost' | 'likely'>;

/** A field that is asked for usually has a value. */
const EXISTS = 0.7;

function existence<C>(reader: Reader<C>, symbols: Symbols): CompiledComparison<C> {
  const { cost, fold } = reader;
  const folded = fold
    ? { fold: (type: EventType) => (fold(type) === undefined ? undefined : fold(type) !== null) }
    : {};
  const weight = { cost, likely: EXISTS };
  if (reader.form !== 'sym') return { test: exists(reader), ...weight, ...folded };
  const { base, map } = reader;
  const decide = (id: number) => id !== 0 && (!map || mapSymbol(id, map, symbols) !== null);
  return { ...symbolTest({ key: base, read: reader, decide }), ...weight, ...folded };
}

function exists<C>(reader: Reader<C>): Test<C> {
  switch (reader.form) {
    case 'text':
    case 'big': {
      const { get } = reader;
      return (c) => get(c) !== null;
    }
    case 'num': {
      const { get } = reader;
      return (c) => !Number.isNaN(get(c));
    }
    case 'bool': {
      const { get } = reader;
      return (c) => get(c) >= 0;
    }
    case 'addr':
    case 'sym': {
      const { get } = reader;
      return (c) => get(c) !== 0;
    }
    default:
      return someOf(reader.fill, () => true);
  }
}

/** `oneof`: exactly one value compares; `anyof`: at least one; `allof`: every one. A missing field compares with none. */
function modified<C>(parts: readonly Compiled<C>[], modifier: 'oneof' | 'anyof' | 'allof'): Compiled<C> {
  const wanted = (hits: number) =>
    modifier === 'oneof' ? hits === 1 : modifier === 'anyof' ? hits > 0 : hits === parts.length && hits > 0;
  const test: Test<C> = (c) => {
    let hits = 0;
    for (const part of parts) if (part.test(c)) hits++;
    return wanted(hits);
  };
  const fold = (type: EventType) => {
    const known = parts.map((part) => part.fold?.(type));
    return known.includes(undefined) ? undefined : wanted(known.filter((k) => k === true).length);
  };
  const folded = parts.some((part) => part.fold) ? { fold } : {};
  const symbols = parts.map((part) => part.symbol).filter((symbol) => symbol !== undefined);
  const [first] = symbols;
  if (first === undefined || symbols.length < parts.length) return { test, ...folded };
  const decide = (id: number) => {
    let hits = 0;
    for (const symbol of symbols) if (symbol.decide(id)) hits++;
    return wanted(hits);
  };
  return { ...symbolTest({ ...first, decide }), ...folded };
}

function constant<C>(
  reader: Reader<C>,
  op: OperatorName,
  values: readonly TextOperand[],
  symbols: Symbols,
): Compiled<C> {
  if (reader.form === 'text' && reader.type === 'DYN' && comparesNumbers(op, values))
    return dynamicConstant(reader, op, values);
  switch (reader.form) {
    case 'sym':
    case 'syms':
    case 'text':
      return textConstant(reader, op, values, symbols);
    case 'addr':
    case 'addrs':
      return addressConstant(reader, op, values, symbols);
    default:
      return numberConstant(reader, op, values);
  }
}

/** Whether a comparison is one of numbers where the event has one: ordered, or with numbers only. */
function comparesNumbers(op: OperatorName, values: readonly TextOperand[]): boolean {
  if (ORDERING.includes(op)) return true;
  return WHOLE.includes(op) && values.every(({ text }) => toNumber(text) !== undefined);
}

/** A value whose type only the event knows, compared with numbers; texts are compared with what was written. */
function dynamicConstant<C>(
  reader: ReaderOf<C, 'text'>,
  op: OperatorName,
  values: readonly TextOperand[],
): Compiled<C> {
  const number = scalarTest(
    op,
    values.map((value) => scalar(value, reader)),
  );
  const text = ORDERING.includes(op) ? () => false : textPredicate(op, values);
  const { get } = reader;
  const test: Test<C> = (c) => {
    const value = get(c);
    if (value === null) return false;
    return /^-?\d+$/.test(value) ? number(BigInt(value)) : text(value);
  };
  return { test, ...foldMissing(reader) };
}

type TextReader<C> = ReaderOf<C, 'sym' | 'syms' | 'text'>;

function textConstant<C>(
  reader: TextReader<C>,
  op: OperatorName,
  values: readonly TextOperand[],
  symbols: Symbols,
): Compiled<C> {
  const [first] = values;
  const bytes = first ? withPlace(first.at, () => byteTest(op, first.text)) : undefined;
  const test: TextTest = bytes ? (text) => bytes(utf8.encode(text)) : textPredicate(op, values);
  const folded = foldText(reader, test);
  if (reader.form === 'text') {
    const { get } = reader;
    const run: Test<C> = (c) => {
      const text = get(c);
      return text !== null && test(text);
    };
    return { test: run, ...folded };
  }
  const map = reader.form === 'sym' ? reader.map : undefined;
  const decide = (id: number) => {
    if (id === 0) return false;
    if (bytes && !map) return bytes(symbols.bytes(id));
    const text = mapSymbol(id, map, symbols);
    return text !== null && test(text);
  };
  if (reader.form === 'sym') return { ...symbolTest({ key: reader.base, read: reader, decide }), ...folded };
  const memo = new Memo(decide);
  return { test: someOf(reader.fill, (id) => memo.has(id)), ...folded };
}

function symbolTest<C>(symbol: SymbolTest<C>): Pick<CompiledComparison<C>, 'test' | 'symbol'> {
  const memo = new Memo(symbol.decide);
  const { get } = symbol.read;
  return { symbol, test: (c) => memo.has(get(c)) };
}

function textPredicate(op: OperatorName, values: readonly TextOperand[]): TextTest {
  const texts = values.map((value) => value.text);
  if (op === 'in' || op === 'intersects') return memberTest(texts);
  if (op === 'pmatch') return pathTest(texts);
  const [first] = values;
  const test = first && withPlace(first.at, () => textTest(op, first.text));
  if (!test) throw fail('WG_FILTER_SYNTAX', { found: op, expected: 'an operator on texts' });
  return test;
}

function foldText<C>(reader: Reader<C>, test: TextTest): Pick<Compiled<C>, 'fold'> {
  const { fold, textsOf } = reader;
  if (!fold) return {};
  return {
    fold: (type) => {
      const value = fold(type);
      if (value !== undefined) return value !== null && test(String(value));
      return textsOf && sameForAll(textsOf(type), test);
    },
  };
}

/** The answer that all texts have in common; undefined when they differ or nobody knows them. */
function sameForAll(texts: Iterable<string> | undefined, test: TextTest): boolean | undefined {
  let answer: boolean | undefined;
  for (const text of texts ?? []) {
    const found = test(text);
    if (answer !== undefined && found !== answer) return undefined;
    answer = found;
  }
  return answer;
}

type AddressReader<C> = ReaderOf<C, 'addr' | 'addrs'>;

function addressConstant<C>(
  reader: AddressReader<C>,
  op: OperatorName,
  values: readonly TextOperand[],
  symbols: Symbols,
): Compiled<C> {
  const networks = values.map((value) => network(value, reader.name));
  const negated = op === '!=';
  const inside = (id: number) => id !== 0 && networks.some((net) => inNetwork(symbols.bytes(id), net));
  const decide = negated ? (id: number) => id !== 0 && !inside(id) : inside;
  const folded = foldMissing(reader);
  if (reader.form === 'addr') return { ...symbolTest({ key: reader.name, read: reader, decide }), ...folded };
  const memo = new Memo(decide);
  const each = (id: number) => memo.has(id);
  return { test: negated ? everyOf(reader.fill, each) : someOf(reader.fill, each), ...folded };
}

function network(value: TextOperand, left: string): Network {
  const net = parseNetwork(value.text);
  if (net) return net;
  const expected = 'an address or network such as 192.0.2.1, 2001:db8::/32';
  throw fail('WG_FILTER_VALUE', { found: value.text, expected, left }, { at: value.at });
}

/** Where the type says that there is no value, the comparison is false. */
function foldMissing<C>(reader: Reader<C>): Pick<Compiled<C>, 'fold'> {
  const { fold } = reader;
  return fold ? { fold: (type) => (fold(type) === null ? false : undefined) } : {};
}

type NumberReader<C> = ReaderOf<C, 'num' | 'bool' | 'big' | 'nums'>;

function numberConstant<C>(reader: NumberReader<C>, op: OperatorName, values: readonly TextOperand[]): Compiled<C> {
  const numbers = values.map((value) => (reader.form === 'bool' ? truth(value, reader.name) : scalar(value, reader)));
  const [first = 0] = numbers;
  const folded = foldNumber(reader, scalarTest(op, numbers));
  if (reader.form === 'big') {
    const { get } = reader;
    const test = scalarTest(op, numbers);
    const run: Test<C> = (c) => {
      const value = get(c);
      return value !== null && test(value);
    };
    return { test: run, ...folded };
  }
  if (reader.form === 'nums') {
    const test = scalarTest(op, numbers);
    return { test: op === '!=' ? everyOf(reader.fill, test) : someOf(reader.fill, test), ...folded };
  }
  const { get, name, form } = reader;
  const test = numberTest(get, op, Number(first), numbers, form === 'bool');
  const written = writtenNumber(op, numbers, form === 'bool');
  return written ? { test, number: { key: name, read: reader, ...written }, ...folded } : { test, ...folded };
}

/** NaN compares false with everything but `!==`; a missing truth value is -1. */
function numberTest<C>(
  get: (c: C) => number,
  op: OperatorName,
  wanted: number,
  all: readonly Scalar[],
  truth: boolean,
): Test<C> {
  switch (op) {
    case '=':
    case '==':
      return (c) => get(c) === wanted;
    case '<':
      return (c) => get(c) < wanted;
    case '<=':
      return (c) => get(c) <= wanted;
    case '>':
      return (c) => get(c) > wanted;
    case '>=':
      return (c) => get(c) >= wanted;
    case '!=':
      if (truth) return (c) => get(c) === 1 - wanted;
      return (c) => {
        const value = get(c);
        return value < wanted || value > wanted;
      };
    default: {
      const set = new Set(all.map(Number));
      return (c) => set.has(get(c));
    }
  }
}

/** The same test in a form that code can write out; `!=` of numbers stays a closure. */
function writtenNumber(
  op: OperatorName,
  values: readonly Scalar[],
  truth: boolean,
): Pick<NumberTest<never>, 'op' | 'value'> | undefined {
  const value = Number(values[0] ?? 0);
  if (op === '=' || op === '==') return { op: '===', value };
  if (op === '<' || op === '<=' || op === '>' || op === '>=') return { op, value };
  if (op === '!=') return truth ? { op: '===', value: 1 - value } : undefined;
  return { op: 'in', value: new Set(values.map(Number)) };
}

function scalarTest(op: OperatorName, values: readonly Scalar[]): (value: Scalar) => boolean {
  const [v = 0] = values;
  switch (op) {
    case '<':
      return (a) => a < v;
    case '<=':
      return (a) => a <= v;
    case '>':
      return (a) => a > v;
    case '>=':
      return (a) => a >= v;
    case '!=':
      return (a) => a < v || a > v;
    default:
      return (a) => values.some((b) => !(a < b) && !(a > b));
  }
}

function foldNumber<C>(reader: Reader<C>, test: (value: Scalar) => boolean): Pick<Compiled<C>, 'fold'> {
  const { fold } = reader;
  if (!fold) return {};
  return {
    fold: (type) => {
      const value = fold(type);
      return value === undefined ? undefined : value !== null && test(Number(value));
    },
  };
}

function scalar<C>(value: TextOperand, reader: Reader<C>): Scalar {
  const { text } = value;
  if ((reader.form === 'big' || reader.type === 'DYN') && /^[+-]?\d+$/.test(text)) return BigInt(text.replace('+', ''));
  const number = toNumber(text);
  if (number !== undefined) return number;
  throw fail('WG_FILTER_VALUE', { found: text, expected: 'a number', left: reader.name }, { at: value.at });
}

function toNumber(text: string): number | undefined {
  const found = /^([+-]?)(0[xX][0-9a-fA-F]+|\d+\.?\d*(?:[eE][+-]?\d+)?)$/.exec(text);
  if (!found) return undefined;
  const value = Number(found[2]);
  return found[1] === '-' ? -value : value;
}

const TRUTH: Readonly<Record<string, number>> = { true: 1, false: 0, '1': 1, '0': 0 };

function truth(value: TextOperand, left: string): number {
  const known = Object.hasOwn(TRUTH, value.text) ? TRUTH[value.text] : undefined;
  if (known !== undefined) return known;
  throw fail('WG_FILTER_VALUE', { found: value.text, expected: 'true or false', left }, { at: value.at });
}

/** A field or transformer on the right: both sides are read for every event. */
function twoSided<C>(
  left: Reader<C>,
  op: OperatorName,
  right: Extract<Right, { kind: 'field' | 'transform' }>,
  context: ReaderContext<C>,
): CompiledComparison<C> {
  const other = makeReader(right, context);
  const cost = left.cost + other.cost;
  const fold = (type: EventType) => (left.fold?.(type) === null || other.fold?.(type) === null ? false : undefined);
  return {
    cost,
    likely: op === '!=' ? 0.95 : 0.05,
    fold,
    test: twoSidedTest(left, op, other, right.at, context.symbols),
  };
}

function twoSidedTest<C>(left: Reader<C>, op: OperatorName, right: Reader<C>, at: Place, symbols: Symbols): Test<C> {
  const equal = op === '=' || op === '==' || op === '!=';
  if (left.form === 'sym' && right.form === 'sym' && !left.map && !right.map && equal)
    return sameSymbol(left.get, right.get, op === '!=');
  if (left.form === 'addr' && right.form === 'addr' && equal) return sameSymbol(left.get, right.get, op === '!=');
  const a = toScalar(left);
  const b = toScalar(right);
  if (a && b) {
    return (c) => {
      const x = a(c);
      const y = b(c);
      return x !== null && y !== null && scalarTest(op, [y])(x);
    };
  }
  if (domain(left) !== 'text' || domain(right) !== 'text') {
    const found = `${right.name} (${right.type})`;
    throw fail('WG_FILTER_VALUE', { found, expected: `a field of type ${left.type}`, left: left.name }, { at });
  }
  return dynamicText(left, op, asText(right, symbols), symbols);
}

function sameSymbol<C>(a: (c: C) => number, b: (c: C) => number, negated: boolean): Test<C> {
  return (c) => {
    const x = a(c);
    const y = b(c);
    return x !== 0 && y !== 0 && (x === y) !== negated;
  };
}

function toScalar<C>(reader: Reader<C>): ((c: C) => Scalar | null) | undefined {
  if (reader.form === 'big') return reader.get;
  if (reader.form !== 'num' && reader.form !== 'bool') return undefined;
  const { get, form } = reader;
  return (c) => {
    const value = get(c);
    return Number.isNaN(value) || (form === 'bool' && value < 0) ? null : value;
  };
}

const DYNAMIC_KEPT = 256;

function dynamicText<C>(left: Reader<C>, op: OperatorName, right: (c: C) => string | null, symbols: Symbols): Test<C> {
  const tests = new Map<string, TextTest>();
  const testFor = (value: string): TextTest => {
    let test = tests.get(value);
    if (test) return test;
    if (tests.size >= DYNAMIC_KEPT) tests.clear();
    test = safely(op, value);
    tests.set(value, test);
    return test;
  };
  if (left.form === 'syms') {
    const { fill } = left;
    const values: number[] = [];
    return (c) => {
      const value = right(c);
      if (value === null) return false;
      values.length = 0;
      fill(c, values);
      return values.some((id) => id !== 0 && testFor(value)(symbols.text(id)));
    };
  }
  const text = asText(left, symbols);
  return (c) => {
    const value = right(c);
    const own = value === null ? null : text(c);
    return value !== null && own !== null && testFor(value)(own);
  };
}

/** Values from events may be no valid pattern: then nothing compares. */
function safely(op: OperatorName, value: string): TextTest {
  const at: Place = { line: 1 };
  try {
    const bytes = byteTest(op, value);
    if (bytes) return (text) => bytes(utf8.encode(text));
    return textPredicate(op, [{ kind: 'text', at, text: value, quoted: true }]);
  } catch {
    return () => false;
  }
}

function someOf<C>(fill: (c: C, out: number[]) => void, test: (value: number) => boolean): Test<C> {
  const values: number[] = [];
  return (c) => {
    values.length = 0;
    fill(c, values);
    for (const value of values) if (test(value)) return true;
    return false;
  };
}

function everyOf<C>(fill: (c: C, out: number[]) => void, test: (value: number) => boolean): Test<C> {
  const values: number[] = [];
  return (c) => {
    values.length = 0;
    fill(c, values);
    for (const value of values) if (!test(value)) return false;
    return values.length > 0;
  };
}

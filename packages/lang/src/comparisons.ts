/**
 * One comparison → a test of the context, chosen by the form of its left side. Checks that operator, field and value go
 * together; what does not is an error at its place, never a test that silently says no.
 */

import { didYouMean } from '@waspglass/kit';
import type { EventType } from '@waspglass/schema';
import { addressConstant } from './address-comparisons.ts';
import type { Comparison, Operand, Right, TextOperand } from './ast.ts';
import {
  type Compiled,
  type CompiledComparison,
  domain,
  foldMissing,
  ORDERING,
  someOf,
  symbolTest,
  type Test,
} from './comparison.ts';
import { fail } from './errors.ts';
import type { Symbols } from './field.ts';
import { numberConstant, scalar, scalarTest, toNumber } from './number-comparisons.ts';
import { type OperatorName, operators } from './operators.ts';
import { makeReader, mapSymbol, type Reader, type ReaderContext, type ReaderOf, resolveField } from './readers.ts';
import { textConstant, textPredicate } from './text-comparisons.ts';
import { twoSided } from './two-sided.ts';

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

/** Comparisons whose right side is a field or a transformer, too. */

import type { Place } from '@waspglass/kit';
import type { EventType } from '@waspglass/schema';
import type { Right } from './ast.ts';
import { type CompiledComparison, domain, type Scalar, type Test } from './comparison.ts';
import { fail } from './errors.ts';
import type { Symbols } from './field.ts';
import { scalarTest } from './number-comparisons.ts';
import type { OperatorName } from './operators.ts';
import { asText, makeReader, type Reader, type ReaderContext } from './readers.ts';
import { textPredicate } from './text-comparisons.ts';
import { byteTest, type TextTest } from './text-tests.ts';

const utf8 = new TextEncoder();

/** A field or transformer on the right: both sides are read for every event. */
export function twoSided<C>(
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

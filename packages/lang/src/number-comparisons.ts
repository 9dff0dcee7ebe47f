/** Comparisons of a field that is a number or a truth value with constants. */
import type { TextOperand } from './ast.ts';
import { type Compiled, everyOf, type NumberTest, type Scalar, someOf, type Test } from './comparison.ts';
import { fail } from './errors.ts';
import type { OperatorName } from './operators.ts';
import type { Reader, ReaderOf } from './readers.ts';

type NumberReader<C> = ReaderOf<C, 'num' | 'bool' | 'big' | 'nums'>;

export function numberConstant<C>(
  reader: NumberReader<C>,
  op: OperatorName,
  values: readonly TextOperand[],
): Compiled<C> {
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

export function scalarTest(op: OperatorName, values: readonly Scalar[]): (value: Scalar) => boolean {
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

export function scalar<C>(value: TextOperand, reader: Reader<C>): Scalar {
  const { text } = value;
  if ((reader.form === 'big' || reader.type === 'DYN') && /^[+-]?\d+$/.test(text)) return BigInt(text.replace('+', ''));
  const number = toNumber(text);
  if (number !== undefined) return number;
  throw fail('WG_FILTER_VALUE', { found: text, expected: 'a number', left: reader.name }, { at: value.at });
}

export function toNumber(text: string): number | undefined {
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

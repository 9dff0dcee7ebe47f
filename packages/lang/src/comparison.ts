/** What a compiled comparison is, and what its parts are made of. */

import type { EventType } from '@waspglass/schema';
import { Memo } from './memo.hot.ts';
import type { OperatorName } from './operators.ts';
import type { NumberRead, Reader } from './readers.ts';

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

export type Scalar = number | bigint;

export const ORDERING: readonly OperatorName[] = ['<', '<=', '>', '>='];

/** Class of a reader's values, as the operator table names them; the type of some only the event knows. */
export function domain<C>(reader: Reader<C>, op?: OperatorName): 'text' | 'number' | 'bool' | 'address' {
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

export type Compiled<C> = Omit<CompiledComparison<C>, 'cost' | 'likely'>;

export function symbolTest<C>(symbol: SymbolTest<C>): Pick<CompiledComparison<C>, 'test' | 'symbol'> {
  const memo = new Memo(symbol.decide);
  const { get } = symbol.read;
  return { symbol, test: (c) => memo.has(get(c)) };
}

/** Where the type says that there is no value, the comparison is false. */
export function foldMissing<C>(reader: Reader<C>): Pick<Compiled<C>, 'fold'> {
  const { fold } = reader;
  return fold ? { fold: (type) => (fold(type) === null ? false : undefined) } : {};
}

export function someOf<C>(fill: (c: C, out: number[]) => void, test: (value: number) => boolean): Test<C> {
  const values: number[] = [];
  return (c) => {
    values.length = 0;
    fill(c, values);
    for (const value of values) if (test(value)) return true;
    return false;
  };
}

export function everyOf<C>(fill: (c: C, out: number[]) => void, test: (value: number) => boolean): Test<C> {
  const values: number[] = [];
  return (c) => {
    values.length = 0;
    fill(c, values);
    for (const value of values) if (!test(value)) return false;
    return values.length > 0;
  };
}

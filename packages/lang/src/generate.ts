/**
 * The fast back end: shapes as the text of one function. Fields are read at most once per event, tests that several
 * filters share are run at most once, comparisons of numbers and looks into tables are written out; a group first finds
 * out which of its filters are left by what they share. The text holds nothing but names made here; every value of a
 * user stands in the array of constants.
 */
import { candidatesOf, MOST_CANDIDATES } from './candidates.ts';
import type { Test } from './comparison.ts';
import { Masks } from './masks.hot.ts';
import { NO_VALUES, type NumberRead } from './readers.ts';
import type { Leaf, Shape } from './shape.ts';

/** Tells that filter `index` matches; true: stop. */
export type Hit = (index: number) => boolean;
export type GroupTest<C> = (c: C, hit: Hit) => void;

/** Functions of more tests are split: the optimiser gives up on very long ones. */
const MOST_TESTS = 300;
const ALL = 2 ** MOST_CANDIDATES - 1;

/** Whether code may be generated here (a content security policy may forbid it). */
export const canGenerate: boolean = (() => {
  try {
    return new Function('return true')() === true;
  } catch {
    return false;
  }
})();

export function generateTest<C>(shape: Shape<C>): Test<C> {
  const writer = new Writer<C>();
  const expression = writer.expression(shape);
  return writer.finish(`return ${expression};`) as Test<C>;
}

type Numbered<C> = readonly [index: number, shape: Shape<C>];

/** One function that tells which of several filters match, in order. */
export function generateGroup<C>(shapes: readonly Numbered<C>[]): GroupTest<C> {
  const parts = split(shapes).map((part) => generatePart(part));
  const [only] = parts;
  if (parts.length === 1 && only) return only;
  return (c, hit) => {
    for (const part of parts) if ((part as (c: C, hit: Hit) => unknown)(c, hit) === true) return;
  };
}

function split<C>(shapes: readonly Numbered<C>[]): Numbered<C>[][] {
  const parts: Numbered<C>[][] = [[]];
  let tests = 0;
  for (const numbered of shapes) {
    const size = sizeOf(numbered[1]);
    if ((parts.at(-1)?.length ?? 0) === MOST_CANDIDATES || (tests > 0 && tests + size > MOST_TESTS)) {
      parts.push([]);
      tests = 0;
    }
    tests += size;
    parts.at(-1)?.push(numbered);
  }
  return parts;
}

function sizeOf<C>(shape: Shape<C>): number {
  if (shape.kind === 'leaf') return 1;
  if (shape.kind === 'not') return sizeOf(shape.part);
  return shape.parts.reduce((sum, part) => sum + sizeOf(part), 0);
}

/** What is left of the filters' bits, once what they share has been read, goes to the tail. */
function generatePart<C>(shapes: readonly Numbered<C>[]): GroupTest<C> {
  const writer = new Writer<C>();
  const { demands, symbols, rests } = candidatesOf(shapes.map(([, shape]) => shape));
  const end = 'if (m === 0) return false;';
  const lines = demands.map(({ leaf, mask }) => `if (!${writer.expression(leaf)}) { m &= ${~mask}; ${end} }`);
  for (const { key, read, mask, needs } of symbols)
    lines.push(`if ((m & ${mask}) !== 0) { m = ${writer.masked(key, read, new Masks(needs))}; ${end} }`);
  const tail = new Tail(() => generateTail(shapes.map(([index], i) => [index, rests[i] ?? null])));
  const all = ALL >>> (MOST_CANDIDATES - shapes.length);
  return writer.finish(
    `m = ${all};\n${lines.join('\n')}\nreturn ${writer.constant(tail)}.run(c, hit, m);`,
  ) as GroupTest<C>;
}

type TailTest<C> = (c: C, hit: Hit, mask: number) => boolean;

/** Most events leave no filter: the tail is made when the first one does. */
class Tail<C> {
  private test: TailTest<C> | null = null;
  private readonly make: () => TailTest<C>;

  constructor(make: () => TailTest<C>) {
    this.make = make;
  }

  run(c: C, hit: Hit, mask: number): boolean {
    this.test ??= this.make();
    return this.test(c, hit, mask);
  }
}

function generateTail<C>(rests: readonly (readonly [index: number, rest: Shape<C> | null])[]): TailTest<C> {
  const writer = new Writer<C>();
  const lines = rests.map(([index, rest], i) => {
    const test = rest ? ` && ${writer.expression(rest)}` : '';
    return `if ((m & ${1 << i}) !== 0${test} && hit(${Math.trunc(index)})) return true;`;
  });
  return writer.finish(`${lines.join('\n')}\nreturn false;`) as TailTest<C>;
}

class Writer<C> {
  private readonly constants: unknown[] = [];
  private readonly declared: string[] = [];
  private readonly locals: string[] = [];
  private readonly names = new Map<unknown, string>();

  expression(shape: Shape<C>): string {
    if (shape.kind === 'leaf') return this.leaf(shape);
    if (shape.kind === 'not') return `!${this.expression(shape.part)}`;
    return `(${shape.parts.map((part) => this.expression(part)).join(shape.kind === 'and' ? ' && ' : ' || ')})`;
  }

  /** The bits of `m` that a symbol leaves. */
  masked(key: string, read: NumberRead<C>, masks: Masks): string {
    return `${this.constant(masks)}.of(${this.value(key, read)}, m)`;
  }

  finish(body: string): unknown {
    const text = `${this.declared.join('')}return (c, hit, m) => {\n${this.locals.join('')}${body}\n};`;
    return new Function('k', text)(this.constants);
  }

  private leaf({ symbol, number, test, id }: Leaf<C>): string {
    if (symbol) return `${this.constant(symbol.memo)}.has(${this.value(symbol.key, symbol.read)})`;
    if (number) {
      const value = this.value(number.key, number.read);
      const constant = this.constant(number.value);
      return number.op === 'in' ? `${constant}.has(${value})` : `(${value} ${number.op} ${constant})`;
    }
    return this.once(`test ${id}`, test);
  }

  /** A field's value, read when first needed. */
  private value(key: string, { get, own }: NumberRead<C>): string {
    const name = this.local(`value ${key}`, '0');
    const read = this.local(`read ${key}`, 'false');
    const call = own
      ? `${this.constant(own.get)}(c, ${this.constant(own.arg)}, ${this.constant(NO_VALUES)})`
      : `${this.constant(get, `get ${key}`)}(c)`;
    return `(${read} ? ${name} : (${read} = true, ${name} = ${call}))`;
  }

  /** A test's answer, asked for when first needed: 0 not yet, 1 no, 2 yes. */
  private once(key: string, test: Test<C>): string {
    const name = this.local(key, '0');
    return `((${name} === 0 ? (${name} = ${this.constant(test)}(c) ? 2 : 1) : ${name}) === 2)`;
  }

  constant(value: unknown, key: unknown = value): string {
    const known = this.names.get(key);
    if (known !== undefined) return known;
    const at = this.constants.push(value) - 1;
    const name = `k${at}`;
    this.declared.push(`const ${name} = k[${at}];\n`);
    this.names.set(key, name);
    return name;
  }

  private local(key: string, initial: string): string {
    const known = this.names.get(key);
    if (known !== undefined) return known;
    const name = `v${this.locals.length}`;
    this.locals.push(`let ${name} = ${initial};\n`);
    this.names.set(key, name);
    return name;
  }
}

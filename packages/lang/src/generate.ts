/**
 * The fast back end: shapes as the text of one function. Fields are read at most once per event, tests that several
 * filters share are run at most once, comparisons of numbers and looks into tables are written out. The text holds
 * nothing but names made here; every value of a user stands in the array of constants.
 */
import type { Test } from './comparisons.ts';
import type { Leaf, Shape } from './shape.ts';

/** Tells that filter `index` matches; true: stop. */
export type Hit = (index: number) => boolean;
export type GroupTest<C> = (c: C, hit: Hit) => void;

/** Functions beyond this many characters are split: the optimiser gives up on very long ones. */
const LONG = 12_000;

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

/** One function that tells which of several filters match, in order. */
export function generateGroup<C>(shapes: readonly (readonly [index: number, shape: Shape<C>])[]): GroupTest<C> {
  const parts: GroupTest<C>[] = [];
  let writer = new Writer<C>();
  let body = '';
  const close = () => {
    if (body !== '') parts.push(writer.finish(`${body} return false;`) as GroupTest<C>);
    writer = new Writer<C>();
    body = '';
  };
  for (const [index, shape] of shapes) {
    body += `if (${writer.expression(shape)} && hit(${Math.trunc(index)})) return true;\n`;
    if (body.length > LONG) close();
  }
  close();
  const [only] = parts;
  if (parts.length === 1 && only) return only;
  return (c, hit) => {
    for (const part of parts) if ((part as (c: C, hit: Hit) => unknown)(c, hit) === true) return;
  };
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

  finish(body: string): unknown {
    const text = `${this.declared.join('')}return (c, hit) => {\n${this.locals.join('')}${body}\n};`;
    return new Function('k', text)(this.constants);
  }

  private leaf({ symbol, number, test, id }: Leaf<C>): string {
    if (symbol) return `${this.constant(symbol.memo)}.has(${this.value(symbol.key, symbol.get)})`;
    if (number) {
      const value = this.value(number.key, number.get);
      const constant = this.constant(number.value);
      return number.op === 'in' ? `${constant}.has(${value})` : `(${value} ${number.op} ${constant})`;
    }
    return this.once(`test ${id}`, test);
  }

  /** A field's value, read when first needed. */
  private value(key: string, get: (c: C) => number): string {
    const name = this.local(`value ${key}`, '0');
    const read = this.local(`read ${key}`, 'false');
    return `(${read} ? ${name} : (${read} = true, ${name} = ${this.constant(get, `get ${key}`)}(c)))`;
  }

  /** A test's answer, asked for when first needed: 0 not yet, 1 no, 2 yes. */
  private once(key: string, test: Test<C>): string {
    const name = this.local(key, '0');
    return `((${name} === 0 ? (${name} = ${this.constant(test)}(c) ? 2 : 1) : ${name}) === 2)`;
  }

  private constant(value: unknown, key: unknown = value): string {
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

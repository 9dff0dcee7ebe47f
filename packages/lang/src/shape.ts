/**
 * A filter as a tree of tests, cut down to what is open on one event type. Neighbouring tests of the same symbol become
 * one test with one memory: `fd.name startswith /a or fd.name startswith /b` costs one look into one table. Both back
 * ends, closures and generated code, are made from this tree. Parts stand in the order in which an answer is likely to
 * cost least: cheap ones first, and of equally cheap ones those that more often settle the matter.
 */
import type { NumberTest, SymbolTest, Test } from './comparison.ts';
import { Memo } from './memo.hot.ts';

export interface Leaf<C> {
  readonly kind: 'leaf';
  /** Equal leaves are the same object, so this identifies the test. */
  readonly id: number;
  readonly cost: number;
  readonly likely: number;
  readonly test: Test<C>;
  readonly symbol?: SymbolTest<C> & { readonly memo: Memo };
  readonly number?: NumberTest<C>;
}

export interface Branch<C> {
  readonly kind: 'and' | 'or';
  /** Of the parts that are looked at, on average. */
  readonly cost: number;
  readonly likely: number;
  /** At least two, best first. */
  readonly parts: readonly Shape<C>[];
}

export interface Not<C> {
  readonly kind: 'not';
  readonly cost: number;
  readonly likely: number;
  readonly part: Shape<C>;
}

export type Shape<C> = Leaf<C> | Branch<C> | Not<C>;

/** What a test costs against others, and the share of events on which it holds: guesses that only order depends on. */
export interface Weight {
  readonly cost: number;
  readonly likely: number;
}

/** Makes leaves and puts them together; keeps what it made, so equal combinations share their memory. */
export class Shapes<C> {
  private readonly merged = new Map<string, Leaf<C>>();
  private count = 0;

  leaf(test: Test<C>, { cost, likely }: Weight, symbol?: SymbolTest<C>, number?: NumberTest<C>): Leaf<C> {
    const plain = { kind: 'leaf', id: this.count++, cost, likely } as const;
    if (symbol) {
      const memo = new Memo(symbol.decide);
      const { get } = symbol.read;
      return { ...plain, test: (c) => memo.has(get(c)), symbol: { ...symbol, memo } };
    }
    return number ? { ...plain, test, number } : { ...plain, test };
  }

  not(part: Shape<C>): Shape<C> {
    if (part.kind === 'not') return part.part;
    const weight = { cost: part.cost, likely: 1 - part.likely };
    if (part.kind !== 'leaf' || !part.symbol) return { kind: 'not', ...weight, part };
    const { decide } = part.symbol;
    return this.combined(`not ${part.id}`, part, weight, (symbol) => !decide(symbol));
  }

  branch(kind: 'and' | 'or', parts: readonly Shape<C>[]): Shape<C> {
    const flat = parts.flatMap((part) => (part.kind === kind ? part.parts : [part]));
    const merged = this.merge(kind, flat).sort((a, b) => rank(kind, a) - rank(kind, b));
    const [only] = merged;
    if (merged.length === 1 && only) return only;
    return { kind, ...weightOf(kind, merged), parts: merged };
  }

  private merge(kind: 'and' | 'or', parts: readonly Shape<C>[]): Shape<C>[] {
    const groups = new Map<string, Leaf<C>[]>();
    const out: Shape<C>[] = [];
    for (const part of parts) {
      const key = part.kind === 'leaf' ? part.symbol?.key : undefined;
      if (part.kind !== 'leaf' || key === undefined) out.push(part);
      else groups.set(key, [...(groups.get(key) ?? []), part]);
    }
    for (const group of groups.values()) out.push(this.mergeGroup(kind, group));
    return out;
  }

  private mergeGroup(kind: 'and' | 'or', group: readonly Leaf<C>[]): Leaf<C> {
    const [first] = group;
    const unique = [...new Set(group)];
    if (!first || unique.length === 1) return first as Leaf<C>;
    const tests = unique.map((leaf) => leaf.symbol?.decide ?? (() => false));
    const decide =
      kind === 'and'
        ? (symbol: number) => tests.every((test) => test(symbol))
        : (symbol: number) => tests.some((test) => test(symbol));
    const ids = unique.map((leaf) => leaf.id).sort((a, b) => a - b);
    const { likely } = weightOf(kind, unique);
    const weight = { cost: Math.max(...unique.map((leaf) => leaf.cost)), likely };
    return this.combined(`${kind} ${ids.join(' ')}`, first, weight, decide);
  }

  private combined(key: string, like: Leaf<C>, weight: Weight, decide: (symbol: number) => boolean): Leaf<C> {
    const known = this.merged.get(key);
    if (known) return known;
    const leaf = this.leaf(like.test, weight, like.symbol && { ...like.symbol, decide });
    this.merged.set(key, leaf);
    return leaf;
  }
}

/** Least first: what an answer costs for each time that it settles the matter. */
function rank(kind: 'and' | 'or', { cost, likely }: Weight): number {
  return (cost + 1) / Math.max(kind === 'and' ? 1 - likely : likely, 0.001);
}

/** A later part is looked at only when those before it have not settled the matter. */
function weightOf(kind: 'and' | 'or', parts: readonly Weight[]): Weight {
  let cost = 0;
  let open = 1;
  for (const part of parts) {
    cost += open * part.cost;
    open *= kind === 'and' ? part.likely : 1 - part.likely;
  }
  return { cost, likely: kind === 'and' ? open : 1 - open };
}

/**
 * A filter as a tree of tests, cut down to what is open on one event type. Neighbouring tests of the same symbol become
 * one test with one memory: `fd.name startswith /a or fd.name startswith /b` costs one look into one table. Both back
 * ends, closures and generated code, are made from this tree.
 */
import type { NumberTest, SymbolTest, Test } from './comparisons.ts';
import { Memo } from './memo.hot.ts';

export interface Leaf<C> {
  readonly kind: 'leaf';
  /** Equal leaves are the same object, so this identifies the test. */
  readonly id: number;
  readonly cost: number;
  readonly test: Test<C>;
  readonly symbol?: SymbolTest<C> & { readonly memo: Memo };
  readonly number?: NumberTest<C>;
}

export interface Branch<C> {
  readonly kind: 'and' | 'or';
  readonly cost: number;
  /** Cheapest first, at least two. */
  readonly parts: readonly Shape<C>[];
}

export interface Not<C> {
  readonly kind: 'not';
  readonly cost: number;
  readonly part: Shape<C>;
}

export type Shape<C> = Leaf<C> | Branch<C> | Not<C>;

/** Makes leaves and puts them together; keeps what it made, so equal combinations share their memory. */
export class Shapes<C> {
  private readonly merged = new Map<string, Leaf<C>>();
  private count = 0;

  leaf(test: Test<C>, cost: number, symbol?: SymbolTest<C>, number?: NumberTest<C>): Leaf<C> {
    const id = this.count++;
    if (symbol) {
      const memo = new Memo(symbol.decide);
      const { get } = symbol;
      return { kind: 'leaf', id, cost, test: (c) => memo.has(get(c)), symbol: { ...symbol, memo } };
    }
    return number ? { kind: 'leaf', id, cost, test, number } : { kind: 'leaf', id, cost, test };
  }

  not(part: Shape<C>): Shape<C> {
    if (part.kind === 'not') return part.part;
    if (part.kind !== 'leaf' || !part.symbol) return { kind: 'not', cost: part.cost, part };
    const { decide } = part.symbol;
    return this.combined(`not ${part.id}`, part, (symbol) => !decide(symbol));
  }

  branch(kind: 'and' | 'or', parts: readonly Shape<C>[]): Shape<C> {
    const flat = parts.flatMap((part) => (part.kind === kind ? part.parts : [part]));
    const merged = this.merge(kind, flat).sort((a, b) => a.cost - b.cost);
    const [only] = merged;
    if (merged.length === 1 && only) return only;
    return { kind, cost: merged.reduce((sum, part) => sum + part.cost, 0), parts: merged };
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
    return this.combined(`${kind} ${ids.join(' ')}`, first, decide);
  }

  private combined(key: string, like: Leaf<C>, decide: (symbol: number) => boolean): Leaf<C> {
    const known = this.merged.get(key);
    if (known) return known;
    const leaf = this.leaf(like.test, like.cost, like.symbol && { ...like.symbol, decide });
    this.merged.set(key, leaf);
    return leaf;
  }
}

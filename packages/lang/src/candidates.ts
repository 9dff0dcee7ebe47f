/**
 * What several filters ask of the same values: for each field that at least two of them look at, the part of each filter
 * that the field's symbol alone can refuse; for each comparison of numbers that at least two demand, which ones do. A
 * group reads these first and then tries only the filters that are left.
 */
import type { Masks } from './masks.hot.ts';
import type { NumberRead } from './readers.ts';
import type { Leaf, Shape } from './shape.ts';

/** One bit per filter; 31 of them keep the sign out of it. */
export const MOST_CANDIDATES = 31;

/** A comparison without which the filters of `mask` are false. */
export interface Demand<C> {
  readonly leaf: Leaf<C>;
  readonly mask: number;
}

/** What the filters of `mask` need of a symbol. */
export interface SymbolNeed<C> {
  readonly key: string;
  readonly read: NumberRead<C>;
  readonly cost: number;
  readonly mask: number;
  readonly needs: ConstructorParameters<typeof Masks>[0];
}

export interface Candidates<C> {
  readonly demands: readonly Demand<C>[];
  readonly symbols: readonly SymbolNeed<C>[];
  /** Per filter what must still be tried once all demands and needs are met; null: nothing. */
  readonly rests: readonly (Shape<C> | null)[];
}

interface Need<C> {
  readonly read: NumberRead<C>;
  readonly cost: number;
  readonly decide: (symbol: number) => boolean;
}
type Needs<C> = ReadonlyMap<string, Need<C>>;

export function candidatesOf<C>(shapes: readonly Shape<C>[]): Candidates<C> {
  const demands = demandsOf(shapes);
  const symbols = symbolNeedsOf(shapes);
  const settled = new Set<Shape<C>>(demands.map(({ leaf }) => leaf));
  const keys = new Set(symbols.map(({ key }) => key));
  const open = (part: Shape<C>) =>
    !settled.has(part) && !(part.kind === 'leaf' && part.symbol !== undefined && keys.has(part.symbol.key));
  return { demands, symbols, rests: shapes.map((shape) => restOf(shape, open)) };
}

/** Parts that must all hold. */
const factors = <C>(shape: Shape<C>): readonly Shape<C>[] => (shape.kind === 'and' ? shape.parts : [shape]);

function restOf<C>(shape: Shape<C>, open: (part: Shape<C>) => boolean): Shape<C> | null {
  const parts = factors(shape).filter(open);
  const [only] = parts;
  if (shape.kind !== 'and' || parts.length <= 1) return only ?? null;
  return { ...shape, parts };
}

function demandsOf<C>(shapes: readonly Shape<C>[]): Demand<C>[] {
  const masks = new Map<Leaf<C>, number>();
  for (const [i, shape] of shapes.entries())
    for (const part of factors(shape))
      if (part.kind === 'leaf' && part.number !== undefined) masks.set(part, (masks.get(part) ?? 0) | (1 << i));
  return [...masks]
    .filter(([, mask]) => isShared(mask))
    .map(([leaf, mask]) => ({ leaf, mask }))
    .sort((a, b) => bits(b.mask) - bits(a.mask));
}

/** Fields with few values first: their answers are soon known. */
function symbolNeedsOf<C>(shapes: readonly Shape<C>[]): SymbolNeed<C>[] {
  const all = shapes.map((shape) => needsOf(shape));
  const keys = new Set(all.flatMap((needs) => [...needs.keys()]));
  const found: SymbolNeed<C>[] = [];
  for (const key of keys) {
    const needs = all.map((of) => of.get(key));
    const present = needs.filter((need) => need !== undefined);
    const [first] = present;
    if (first === undefined || present.length < 2) continue;
    found.push({
      key,
      read: first.read,
      cost: present.reduce((sum, { cost }) => sum + cost, 0) / present.length,
      mask: needs.reduce((mask, need, i) => (need === undefined ? mask : mask | (1 << i)), 0),
      needs: needs.map((need) => need?.decide ?? null),
    });
  }
  return found.sort((a, b) => a.cost - b.cost || bits(b.mask) - bits(a.mask));
}

/** What a shape needs of each symbol to be true: an `and` what its parts need, an `or` what all of its parts look at. */
function needsOf<C>(shape: Shape<C>): Needs<C> {
  if (shape.kind === 'not') return new Map();
  if (shape.kind === 'leaf') {
    const { symbol, cost } = shape;
    return symbol === undefined
      ? new Map()
      : new Map([[symbol.key, { read: symbol.read, cost, decide: (id: number) => symbol.memo.has(id) }]]);
  }
  const [first, ...others] = shape.parts.map((part) => needsOf(part));
  if (first === undefined) return new Map();
  return others.reduce((a, b) => (shape.kind === 'and' ? both(a, b) : either(a, b)), first);
}

function both<C>(a: Needs<C>, b: Needs<C>): Needs<C> {
  const out = new Map(a);
  for (const [key, need] of b) {
    const known = out.get(key);
    out.set(key, known ? joined(known, need, (id) => known.decide(id) && need.decide(id)) : need);
  }
  return out;
}

function either<C>(a: Needs<C>, b: Needs<C>): Needs<C> {
  const out = new Map<string, Need<C>>();
  for (const [key, need] of b) {
    const known = a.get(key);
    if (known)
      out.set(
        key,
        joined(known, need, (id) => known.decide(id) || need.decide(id)),
      );
  }
  return out;
}

const joined = <C>(a: Need<C>, b: Need<C>, decide: Need<C>['decide']): Need<C> => ({
  read: a.read,
  cost: Math.max(a.cost, b.cost),
  decide,
});

const isShared = (mask: number): boolean => (mask & (mask - 1)) !== 0;

function bits(mask: number): number {
  let count = 0;
  for (let rest = mask; rest !== 0; rest &= rest - 1) count++;
  return count;
}

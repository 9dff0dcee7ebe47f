/**
 * Conditions of rules as one filter of another sysdig. What that version does not accept (a newer field, a name of a call)
 * is found by asking it: a value it does not know is left out of its list, a comparison it does not know never holds.
 */
import { spawnSync } from 'node:child_process';
import { type Ast, type Comparison, parse, print } from '@waspglass/lang';

/** Runs the version on a small capture; true when it takes the filter. */
export type Accepts = (filter: string) => boolean;

export function acceptsBy(command: readonly string[]): Accepts {
  const [program = '', ...args] = command;
  return (filter) => spawnSync(program, [...args, filter], { stdio: 'ignore' }).status === 0;
}

export interface PeerFilter {
  readonly text: string;
  /** Comparisons, and those that had to be given up. */
  readonly comparisons: number;
  readonly without: readonly string[];
}

export function peerFilter(conditions: readonly Ast[], accepts: Accepts): PeerFilter {
  const leaves = new Map<string, Comparison>();
  for (const condition of conditions) visit(condition, (leaf) => void leaves.set(print(leaf), leaf));
  const refused = new Set(refusedOf([...leaves.keys()], accepts));
  const replaced = new Map<string, Ast>();
  for (const text of refused) replaced.set(text, shortened(leaves.get(text), accepts) ?? NEVER);
  const swapped = conditions.map((condition) => swap(condition, (leaf) => replaced.get(print(leaf)) ?? leaf));
  const without = [...replaced].filter(([, ast]) => ast === NEVER).map(([text]) => text);
  return { text: swapped.map(bracketed).join(' or '), comparisons: leaves.size, without };
}

/** The older version takes `and` beside `or` only with brackets. */
function bracketed(ast: Ast): string {
  if (ast.kind === 'compare' || ast.kind === 'macro') return print(ast);
  if (ast.kind === 'not') return `(not ${bracketed(ast.child)})`;
  return `(${ast.children.map(bracketed).join(` ${ast.kind} `)})`;
}

/** Numbers begin with 1. */
const NEVER = parse('evt.num = 0');

function refusedOf(filters: readonly string[], accepts: Accepts): readonly string[] {
  if (filters.length === 0 || accepts(filters.map((text) => `(${text})`).join(' or '))) return [];
  if (filters.length === 1) return filters;
  const middle = filters.length >> 1;
  return [...refusedOf(filters.slice(0, middle), accepts), ...refusedOf(filters.slice(middle), accepts)];
}

/** The comparison with those of its values that are accepted. */
function shortened(leaf: Comparison | undefined, accepts: Accepts): Ast | undefined {
  const { right } = leaf ?? {};
  if (leaf === undefined || right?.kind !== 'values') return undefined;
  const items = right.items.filter((item) => accepts(print({ ...leaf, right: { ...right, items: [item] } })));
  return items.length === 0 ? undefined : { ...leaf, right: { ...right, items } };
}

function visit(ast: Ast, onLeaf: (leaf: Comparison) => void): void {
  if (ast.kind === 'compare') onLeaf(ast);
  else if (ast.kind === 'not') visit(ast.child, onLeaf);
  else if (ast.kind !== 'macro') for (const child of ast.children) visit(child, onLeaf);
}

function swap(ast: Ast, by: (leaf: Comparison) => Ast): Ast {
  if (ast.kind === 'compare') return by(ast);
  if (ast.kind === 'not') return { ...ast, child: swap(ast.child, by) };
  if (ast.kind === 'macro') return ast;
  return { ...ast, children: ast.children.map((child) => swap(child, by)) };
}

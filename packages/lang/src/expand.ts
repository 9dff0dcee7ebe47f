/**
 * Puts macros and lists into a tree. Macros are expanded once and shared between their uses, so a chain of macros that
 * doubles itself stays small in memory; its unfolded size is bounded all the same.
 */
import { didYouMean } from '@waspglass/kit';
import type { Ast, Comparison, ListName, TextOperand, ValueList } from './ast.ts';
import { fail } from './errors.ts';
import { limits } from './parser.ts';

export interface Definitions {
  macro(name: string): Ast | undefined;
  list(name: string): readonly TextOperand[] | undefined;
  macroNames(): Iterable<string>;
  listNames(): Iterable<string>;
}

/** Nodes that a tree may have once all macros are unfolded, and how deep they may lie. */
const MAX_NODES = 100_000;
const MAX_DEPTH = 1000;

export class Expander {
  private readonly definitions: Definitions;
  private readonly done = new Map<string, Ast>();
  private readonly lists = new Map<string, readonly TextOperand[]>();
  private readonly sizes = new WeakMap<Ast, number>();
  private readonly depths = new WeakMap<Ast, number>();
  private readonly open: string[] = [];
  /** Nodes that are being expanded above the current one. */
  private level = 0;

  constructor(definitions: Definitions) {
    this.definitions = definitions;
  }

  expand(ast: Ast): Ast {
    const result = this.node(ast);
    const size = this.sizeOf(result);
    if (size > MAX_NODES) {
      throw fail('WG_FILTER_LIMIT', { what: 'the size with all macros', limit: MAX_NODES }, { at: ast.at });
    }
    return result;
  }

  private node(ast: Ast): Ast {
    if (++this.level > MAX_DEPTH) throw this.tooDeep(ast);
    try {
      const result = this.expanded(ast);
      if (this.level + this.depthOf(result) > MAX_DEPTH) throw this.tooDeep(ast);
      return result;
    } finally {
      this.level--;
    }
  }

  private tooDeep(ast: Ast): Error {
    return fail('WG_FILTER_LIMIT', { what: 'the nesting with all macros', limit: MAX_DEPTH }, { at: ast.at });
  }

  private expanded(ast: Ast): Ast {
    switch (ast.kind) {
      case 'macro':
        return this.macro(ast.name, ast);
      case 'not':
        return { ...ast, child: this.node(ast.child) };
      case 'compare':
        return this.comparison(ast);
      default:
        return { ...ast, children: ast.children.map((child) => this.node(child)) };
    }
  }

  private macro(name: string, use: Ast): Ast {
    const known = this.done.get(name);
    if (known) return known;
    if (this.open.includes(name)) {
      const path = [...this.open.slice(this.open.indexOf(name)), name].join(' → ');
      throw fail('WG_FILTER_MACRO_LOOP', { name, path }, { at: use.at });
    }
    const body = this.definitions.macro(name);
    if (!body) {
      const hint = didYouMean(name, this.definitions.macroNames());
      throw fail('WG_FILTER_UNKNOWN_MACRO', { name, hint }, { at: use.at });
    }
    if (this.open.length >= limits.depth) {
      throw fail('WG_FILTER_LIMIT', { what: 'the nesting of macros', limit: limits.depth }, { at: use.at });
    }
    this.open.push(name);
    try {
      const result = this.node(body);
      this.done.set(name, result);
      return result;
    } finally {
      this.open.pop();
    }
  }

  private comparison(ast: Comparison): Comparison {
    const { right } = ast;
    if (right?.kind === 'list') return { ...ast, right: this.named(right) };
    if (right?.kind === 'text') return right.quoted ? ast : { ...ast, right: this.single(right) };
    if (right?.kind !== 'values' || right.items.every((item) => item.quoted)) return ast;
    const items = this.members(right.items, ast);
    return { ...ast, right: { ...right, items } };
  }

  /** A bare word may name a list of one item, as the tools put lists in as text. */
  private single(word: TextOperand): TextOperand {
    const items = this.definitions.list(word.text) === undefined ? undefined : this.list(word.text, []);
    return items?.length === 1 ? (items[0] ?? word) : word;
  }

  private named(name: ListName): ValueList {
    const items = this.list(name.name, []);
    if (items) return { kind: 'values', at: name.at, items };
    const hint = didYouMean(name.name, this.definitions.listNames());
    throw fail('WG_FILTER_UNKNOWN_LIST', { name: name.name, hint }, { at: name.at });
  }

  private members(items: readonly TextOperand[], ast: Comparison): readonly TextOperand[] {
    const out: TextOperand[] = [];
    for (const item of items) {
      const list = item.quoted ? undefined : this.list(item.text, []);
      if (list) for (const member of list) out.push(member);
      else out.push(item);
      if (out.length > limits.items) {
        throw fail('WG_FILTER_LIMIT', { what: 'the list', limit: limits.items }, { at: ast.at });
      }
    }
    return out;
  }

  /** A list's members with the lists that it names put in, or undefined when it is no list. */
  private list(name: string, open: readonly string[]): readonly TextOperand[] | undefined {
    const known = this.lists.get(name);
    if (known) return known;
    const items = this.definitions.list(name);
    if (!items || open.includes(name)) return undefined;
    const out: TextOperand[] = [];
    for (const item of items) {
      const inner = item.quoted || open.length > limits.depth ? undefined : this.list(item.text, [...open, name]);
      if (inner) for (const member of inner) out.push(member);
      else out.push(item);
      if (out.length > limits.items) {
        throw fail('WG_FILTER_LIMIT', { what: `the list "${name}"`, limit: limits.items }, { at: item.at });
      }
    }
    this.lists.set(name, out);
    return out;
  }

  private depthOf(ast: Ast): number {
    const known = this.depths.get(ast);
    if (known !== undefined) return known;
    const children = ast.kind === 'not' ? [ast.child] : ast.kind === 'and' || ast.kind === 'or' ? ast.children : [];
    const depth = 1 + children.reduce((deepest, child) => Math.max(deepest, this.depthOf(child)), 0);
    this.depths.set(ast, depth);
    return depth;
  }

  private sizeOf(ast: Ast): number {
    const known = this.sizes.get(ast);
    if (known !== undefined) return known;
    let size = 1;
    if (ast.kind === 'not') size += this.sizeOf(ast.child);
    else if (ast.kind === 'and' || ast.kind === 'or') for (const child of ast.children) size += this.sizeOf(child);
    this.sizes.set(ast, size);
    return size;
  }
}

/** Checks a tree against a field table without running it. */
import type { Place } from '@waspglass/kit';
import { SymbolTable } from '@waspglass/kit';
import type { Ast, FieldOperand, Operand, Right } from './ast.ts';
import { compileFilter } from './compiler.ts';
import type { FieldTable } from './field.ts';
import { findField } from './readers.ts';

export interface UnknownField {
  readonly name: string;
  readonly at: Place;
}

/** Throws what is wrong: unknown field, operator or value that does not go with it, bad pattern. */
export function check<C>(ast: Ast, fields: FieldTable<C>): void {
  compileFilter(ast, fields, new SymbolTable(), []);
}

/** Every field that the table lacks, each once per tree. `clean` holds trees without any, for trees that share parts. */
export function unknownFields<C>(ast: Ast, fields: FieldTable<C>, clean = new Set<Ast>()): UnknownField[] {
  const found = new Map<string, UnknownField>();
  const seen: Ast[] = [];
  const enters = once(clean);
  const visit = (field: FieldOperand) => {
    if (!found.has(field.name) && findField(field, fields) === undefined)
      found.set(field.name, { name: field.name, at: field.at });
  };
  visitFields(ast, visit, (part) => enters(part) && seen.push(part) > 0);
  if (found.size === 0) for (const part of seen) clean.add(part);
  return [...found.values()];
}

/** True for each part the first time, and never for those of `not`. */
function once(not: ReadonlySet<Ast>): (part: Ast) => boolean {
  const seen = new Set<Ast>();
  return (part) => !not.has(part) && !seen.has(part) && seen.add(part).size > 0;
}

/** Calls `visit` for every field in the tree; `enters` may keep it out of parts. Shared parts are visited once. */
export function visitFields(ast: Ast, visit: (field: FieldOperand) => void, enters = once(new Set())): void {
  const operand = (value: Operand | Right | undefined): void => {
    if (value?.kind === 'field') visit(value);
    else if (value?.kind === 'transform') for (const arg of value.args) operand(arg);
    else if (value?.kind === 'tuple') for (const item of value.items) operand(item);
  };
  const node = (at: Ast): void => {
    if (!enters(at)) return;
    if (at.kind === 'not') node(at.child);
    else if (at.kind === 'and' || at.kind === 'or') at.children.forEach(node);
    else if (at.kind === 'compare') {
      operand(at.left);
      operand(at.right);
    }
  };
  node(ast);
}

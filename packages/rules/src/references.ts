/** What conditions and lists name: macros, lists, fields, operators. Trees shared by several uses are visited once. */
import {
  type Ast,
  type Comparison,
  type Definitions,
  type FieldOperand,
  type TextOperand,
  visitFields,
} from '@waspglass/lang';

export interface References {
  readonly macros: readonly string[];
  readonly lists: readonly string[];
}

export type IsList = (name: string) => boolean;

/** Macros and lists that a tree names itself, in order, each once. */
export function referencesOf(ast: Ast, isList: IsList): References {
  const macros = new Set<string>();
  const lists = new Set<string>();
  visit(ast, (node) => {
    if (node.kind === 'macro') macros.add(node.name);
    if (node.kind !== 'compare') return;
    if (node.right?.kind === 'list') lists.add(node.right.name);
    if (node.right?.kind === 'text') for (const name of listsIn([node.right], isList)) lists.add(name);
    if (node.right?.kind === 'values') for (const name of listsIn(node.right.items, isList)) lists.add(name);
  });
  return { macros: [...macros], lists: [...lists] };
}

export interface Used {
  readonly macros: ReadonlySet<string>;
  readonly lists: ReadonlySet<string>;
}

/** Macros and lists that rules use, themselves or through others. */
export function usedBy(rules: readonly Ast[], definitions: Pick<Definitions, 'macro' | 'list'>): Used {
  const macros = new Set<string>();
  const lists = new Set<string>();
  const isList: IsList = (name) => definitions.list(name) !== undefined;
  const openLists = (names: readonly string[]) => {
    const open = [...names];
    for (let name = open.pop(); name !== undefined; name = open.pop()) {
      if (lists.has(name)) continue;
      lists.add(name);
      open.push(...listsIn(definitions.list(name) ?? [], isList));
    }
  };
  const trees = [...rules];
  for (let tree = trees.pop(); tree !== undefined; tree = trees.pop()) {
    const found = referencesOf(tree, isList);
    openLists(found.lists);
    for (const name of found.macros) {
      const body = macros.has(name) ? undefined : definitions.macro(name);
      macros.add(name);
      if (body) trees.push(body);
    }
  }
  return { macros, lists };
}

export function listsIn(items: readonly TextOperand[], isList: IsList): string[] {
  return items.filter(({ quoted, text }) => !quoted && isList(text)).map(({ text }) => text);
}

export function comparisonsOf(ast: Ast): Comparison[] {
  const found: Comparison[] = [];
  visit(ast, (node) => {
    if (node.kind === 'compare') found.push(node);
  });
  return found;
}

/** Fields as they are written, with their argument, each once. */
export function fieldsOf(ast: Ast): string[] {
  const names = new Set<string>();
  visitFields(ast, (field) => void names.add(fieldText(field)));
  return [...names];
}

export function fieldText({ name, arg }: FieldOperand): string {
  return arg === undefined ? name : `${name}[${arg}]`;
}

function visit(ast: Ast, tell: (node: Ast) => void): void {
  const seen = new Set<Ast>();
  const open = [ast];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    tell(node);
    if (node.kind === 'not') open.push(node.child);
    else if (node.kind === 'and' || node.kind === 'or') open.push(...node.children.toReversed());
  }
}

/**
 * Exceptions: named groups of field values that a rule leaves alone. Each tuple of values becomes one
 * `not (field comp value and …)`; an exception of a single field with `in` becomes one `not field in (…)`.
 */
import type { Ast, Comparison, Modifier, OperatorName, Right, TextOperand } from '@waspglass/lang';
import { operators, parse } from '@waspglass/lang';
import { valueOperand } from './condition.ts';
import { fail } from './errors.ts';
import { Item } from './item.ts';
import type { ItemName, RuleException } from './rule-set.ts';
import type { ListNode, Node, TextNode } from './yaml-nodes.ts';

/** An exception as written; parts may come from several items. */
export interface Exception {
  readonly name: string;
  readonly item: Item;
  readonly fields: Node | undefined;
  readonly comps: Node | undefined;
  readonly values: readonly Node[];
}

/** Reads the `exceptions` of an item. With `partial`, fields may be missing (they are appended to others). */
export function readExceptions(list: ListNode | undefined, rule: string, partial: boolean): Exception[] {
  return (list?.items ?? []).map((node) => aboutException(nameIn(node), () => readException(node, rule, partial)));
}

function readException(node: Node, rule: string, partial: boolean): Exception {
  if (node.kind !== 'map')
    throw fail('WG_RULES_ITEM', { found: `a ${node.kind}`, expected: 'an exception with a name' }, { at: node.at });
  const item = new Item(node, `an exception of rule "${rule}"`);
  const name = item.need('name').text;
  if (!partial && !item.node('fields')) {
    throw fail(
      'WG_RULES_KEY',
      { item: `exception "${name}"`, key: 'fields', expected: 'a field or a list of fields' },
      { at: node.at },
    );
  }
  const values = item.list('values')?.items ?? [];
  return { name, item, fields: item.node('fields'), comps: item.node('comps'), values };
}

function nameIn(node: Node): string {
  const name = node.kind === 'map' ? node.entries.get('name')?.value : undefined;
  return name?.kind === 'text' ? name.text : '';
}

/** Errors come from several layers below; which exception they are about is kept beside them. */
const byError = new WeakMap<Error, ItemName>();

function aboutException<T>(name: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof Error) byError.set(error, { type: 'exception', name });
    throw error;
  }
}

/** The exception that an error is about. */
export function exceptionOf(error: Error): ItemName | undefined {
  return byError.get(error);
}

/** Fields and comparisons as they are written. */
export function describeException(exception: Exception, rule: string): RuleException {
  const { name, fields, comps } = exception;
  return {
    name,
    fields: (texts(fields) ?? []).map(({ text, at }) => ({ text, at })),
    comps: (texts(comps) ?? []).map(({ text }) => text),
    terms: exceptionTerms(exception, rule),
  };
}

/** Adds exceptions to those of a rule: values to the one of that name, or a new one when it brings its fields. */
export function appendExceptions(before: readonly Exception[], more: readonly Exception[], rule: string): Exception[] {
  const all = [...before];
  for (const added of more) aboutException(added.name, () => appendException(all, added, rule));
  return all;
}

function appendException(all: Exception[], added: Exception, rule: string): void {
  const at = all.findIndex((e) => e.name === added.name);
  const known = all[at];
  if (known) {
    if (added.fields || added.comps)
      throw refuse(added, rule, 'values are appended to it, so it takes no fields and comps');
    all[at] = { ...known, values: [...known.values, ...added.values] };
  } else if (added.fields) all.push(added);
  else throw refuse(added, rule, 'is new and needs fields');
}

/** The condition and everything that keeps the exceptions out. */
export function withExceptions(condition: Ast, exceptions: readonly Exception[], rule: string): Ast {
  const parts = exceptions.flatMap((exception) =>
    aboutException(exception.name, () => exceptionTerms(exception, rule)),
  );
  return parts.length === 0 ? condition : { kind: 'and', at: condition.at, children: [condition, ...parts] };
}

function refuse(exception: Exception, rule: string, reason: string): Error {
  return fail('WG_RULES_EXCEPTION', { name: exception.name, rule, reason }, { at: exception.item.at });
}

interface Comp {
  readonly op: OperatorName;
  readonly modifier?: Modifier;
}

function exceptionTerms(exception: Exception, rule: string): Ast[] {
  const { fields, comps, values } = exception;
  if (fields?.kind === 'text') {
    if (comps && comps.kind !== 'text') throw refuse(exception, rule, 'has one field and must have one comparison');
    return singleField(exception, fields, parseComp(exception, rule, comps?.text ?? 'in'), rule);
  }
  const names = texts(fields) ?? [];
  const operatorsOf = comps === undefined ? names.map(() => '=') : texts(comps)?.map((node) => node.text);
  if (operatorsOf?.length !== names.length) throw refuse(exception, rule, 'must have as many comps as fields');
  const list = operatorsOf.map((text) => parseComp(exception, rule, text));
  return values.map((tuple) => negated(tupleTerms(exception, rule, names, list, tuple)));
}

function singleField(exception: Exception, field: TextNode, comp: Comp, rule: string): Ast[] {
  if (operators[comp.op].right !== 'list') {
    return exception.values.map((value) => negated([term(exception, rule, field, comp, firstOf(value))]));
  }
  if (exception.values.length === 0) return [];
  const items = exception.values.flatMap((value) => (value.kind === 'list' ? value.items : [value]));
  const at = exception.item.at;
  return [
    negated([
      {
        kind: 'compare',
        at,
        left: leftSide(field),
        op: comp.op,
        right: { kind: 'values', at, items: operands(items, exception, rule) },
      },
    ]),
  ];
}

/** `[value]` and `value` mean the same for one field. */
function firstOf(value: Node): Node {
  const [only] = value.kind === 'list' ? value.items : [];
  return value.kind === 'list' && value.items.length === 1 && only ? only : value;
}

function tupleTerms(
  exception: Exception,
  rule: string,
  fields: readonly TextNode[],
  comps: readonly Comp[],
  tuple: Node,
): Ast[] {
  const values = tuple.kind === 'list' ? tuple.items : [tuple];
  if (values.length !== fields.length) {
    const reason = `found ${values.length} values, expected one for each of its ${fields.length} fields`;
    throw fail('WG_RULES_EXCEPTION', { name: exception.name, rule, reason }, { at: tuple.at });
  }
  return fields.map((field, i) => term(exception, rule, field, comps[i] ?? { op: '=' }, values[i] ?? tuple));
}

function term(exception: Exception, rule: string, field: TextNode, comp: Comp, value: Node): Comparison {
  const left = leftSide(field);
  const many = comp.modifier !== undefined || operators[comp.op].right === 'list';
  if (!many && value.kind !== 'text')
    throw refuse(exception, rule, `"${comp.op}" takes one value, found ${value.kind}`);
  const right: Right = many ? manyValues(value, exception, rule) : oneValue(value as TextNode);
  return { kind: 'compare', at: value.at, left, right, ...comp };
}

function manyValues(value: Node, exception: Exception, rule: string): Right {
  const items = value.kind === 'list' ? value.items : [value];
  return { kind: 'values', at: value.at, items: operands(items, exception, rule) };
}

/** A transformer written as a value is one; anything else is a text. */
function oneValue(node: TextNode): Right {
  const operand = valueOperand(node);
  if (/^[a-z0-9]+\(\S+\)$/.test(operand.text)) {
    try {
      const ast = parse(`a.b = ${operand.text}`, { locate: () => node.at });
      if (ast.kind === 'compare' && ast.right?.kind === 'transform') return ast.right;
    } catch {
      return operand;
    }
  }
  return operand;
}

/** Values of a list operator; `(name)` and `(a, b)` as a text are a list in the language itself. */
function operands(items: readonly Node[], exception: Exception, rule: string): TextOperand[] {
  return items.flatMap((node) => {
    if (node.kind !== 'text') throw refuse(exception, rule, `found ${node.kind} among its values`);
    return /^\(.*\)$/s.test(node.text) ? writtenList(node) : [valueOperand(node)];
  });
}

function writtenList(node: TextNode): readonly TextOperand[] {
  const ast = parse(`a.b in ${node.text}`, { locate: () => node.at });
  return ast.kind === 'compare' && ast.right?.kind === 'values' ? ast.right.items : [valueOperand(node)];
}

function leftSide(field: TextNode): Comparison['left'] {
  const ast = parse(`${field.text} exists`, { locate: (offset) => field.locate(Math.min(offset, field.text.length)) });
  if (ast.kind === 'compare') return ast.left;
  throw fail('WG_RULES_ITEM', { found: field.text, expected: 'a field' }, { at: field.at });
}

function negated(terms: readonly Ast[]): Ast {
  const at = terms[0]?.at ?? {};
  const [only] = terms;
  return { kind: 'not', at, child: terms.length === 1 && only ? only : { kind: 'and', at, children: terms } };
}

function parseComp(exception: Exception, rule: string, text: string): Comp {
  const [op = '', modifier, ...rest] = text.trim().split(/\s+/);
  const known = Object.hasOwn(operators, op) && op !== 'exists' ? (op as OperatorName) : undefined;
  const isModifier = modifier === undefined || modifier === 'oneof' || modifier === 'anyof' || modifier === 'allof';
  if (!known || !isModifier || rest.length > 0 || (modifier !== undefined && operators[known].right !== 'text')) {
    throw refuse(exception, rule, `"${text.trim()}" is no comparison`);
  }
  return modifier === undefined ? { op: known } : { op: known, modifier };
}

function texts(node: Node | undefined): TextNode[] | undefined {
  if (node?.kind !== 'list') return node?.kind === 'text' ? [node] : undefined;
  return node.items.every((item) => item.kind === 'text') ? (node.items as TextNode[]) : undefined;
}

/** Looks for what a condition or an output may not mean: names of events, fields as texts, fields on their way out. */
import { templateFields } from '@waspglass/format';
import { didYouMean, WaspglassError } from '@waspglass/kit';
import type { Ast, Comparison, FieldTable, TextOperand } from '@waspglass/lang';
import type { LoadClass, Notice } from './diagnostics.ts';
import { fail } from './errors.ts';
import { comparisonsOf } from './references.ts';
import type { Rule } from './rule-set.ts';

/** Operators behind which an event's name stands whole. */
const WHOLE: readonly string[] = ['=', '==', '!=', 'in'];
/** Falco warns of these in outputs; in conditions they still tell enter from exit events here. */
const DEPRECATED: readonly string[] = ['evt.dir'];

/** Names of events in a condition that no event has. */
export function unknownEventTypes<C>(rule: Rule, fields: FieldTable<C>): WaspglassError[] {
  const names = fields['evt.type']?.texts?.();
  if (names === undefined) return [];
  const found = new Map<string, WaspglassError>();
  for (const comparison of comparisonsOf(rule.condition)) {
    const { left, op } = comparison;
    if (left.kind !== 'field' || left.name !== 'evt.type' || !WHOLE.includes(op)) continue;
    for (const { text, at } of textsOf(comparison)) {
      if (names.has(text) || found.has(text)) continue;
      const error = fail('WG_RULES_EVENT_TYPE', { name: text, hint: didYouMean(text, names) }, { at });
      found.set(text, new WaspglassError(error.code, `${error.text} (rule "${rule.name}")`, at));
    }
  }
  return [...found.values()];
}

/** Texts end at a NUL: one in a value can never match, unless the field holds bytes. */
export function nulTexts<C>(rule: Rule, fields: FieldTable<C>): WaspglassError[] {
  return comparisonsOf(rule.condition).flatMap((comparison) => {
    const { left } = comparison;
    if (left.kind !== 'field' || fields[left.name]?.type === 'BYTEBUF') return [];
    const bad = textsOf(comparison).filter(({ text }) => text.includes('\0'));
    return bad.map(({ at }) => fail('WG_RULES_NUL', { field: left.name, rule: rule.name }, { at }));
  });
}

export function checkCondition<C>(rule: Rule, fields: FieldTable<C>): Notice[] {
  const notices: Notice[] = [];
  const tell = (text: string, kind: LoadClass, at = rule.at) =>
    void notices.push({
      at,
      text: `rule "${rule.name}": ${text}`,
      class: kind,
      item: { type: 'rule', name: rule.name },
    });
  for (const comparison of comparisonsOf(rule.condition)) {
    for (const { text, at } of textsOf(comparison)) {
      const plain = text.trim();
      if (Object.hasOwn(fields, plain))
        tell(`"${text}" is compared as a text, not as the field; write val(${plain})`, 'LOAD_COMPILE_CONDITION', at);
      else if (/^[a-z0-9]+\(.*\)$/s.test(plain) && Object.hasOwn(fields, plain.replace(/^[a-z0-9]+\(|\)$/g, '').trim()))
        tell(`"${text}" is compared as a text, not as a transformer`, 'LOAD_COMPILE_CONDITION', at);
    }
  }
  for (const name of DEPRECATED) {
    if (templateFields(rule.output.replaceAll('%container.info', ''), fields).includes(name))
      tell(`the field ${name} in its output is old`, 'LOAD_DEPRECATED_ITEM', rule.outputAt);
  }
  return notices;
}

function textsOf({ right }: Comparison): readonly TextOperand[] {
  if (right?.kind === 'text') return [right];
  return right?.kind === 'values' ? right.items : [];
}

/** Rule files write `evt.num = 0` for what is never true, as a place to put conditions later. */
export function isNever(ast: Ast): boolean {
  if (ast.kind === 'and') return ast.children.some(isNever);
  if (ast.kind === 'or') return ast.children.every(isNever);
  if (ast.kind !== 'compare' || ast.left.kind !== 'field' || ast.left.name !== 'evt.num') return false;
  return (ast.op === '=' || ast.op === '==') && ast.right?.kind === 'text' && ast.right.text === '0';
}

/** What `override` and a lone `enabled` say of an earlier rule. */
import { ruleKeys } from './draft.ts';
import { fail } from './errors.ts';
import type { Item } from './item.ts';

/** Keys of a rule that say which rule it is and how it is meant. */
export const OTHER_RULE_KEYS = ['rule', 'append', 'override', 'source'];

/** What an override does to a key; undefined when it doesn't name it. */
export function actionOf(override: Item, key: string): 'append' | 'replace' | undefined {
  const node = override.text(key);
  if (!node) return undefined;
  if (node.text === 'append' || node.text === 'replace') return node.text;
  throw fail('WG_RULES_ITEM', { found: `${key}: ${node.text}`, expected: 'append or replace' }, { at: node.at });
}

/** Keys that an override names, with whether it appends. Every key of the item must be named, and the other way round. */
export function overrideActions(item: Item, override: Item): Map<string, boolean> {
  const actions = new Map<string, boolean>();
  const unexpected = (of: Item, key: string, reason: string) =>
    fail('WG_RULES_UNEXPECTED_KEY', { item: of.label, key, reason }, { at: of.place(key) });
  for (const key of override.keys()) {
    const row = Object.hasOwn(ruleKeys, key) ? ruleKeys[key] : undefined;
    const action = actionOf(override, key);
    if (!row || !action) throw unexpected(override, key, 'cannot be overridden');
    if (action === 'append' && !row.append) throw unexpected(override, key, 'can only be replaced');
    if (!item.has(key)) {
      throw fail('WG_RULES_KEY', { item: item.label, key, expected: `what to ${action}` }, { at: override.place(key) });
    }
    actions.set(key, action === 'append');
  }
  for (const key of item.keys()) {
    if (!actions.has(key) && !OTHER_RULE_KEYS.includes(key))
      throw unexpected(item, key, 'the override does not mention');
  }
  return actions;
}

/** `- rule: NAME` with `enabled` alone switches an earlier rule on or off. */
export function onlyEnabled(item: Item): boolean {
  return item.has('enabled') && ['condition', 'output', 'desc', 'priority'].every((key) => !item.has(key));
}

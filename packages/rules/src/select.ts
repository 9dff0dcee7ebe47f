/** Which rules are in use: by name, tag and priority, as Falco's -D, -T, -t and its option `priority`. */
import { type Priority, severityOf } from './priorities.ts';
import type { Rule, RuleSet } from './rule-set.ts';

export interface Selection {
  /** Rules whose name contains one of these are off; with `*` the whole name must fit. */
  readonly withoutNames?: readonly string[];
  /** Rules with one of these tags are off. */
  readonly withoutTags?: readonly string[];
  /** Only rules with one of these tags are on, also when their file switches them off. */
  readonly onlyTags?: readonly string[];
  /** Rules that matter less are off. */
  readonly priority?: Priority | undefined;
}

/** The same rules with `enabled` as the selection says; those beneath the priority are gone. */
export function selectRules(ruleSet: RuleSet, selection: Selection): RuleSet {
  const { withoutNames = [], withoutTags = [], onlyTags = [], priority } = selection;
  const named = withoutNames.map(nameTest);
  const isOn = (rule: Rule): boolean => {
    if (onlyTags.length > 0) return rule.tags.some((tag) => onlyTags.includes(tag));
    return (
      rule.enabled && !named.some((test) => test(rule.name)) && !rule.tags.some((tag) => withoutTags.includes(tag))
    );
  };
  const least = priority === undefined ? undefined : severityOf(priority);
  const rules = ruleSet.rules
    .filter((rule) => least === undefined || severityOf(rule.priority) <= least)
    .map((rule) => (isOn(rule) === rule.enabled ? rule : { ...rule, enabled: !rule.enabled }));
  return { ...ruleSet, rules };
}

/** Words of a selection that no rule has: likely written wrong. */
export function idleWords(
  ruleSet: RuleSet,
  { withoutNames = [], withoutTags = [], onlyTags = [] }: Selection,
): string[] {
  const { rules } = ruleSet;
  const hasTag = (tag: string) => rules.some((rule) => rule.tags.includes(tag));
  const names = withoutNames.filter((wanted) => {
    const test = nameTest(wanted);
    return !rules.some((rule) => test(rule.name));
  });
  const tags = [...withoutTags, ...onlyTags].filter((tag) => !hasTag(tag));
  return [...names.map((name) => `no rule is called "${name}"`), ...tags.map((tag) => `no rule has the tag "${tag}"`)];
}

function nameTest(wanted: string): (name: string) => boolean {
  if (!wanted.includes('*')) return (name) => name.includes(wanted);
  const parts = wanted.split('*');
  return (name) => fits(name, parts);
}

/** Parts in order, the first at the start, the last at the end: no backtracking. */
function fits(name: string, parts: readonly string[]): boolean {
  const first = parts[0] ?? '';
  const last = parts.at(-1) ?? '';
  if (!name.startsWith(first) || !name.endsWith(last) || name.length < first.length + last.length) return false;
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = name.indexOf(part, at);
    if (found < 0 || found + part.length > name.length - last.length) return false;
    at = found + part.length;
  }
  return true;
}

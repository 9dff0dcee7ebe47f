/** What rules, macros and lists are and what they use, in the JSON that Falco prints for `-L`. */
import { templateFields } from '@waspglass/format';
import { type Ast, type FieldTable, print } from '@waspglass/lang';
import { comparisonsOf, fieldsOf, referencesOf } from './references.ts';
import type { List, Macro, Rule, RuleSet } from './rule-set.ts';

export interface DescribeOptions<C> {
  readonly fields: FieldTable<C>;
  /** Names of the events that a condition can match. */
  readonly eventsOf: (condition: Ast) => readonly string[];
}

export function describeRules<C>(ruleSet: RuleSet, options: DescribeOptions<C>): Record<string, unknown> {
  const lists = new Map(ruleSet.lists.map((list) => [list.name, list]));
  return {
    required_engine_version: ruleSet.requiredEngine ?? '',
    required_plugin_versions: ruleSet.requiredPlugins,
    lists: ruleSet.lists.map((list) => describeList(list, lists)),
    macros: ruleSet.macros.map((macro) => describeMacro(macro, lists, options)),
    rules: ruleSet.rules.map((rule) => describeRule(rule, lists, options)),
  };
}

function describeList({ name, items, used }: List, lists: ReadonlyMap<string, List>): unknown {
  const named = items.filter((item) => lists.has(item) && item !== name);
  return {
    info: { name, items: items.filter((item) => !named.includes(item)) },
    details: { used, lists: named, items_compiled: flat(name, lists, new Set()), plugins: [] },
  };
}

/** The items of a list with those of the lists that it names, each list once. */
function flat(name: string, lists: ReadonlyMap<string, List>, open: Set<string>): string[] {
  open.add(name);
  return (lists.get(name)?.items ?? []).flatMap((item) =>
    lists.has(item) && !open.has(item) ? flat(item, lists, open) : [item],
  );
}

function describeMacro<C>(macro: Macro, lists: ReadonlyMap<string, List>, options: DescribeOptions<C>): unknown {
  const { name, text, written, condition, used } = macro;
  return {
    info: { name, condition: text },
    details: { used, ...describeCondition(written, written, condition, lists, options) },
  };
}

function describeRule<C>(rule: Rule, lists: ReadonlyMap<string, List>, options: DescribeOptions<C>): unknown {
  const { name, text, desc, output, enabled, priority, source, tags, capture, captureDuration, exceptions } = rule;
  const info = { name, condition: text, description: desc, output, enabled, priority, source, tags };
  return {
    info: { ...info, capture, capture_duration: captureDuration },
    details: {
      ...describeCondition(rule.written, rule.condition, rule.condition, lists, options),
      output_compiled: output,
      output_fields: outputFields(output, options.fields),
      exception_names: exceptions.map((exception) => exception.name),
      exception_fields: [...new Set(exceptions.flatMap(({ fields }) => fields.map((field) => field.text)))],
      exception_operators: [...new Set(exceptions.flatMap(({ comps }) => comps))],
    },
  };
}

function describeCondition<C>(
  written: Ast,
  own: Ast,
  compiled: Ast,
  lists: ReadonlyMap<string, List>,
  { eventsOf }: DescribeOptions<C>,
): Record<string, unknown> {
  const { macros, lists: named } = referencesOf(written, (name) => lists.has(name));
  return {
    macros,
    lists: named,
    condition_compiled: print(compiled),
    condition_fields: fieldsOf(own),
    condition_operators: [...new Set(comparisonsOf(own).map(({ op }) => op))],
    events: eventsOf(compiled),
    plugins: [],
  };
}

/** None when the output does not compile here. */
function outputFields<C>(output: string, fields: FieldTable<C>): string[] {
  try {
    return templateFields(output.replaceAll('%container.info', ''), fields);
  } catch {
    return [];
  }
}

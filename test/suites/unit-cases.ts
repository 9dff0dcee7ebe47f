/** Falco's loader tests: rule texts with the assertions of the upstream test, as far as they speak of what rules mean. */
import { eventFields } from '@waspglass/fields';
import { SymbolTable } from '@waspglass/kit';
import { parse, print } from '@waspglass/lang';
import { classOf, type Failure, type Notice, RuleEngine, type RuleSet, tryLoadRules } from '@waspglass/rules';
import { eventTypes } from '@waspglass/schema';
import type { Outcome } from './outcome.ts';
import { readJson } from './shared.ts';

interface Case {
  readonly id: string;
  readonly suite: string;
  readonly rules_text: Readonly<Record<string, string>>;
  readonly assertions: readonly string[];
}

interface Loaded {
  readonly ruleSet: RuleSet | undefined;
  readonly failures: readonly Failure[];
  readonly notices: readonly Notice[];
  /** Rules in use. */
  readonly enabled: number;
}

export function unitOutcomes(): Outcome[] {
  const { cases } = readJson<{ cases: Case[] }>('suites/falco-unit/index.json');
  return cases.map((one): Outcome => {
    const { suite, id } = one;
    const text = one.rules_text.rules_content;
    if (text === undefined)
      return { suite, id, state: 'unavailable', why: 'the suite holds only the assertions, not the rule text' };
    const loaded = load(text);
    const wrong = one.assertions.flatMap((assertion) => checked(assertion, loaded));
    return { suite, id, state: wrong.length === 0 ? 'agree' : 'differ', why: wrong.join('; ') };
  });
}

function load(text: string): Loaded {
  const { ruleSet, failures, notices } = tryLoadRules([{ file: 'rules.yaml', text }]);
  if (ruleSet === undefined) return { ruleSet, failures, notices, enabled: 0 };
  const more: Failure[] = [];
  const engine = new RuleEngine({
    ruleSet,
    fields: eventFields,
    symbols: new SymbolTable(),
    eventTypes,
    time: () => 0n,
    hostname: '',
    onFailure: (failure) => void more.push(failure),
  });
  const failed = more.length > 0;
  return {
    ruleSet: failed ? undefined : ruleSet,
    failures: more,
    notices: engine.notices,
    enabled: engine.rules.length,
  };
}

/** What upstream's words say, as a test of what we say. */
const warnings: readonly (readonly [RegExp, (notice: Notice) => boolean])[] = [
  [/WARNING_APPEND/, (n) => n.class === 'LOAD_DEPRECATED_ITEM' && n.text.includes('"append"')],
  [/WARNING_ENABLED/, (n) => n.class === 'LOAD_DEPRECATED_ITEM' && n.text.includes('"enabled"')],
  [/WARNING_NO_EVTTYPE/, (n) => n.class === 'LOAD_NO_EVTTYPE'],
  [/Macro has an invalid name/, (n) => n.class === 'LOAD_INVALID_MACRO_NAME'],
  [/exception with no values/, (n) => n.class === 'LOAD_APPEND_NO_VALUES'],
  [/Multiple definitions of exception/, (n) => n.class === 'LOAD_EXCEPTION_NAME_NOT_UNIQUE'],
  [/Unknown key 'typo_field'/, (n) => n.class === 'LOAD_UNKNOWN_ITEM' && n.text.includes('"typo_field"')],
  [/'evt.dir'/, (n) => n.class === 'LOAD_DEPRECATED_ITEM' && n.text.includes('evt.dir')],
  [/"evt.dir"/, (n) => n.class === 'LOAD_DEPRECATED_ITEM' && n.text.includes('evt.dir')],
];

const errors: readonly (readonly [RegExp, RegExp])[] = [
  [/'priority' cannot be appended to/, /LOAD_ERR_YAML_VALIDATE .*"priority", which can only be replaced/],
  [/ERROR_NO_PREVIOUS_MACRO/, /LOAD_ERR_VALIDATE nothing to append to: no macro/],
  [/ERROR_NO_PREVIOUS_LIST/, /LOAD_ERR_VALIDATE nothing to append to: no list/],
  [/ERROR_NO_PREVIOUS_RULE_APPEND/, /LOAD_ERR_VALIDATE nothing to append to: no rule/],
  [/ERROR_NO_PREVIOUS_RULE_REPLACE/, /LOAD_ERR_VALIDATE nothing to replace: no rule/],
  [/'condition' is not defined/, /LOAD_ERR_YAML_VALIDATE .*no condition, expected what to append/],
  [/Unexpected key 'priority'/, /LOAD_ERR_YAML_VALIDATE .*"priority", which the override does not mention/],
  [/'enabled' is not defined/, /LOAD_ERR_YAML_VALIDATE .*no enabled, expected what to replace/],
  [/no mapping for key 'fields'/, /LOAD_ERR_YAML_VALIDATE .*no fields/],
  [/Unable to parse engine version/, /LOAD_ERR_YAML_VALIDATE found engine version/],
  [/different source/, /LOAD_ERR_VALIDATE .*has source/],
  [/is not a supported comparison operator/, /LOAD_ERR_VALIDATE .*is no comparison/],
];

function checked(assertion: string, loaded: Loaded): string[] {
  const { ruleSet, failures, notices, enabled } = loaded;
  const said = failures.map((failure) => `${classOf(failure)} ${failure.error.text}`);
  const told = [...said, ...notices.map((n) => `${n.class} ${n.text}`)].join(' | ');
  const verdict = (good: boolean) => (good ? [] : [`${assertion} but ${told}`]);
  const truth = /^(?:ASSERT|EXPECT)_(TRUE|FALSE)\((.*)\)$/.exec(assertion);
  const [, wanted, what = ''] = truth ?? [];
  if (what.startsWith('load_rules')) return verdict((ruleSet !== undefined) === (wanted === 'TRUE'));
  if (what.includes('has_warnings')) return verdict(notices.length > 0 === (wanted === 'TRUE'));
  if (what.includes('check_warning_message')) {
    const row = warnings.find(([pattern]) => pattern.test(what));
    if (!row) return [`the assertion is not understood: ${assertion}`];
    return verdict(notices.some(row[1]) === (wanted === 'TRUE'));
  }
  if (what.includes('check_error_message')) {
    const row = errors.find(([pattern]) => pattern.test(what));
    return row ? verdict(said.some((text) => row[1].test(text))) : [`the assertion is not understood: ${assertion}`];
  }
  if (what.includes('"snippet"')) return [];
  const count = /EXPECT_EQ\(num_rules_for_ruleset\(\), (\d+)\)/.exec(assertion);
  if (count) return verdict(enabled === Number(count[1]));
  const schema = /ASSERT_VALIDATION_STATUS\(yaml_helper::validation_(ok|failed)\)/.exec(assertion);
  if (schema) return verdict(notices.some((n) => n.class === 'LOAD_UNKNOWN_ITEM') === (schema[1] === 'failed'));
  if (assertion.includes('get_compiled_rule_condition')) return compiledCondition(assertion, ruleSet);
  if (assertion.includes('rule_description')) return described(assertion, ruleSet);
  return [`the assertion is not understood: ${assertion}`];
}

function compiledCondition(assertion: string, ruleSet: RuleSet | undefined): string[] {
  const found = /get_compiled_rule_condition\("(\w+)"\),\s*((?:"(?:[^"\\]|\\.)*"\s*)+)\)$/.exec(assertion);
  if (!found) return [`the assertion is not understood: ${assertion}`];
  const expected = (found[2]?.match(/"(?:[^"\\]|\\.)*"/g) ?? []).map((part) => JSON.parse(part) as string).join('');
  const rule = ruleSet?.rules.find(({ name }) => name === found[1]);
  const ours = rule ? print(rule.condition) : 'missing';
  return plain(ours) === plain(print(parse(expected))) ? [] : [`${ours} ≠ ${expected}`];
}

const plain = (text: string) => text.replace(/["()]/g, '');

/** Keys of Falco's description of a rule → ours. */
const infoKeys: Readonly<Record<string, 'text' | 'output' | 'desc' | 'priority' | 'capture' | 'captureDuration'>> = {
  condition: 'text',
  output: 'output',
  description: 'desc',
  priority: 'priority',
  capture: 'capture',
  capture_duration: 'captureDuration',
};

function described(assertion: string, ruleSet: RuleSet | undefined): string[] {
  const found = /\["info"\]\["(\w+)"\]\.template get<[^>]+>\(\), (.*)\)$/.exec(assertion);
  const key = infoKeys[found?.[1] ?? ''];
  if (!found || !key) return [`the assertion is not understood: ${assertion}`];
  const ours = ruleSet?.rules[0]?.[key];
  const wanted: unknown = JSON.parse((found[2] ?? '').replace(/^(\d+)u$/, '$1'));
  return ours === wanted ? [] : [`${key}: ${JSON.stringify(ours)} ≠ ${JSON.stringify(wanted)}`];
}

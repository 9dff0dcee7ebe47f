/** Falco's own loader cases: each file loads or is refused as there, and conditions come out the same. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse, print } from '@waspglass/lang';
import { loadRules, type RuleSet, readRuleFiles } from '../src/index.ts';

const shared = process.env.WASPGLASS_SHARED ?? join(import.meta.dirname, '../../../../shared');
const skip = existsSync(shared) ? false : 'the shared folder is missing';

interface Case {
  readonly id: string;
  readonly rules_text: Readonly<Record<string, string>>;
  readonly assertions: readonly string[];
}

test('loader cases', { skip }, () => {
  const { cases } = JSON.parse(readFileSync(join(shared, 'suites/falco-unit/index.json'), 'utf8')) as { cases: Case[] };
  const wrong: string[] = [];
  let judged = 0;
  for (const { id, rules_text, assertions } of cases) {
    const text = rules_text.rules_content;
    const expected = assertions.map((a) => /^(?:ASSERT|EXPECT)_(TRUE|FALSE)\(load_rules/.exec(a)?.[1]).find((e) => e);
    const name = id.split('.')[1] ?? id;
    if (text === undefined || expected === undefined) continue;
    judged++;
    const result = load(text);
    const loaded = result instanceof Error ? 'FALSE' : 'TRUE';
    if (loaded !== expected) wrong.push(`${name}: ${result instanceof Error ? result.message : 'loads'}`);
    else if (!(result instanceof Error)) wrong.push(...conditions(result, assertions).map((w) => `${name}: ${w}`));
  }
  assert.deepEqual(wrong, []);
  assert.ok(judged > 50, `${judged} cases`);
});

function load(text: string): RuleSet | Error {
  try {
    return loadRules([{ file: 'rules.yaml', text }]);
  } catch (error) {
    return error as Error;
  }
}

/** Compares conditions with what `get_compiled_rule_condition` gave, both in our spelling. */
function conditions(set: RuleSet, assertions: readonly string[]): string[] {
  const wrong: string[] = [];
  for (const assertion of assertions) {
    const found = /get_compiled_rule_condition\("(\w+)"\),\s*((?:"(?:[^"\\]|\\.)*"\s*)+)\)$/.exec(assertion);
    if (!found) continue;
    const expected = (found[2]?.match(/"(?:[^"\\]|\\.)*"/g) ?? []).map((part) => JSON.parse(part) as string).join('');
    const rule = set.rules.find((r) => r.name === found[1]);
    const ours = rule ? print(rule.condition) : 'missing';
    if (plain(ours) !== plain(print(parse(expected)))) wrong.push(`${ours} ≠ ${expected}`);
  }
  return wrong;
}

const plain = (text: string) => text.replace(/["()]/g, '');

test('upstream files load', { skip }, () => {
  const files = ['falco_rules', 'falco-incubating_rules', 'falco-sandbox_rules'].map((name) =>
    join(shared, `rules/current/${name}.yaml`),
  );
  const set = loadRules(readRuleFiles(files));
  assert.deepEqual([set.rules.length, set.notices.length], [93, 0]);
  const old = loadRules(readRuleFiles([join(shared, 'rules/2016/falco_rules-0.5.0.yaml')]));
  assert.equal(old.rules.length, 24);
});

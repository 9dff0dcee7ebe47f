/** Bytes in rules and alerts that are no text: control characters, NUL, bytes outside of UTF-8. */
import { eventFields } from '@waspglass/fields';
import { SymbolTable, WaspglassError } from '@waspglass/kit';
import { describeRules, loadRules, RuleEngine, type RuleSet, readRuleFiles } from '@waspglass/rules';
import { eventTypes } from '@waspglass/schema';
import { detectIn } from './detection.ts';
import type { Outcome } from './outcome.ts';
import { inShared, readJson } from './shared.ts';

interface Expect {
  readonly by_rule?: Readonly<Record<string, string>>;
  readonly detections_total?: string;
  readonly stdout_contains?: string;
  readonly stdout_not_contains?: string;
  readonly output_field?: Readonly<Record<string, { readonly contains: string }>>;
  readonly json_valid?: boolean;
  readonly load_errors?: number | string;
  readonly describe_condition_compiled?: { readonly contains: string; readonly not_contains_byte_hex: string };
  readonly describe_json_valid?: boolean;
  readonly nul_preserved?: boolean;
}

interface Case {
  readonly id: string;
  readonly suite: string;
  readonly rules: readonly string[];
  readonly capture: string | null;
  readonly json_output: boolean;
  readonly expect: Expect;
}

interface Output {
  readonly output_fields: Readonly<Record<string, unknown>>;
}

export async function utf8Outcomes(): Promise<Outcome[]> {
  const { cases } = readJson<{ cases: Case[] }>('suites/falco-utf8/index.json');
  const outcomes: Outcome[] = [];
  for (const one of cases) {
    const wrong = one.capture === null ? validated(one) : await detected(one, one.capture);
    const state = wrong.length === 0 ? 'agree' : 'differ';
    outcomes.push({ suite: one.suite, id: one.id, state, why: wrong.join('; ') });
  }
  return outcomes;
}

async function detected({ rules, expect, json_output: asJson }: Case, capture: string): Promise<string[]> {
  const ruleSet = loadRules(readRuleFiles(rules.map(inShared)));
  const { alerts, json, text } = await detectIn({ ruleSet, capture: inShared(capture) });
  const stdout = (asJson ? json : text).join('\n');
  const wrong: string[] = [];
  const check = (good: boolean, what: string) => {
    if (!good) wrong.push(`${what}: ${JSON.stringify(stdout.slice(0, 300))}`);
  };
  if (expect.by_rule || expect.detections_total) check(alerts.length > 0, 'no alert');
  if (expect.stdout_contains !== undefined) check(stdout.includes(expect.stdout_contains), expect.stdout_contains);
  if (expect.stdout_not_contains !== undefined)
    check(!stdout.includes(expect.stdout_not_contains), `not ${expect.stdout_not_contains}`);
  const parsed = asJson ? json.map((line) => JSON.parse(line) as Output) : [];
  for (const [field, { contains }] of Object.entries(expect.output_field ?? {}))
    check(
      parsed.some(({ output_fields: fields }) => String(fields[field]).includes(contains)),
      `no ${field} with ${JSON.stringify(contains)}`,
    );
  return wrong;
}

function validated({ rules, expect }: Case): string[] {
  const result = compile(rules);
  const wrong: string[] = [];
  const refused = result instanceof WaspglassError;
  const wanted = expect.load_errors === '>0';
  if (refused !== wanted) return [refused ? result.message : 'loads'];
  if (refused) return [];
  const { rules: described } = describeRules(result, { fields: eventFields, eventsOf: () => [] }) as {
    rules: { details: { condition_compiled: string } }[];
  };
  const compiled = (JSON.parse(JSON.stringify(described)) as typeof described)[0]?.details.condition_compiled ?? '';
  const { describe_condition_compiled: shape, nul_preserved: nul } = expect;
  if (shape && !compiled.includes(shape.contains)) wrong.push(`${JSON.stringify(compiled)} lacks ${shape.contains}`);
  if (shape && Buffer.from(compiled).includes(Buffer.from(shape.not_contains_byte_hex, 'hex')))
    wrong.push(`${JSON.stringify(compiled)} holds the byte ${shape.not_contains_byte_hex}`);
  if (nul && !/\0|\\x00|\\u0000/.test(compiled)) wrong.push(`${JSON.stringify(compiled)} has lost the NUL`);
  return wrong;
}

function compile(rules: readonly string[]): RuleSet | WaspglassError {
  try {
    const ruleSet = loadRules(readRuleFiles(rules.map(inShared)));
    const symbols = new SymbolTable();
    new RuleEngine({ ruleSet, fields: eventFields, symbols, eventTypes, time: () => 0n, hostname: '' });
    return ruleSet;
  } catch (error) {
    if (error instanceof WaspglassError) return error;
    throw error;
  }
}

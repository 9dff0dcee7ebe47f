/**
 * Falco's regression tests that load rule files and judge a capture (falcosecurity-testing and the older avocado ones):
 * alerts by rule and priority, classes of load errors and warnings with their item, what standard output holds.
 */
import { existsSync, readFileSync } from 'node:fs';
import { eventFields } from '@waspglass/fields';
import { Inspector } from '@waspglass/inspect';
import { SymbolTable, WaspglassError } from '@waspglass/kit';
import {
  type AlertForm,
  type Finding,
  loadRules,
  parsePriority,
  RuleEngine,
  type RuleSet,
  readRuleFiles,
  type Selection,
  selectRules,
  type Validation,
  validateRules,
} from '@waspglass/rules';
import { eventTypes } from '@waspglass/schema';
import { type Detection, detectIn, eventEngine } from './detection.ts';
import { differences, enterCases } from './differences.ts';
import type { Outcome } from './outcome.ts';
import { inShared, parseExact, readJson } from './shared.ts';

interface FileRef {
  readonly file: string;
}

interface ItemExpectation {
  readonly code?: string;
  readonly item_type?: string;
  readonly item_name?: string;
}

type Count = number | '>0' | null;

interface Expect {
  readonly detections_total?: Count;
  readonly by_priority?: Readonly<Record<string, Count>>;
  readonly by_rule?: Readonly<Record<string, Count>>;
  readonly detect?: boolean;
  readonly detect_levels?: readonly string[];
  readonly load_errors?: readonly ItemExpectation[];
  readonly load_warnings?: readonly ItemExpectation[];
  readonly validate_errors?: readonly ItemExpectation[];
  readonly validate_warnings?: readonly ItemExpectation[];
  readonly validate_ok?: readonly string[];
  readonly exit_code?: number | null;
  readonly exit_status?: number;
  readonly stdout_lines_file?: string;
  readonly stdout_contains?: string | readonly string[];
  readonly Regexp?: readonly { readonly pattern: string; readonly where: string }[];
  readonly NotRegexp?: readonly { readonly pattern: string; readonly where: string }[];
}

interface Case {
  readonly id: string;
  readonly suite: string;
  readonly rules: readonly FileRef[];
  readonly validate_rules: readonly FileRef[];
  readonly capture: FileRef | null;
  readonly config: { readonly ref?: string; readonly var?: string } | null;
  readonly options: Readonly<Record<string, unknown>> | null;
  readonly args?: readonly string[];
  readonly expect: Expect;
  readonly needs?: readonly string[];
}

interface Unavailable {
  readonly id: string;
  readonly suite: string;
  readonly reason: string;
}

export async function falcoOutcomes(folder: string, only?: string): Promise<Outcome[]> {
  const { cases } = readJson<{ cases: Case[] }>(`suites/${folder}/index.json`);
  const outcomes: Outcome[] = [];
  for (const one of cases) {
    if (only !== undefined && !one.id.includes(only)) continue;
    const why = unavailable(one);
    outcomes.push(why === undefined ? await outcome(one) : { suite: one.suite, id: one.id, state: 'unavailable', why });
  }
  const { cases: absent } = readJson<{ cases: Unavailable[] }>(`suites/${folder}/unavailable.json`);
  if (only === undefined)
    for (const { suite, id, reason } of absent) outcomes.push({ suite, id, state: 'unavailable', why: reason });
  return outcomes;
}

/** Cases of the time when Falco judged enter events too are judged that way when they must be. */
async function outcome(one: Case): Promise<Outcome> {
  const { suite, id } = one;
  const wrong = await judged(one, false);
  if (wrong === '') return { suite, id, state: 'agree', why: '' };
  if (enterCases.test(id) && (await judged(one, true)) === '')
    return { suite, id, state: 'agree', why: 'with --enter' };
  const known = differences.find(({ case: pattern }) => pattern.test(id));
  return { suite, id, state: known ? 'explained' : 'differ', why: known?.why ?? wrong };
}

/** Why a case cannot be run here at all: it is about a plug-in, or about Falco as a program and not about its rules. */
function unavailable({
  needs,
  capture,
  rules,
  validate_rules,
  args = [],
  config,
  options,
  expect,
}: Case): string | undefined {
  const { by_rule: rulesOfPolicy } = expect;
  if (needs) return `needs ${needs.join(', ')}`;
  const text = `${config?.ref ?? ''} ${config?.var ?? ''}`;
  if (/drops/i.test(text)) return 'about the counters of Falco’s own driver: drops that a configuration simulates';
  if (/psp\.yaml/.test(text) && Object.keys(rulesOfPolicy ?? {}).length > 0)
    return 'needs rules that Falco 0.30 made from a PodSecurityPolicy, which the suite lacks';
  if (/PluginsJson/.test(text)) return 'needs the json plug-in';
  if (args.some((arg) => /^--(version|plugin-info)/.test(arg)) || /nodriver/.test(args.join(' ')))
    return 'about the program Falco: version, plug-in information, hot reload, metrics';
  if (options !== null && 'WithPrometheusMetrics' in options) return 'about the program Falco: metrics';
  const files = [...rules, ...validate_rules, ...(capture ? [capture] : [])].map(({ file }) => file);
  const missing = files.find((file) => !existsSync(inShared(file)));
  return missing === undefined ? undefined : `${missing} is not available`;
}

async function judged(one: Case, enter: boolean): Promise<string> {
  const { expect, validate_rules: validated } = one;
  const wrong: string[] = validated.length > 0 ? checkValidation(one, validate(validated)) : [];
  if (validated.length > 0) return wrong.join('; ');
  const failing = (expect.exit_code ?? expect.exit_status ?? 0) !== 0 || (expect.load_errors ?? []).length > 0;
  const result = await run(one, enter);
  if (result instanceof Error) return failing ? '' : `expected to load: ${result.message}`;
  if (failing) return 'expected to be refused';
  return [...counts(expect, result), ...output(one, result)].join('; ');
}

/** Loads and judges; an error when the rules or the options are refused. */
async function run(one: Case, enter: boolean): Promise<Detection | Error> {
  try {
    const chosen = selection(one.options ?? {});
    const ruleSet = selectRules(loadRules(readRuleFiles(one.rules.map(({ file }) => inShared(file)))), chosen);
    if (one.capture === null) {
      eventEngine(new Inspector(), { ruleSet });
      return { alerts: [], json: [], text: [], error: undefined };
    }
    const capture = inShared(one.capture.file);
    return await detectIn({ ruleSet, capture, hostname: 'test-falco-hostname', form: formOf(one), enter });
  } catch (error) {
    if (error instanceof WaspglassError || error instanceof Conflict) return error;
    throw error;
  }
}

/** `-o KEY=VALUE` of the newer cases, options of the older ones. */
function formOf(one: Case): AlertForm {
  const { args = [], options } = one;
  const on = (key: string) => args.includes(`${key}=true`) || options?.[key] === true;
  const off = (key: string) => args.includes(`${key}=false`) || options?.[key] === false;
  return {
    isoTime: on('time_format_iso_8601') || isoLines(one) || options?.time_iso_8601 === true,
    withoutOutput: off('json_include_output_property'),
    withoutTags: off('json_include_tags_property'),
  };
}

/** The stored text lines were written with ISO times, whatever the case says. */
function isoLines({ expect }: Case): boolean {
  return expect.stdout_lines_file?.endsWith('.txt') === true;
}

class Conflict extends Error {}

function selection(options: Readonly<Record<string, unknown>>): Selection {
  const texts = (...names: string[]) => names.flatMap((name) => (options[name] as string[] | undefined) ?? []);
  const [level] = texts('WithMinRulePriority').concat(typeof options.priority === 'string' ? [options.priority] : []);
  const chosen: Selection = {
    withoutNames: texts('WithDisabledRules', 'disabled_rules'),
    withoutTags: texts('WithDisabledTags', 'disable_tags'),
    onlyTags: texts('WithEnabledTags', 'run_tags'),
    priority: level === undefined ? undefined : parsePriority(level),
  };
  const { onlyTags = [], withoutNames = [], withoutTags = [] } = chosen;
  if (onlyTags.length > 0 && withoutNames.length + withoutTags.length > 0) throw new Conflict('-t with -D or -T');
  return chosen;
}

function validate(files: readonly FileRef[]): Validation {
  return validateRules(
    files.map(({ file }) => inShared(file)),
    (ruleSet: RuleSet, onFailure) =>
      new RuleEngine({
        ruleSet,
        fields: eventFields,
        symbols: new SymbolTable(),
        eventTypes,
        time: () => 0n,
        hostname: '',
        onFailure,
      }).notices,
  );
}

function checkValidation({ expect }: Case, { ok, files }: Validation): string[] {
  const findings = files.flatMap((file) => file.findings);
  const errors = expect.load_errors ?? expect.validate_errors ?? [];
  const exit = expect.exit_code ?? expect.exit_status ?? 0;
  const wrong = ok === (errors.length > 0 || exit !== 0) ? [`expected ${ok ? 'errors' : 'none'}`] : [];
  const told = findings.map(({ class: kind, item, text }) => `${kind} ${item.type} ${item.name}: ${text}`).join(' | ');
  for (const wanted of [...errors, ...(expect.load_warnings ?? []), ...(expect.validate_warnings ?? [])])
    if (!findings.some((finding) => fits(finding, wanted))) wrong.push(`no ${JSON.stringify(wanted)} among ${told}`);
  return wrong;
}

function fits({ class: kind, item }: Finding, { code, item_type, item_name }: ItemExpectation): boolean {
  return (
    (code === undefined || kind === (code === 'LOAD_UNKNOWN_FIELD' ? 'LOAD_UNKNOWN_FILTER' : code)) &&
    (item_type === undefined || item.type === item_type) &&
    (item_name === undefined || item.name === item_name)
  );
}

function counts(expect: Expect, { alerts, error }: Detection): string[] {
  const wrong: string[] = [];
  if (error !== undefined) wrong.push(String(error));
  const check = (what: string, wanted: Count | undefined, found: number) => {
    if (wanted === undefined || wanted === null) return;
    if (wanted === '>0' ? found === 0 : found !== wanted) wrong.push(`${what}: found ${found}, expected ${wanted}`);
  };
  check('alerts', expect.detections_total, alerts.length);
  for (const [name, wanted] of Object.entries(expect.by_rule ?? {}))
    check(name, wanted, alerts.filter(({ rule }) => rule.name === name).length);
  const ofPriority = (name: string) => alerts.filter(({ rule }) => rule.priority === parsePriority(name)).length;
  for (const [name, wanted] of Object.entries(expect.by_priority ?? {})) check(name, wanted, ofPriority(name));
  for (const name of expect.detect === false ? [] : (expect.detect_levels ?? [])) check(name, '>0', ofPriority(name));
  if (expect.detect !== undefined) check('alerts', expect.detect ? '>0' : 0, alerts.length);
  return wrong;
}

/** What standard output must hold: whole lines (JSON without regard to the order of keys) and patterns. */
function output(one: Case, { json, text }: Detection): string[] {
  const { expect } = one;
  const wrong: string[] = [];
  const asked = one.options?.WithOutputJSON === true || one.options?.json_output === true;
  const stdout = (asked ? json : text).join('\n');
  const atStdout = ({ where }: { where: string }) => where.includes('Stdout');
  const wanted = [
    ...(expect.Regexp ?? []).filter(atStdout).map(({ pattern }) => pattern),
    ...[expect.stdout_contains ?? []].flat(),
  ];
  for (const pattern of wanted)
    if (!new RegExp(pattern, 'm').test(stdout)) wrong.push(`nothing fits ${pattern} in ${stdout.slice(0, 200)}`);
  for (const { pattern } of (expect.NotRegexp ?? []).filter(atStdout))
    if (new RegExp(pattern).test(stdout)) wrong.push(`${pattern} is in ${stdout.slice(0, 200)}`);
  if (expect.stdout_lines_file !== undefined) {
    const lines = readFileSync(inShared(expect.stdout_lines_file), 'utf8').trim().split('\n');
    const asJson = expect.stdout_lines_file.endsWith('.json');
    const ours = new Set(asJson ? json.map(canonical) : text);
    for (const line of lines)
      if (!ours.has(asJson ? canonical(line) : line)) wrong.push(`no line ${line} but ${[...ours][0]}`);
  }
  return wrong;
}

function canonical(line: string): string {
  return JSON.stringify(sorted(parseExact(line)));
}

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}

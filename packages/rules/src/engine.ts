/**
 * Judges events by rules. At construction every rule meets the field table and the event types; afterwards an event
 * costs one look into a table when no rule is about its type. Rules are tried in order of definition.
 */

import { compileFormat, compileValues, type JsonValue } from '@waspglass/format';
import { formatPlace, type Place, WaspglassError } from '@waspglass/kit';
import { Compiler, type FieldTable, type Filter, type Symbols, type Test, unknownFields } from '@waspglass/lang';
import type { EventType } from '@waspglass/schema';
import type { Alert } from './alert.ts';
import { fail } from './errors.ts';
import type { Notice, Rule, RuleSet } from './rule-set.ts';

export interface RuleEngineOptions<C> {
  readonly ruleSet: RuleSet;
  /** Rules of this source are taken; default `syscall`. */
  readonly source?: string;
  readonly fields: FieldTable<C>;
  readonly symbols: Symbols;
  /** Empty for contexts that are no events. */
  readonly eventTypes: readonly EventType[];
  /** ns since the epoch of what is judged. */
  readonly time: (c: C) => bigint;
  readonly hostname: string;
  /** Leave out rules with unknown fields and say so, instead of refusing all. */
  readonly skipUnknown?: boolean;
  /** Falco stops at the first rule that matches an event; default `all`. */
  readonly matching?: 'first' | 'all';
}

interface Compiled<C> {
  readonly rule: Rule;
  readonly filter: Filter<C>;
  readonly message: (c: C) => string | null;
  readonly values: (c: C) => Record<string, JsonValue> | null;
}

interface Entry<C> {
  readonly test: Test<C>;
  readonly compiled: Compiled<C>;
}

/** Share of all event types from which on a rule is said to be about everything. */
const BROAD = 0.8;

export class RuleEngine<C> {
  /** 1 for every event type that a rule is about. */
  readonly types: Uint8Array;
  /** Rules in use. */
  readonly rules: readonly Rule[];
  readonly notices: readonly Notice[];
  private readonly options: RuleEngineOptions<C>;
  private readonly compiled: readonly Compiled<C>[];
  private readonly buckets: (readonly Entry<C>[] | undefined)[];
  private readonly first: boolean;

  constructor(options: RuleEngineOptions<C>) {
    this.options = options;
    const notices: Notice[] = [...options.ruleSet.notices];
    this.compiled = compileAll(options, notices);
    this.rules = this.compiled.map(({ rule }) => rule);
    this.notices = notices;
    const count = Math.max(1, options.eventTypes.length);
    this.types = new Uint8Array(count);
    for (const { filter } of this.compiled) {
      for (const [type, may] of filter.types.entries()) if (may === 1) this.types[type] = 1;
    }
    if (options.eventTypes.length === 0 && this.compiled.length > 0) this.types[0] = 1;
    this.buckets = new Array<readonly Entry<C>[] | undefined>(count).fill(undefined);
    this.first = options.matching === 'first';
  }

  /** Event types that a rule is about, as numbers. */
  typeList(): number[] {
    return [...this.types.keys()].filter((type) => this.types[type] === 1);
  }

  /** Tells every rule that matches. `type` is the event's type, 0 for contexts that are no events. */
  evaluate(c: C, type: number, onAlert: (alert: Alert) => void): void {
    if (this.types[type] !== 1) return;
    const bucket = this.buckets[type] ?? this.fill(type);
    for (let i = 0; i < bucket.length; i++) {
      const entry = bucket[i];
      if (entry === undefined || !entry.test(c)) continue;
      onAlert(this.alert(entry.compiled, c));
      if (this.first) return;
    }
  }

  private fill(type: number): readonly Entry<C>[] {
    const bucket: Entry<C>[] = [];
    for (const compiled of this.compiled) {
      const test = compiled.filter.byType(type);
      if (test) bucket.push({ test, compiled });
    }
    this.buckets[type] = bucket;
    return bucket;
  }

  private alert({ rule, message, values }: Compiled<C>, c: C): Alert {
    const { time, hostname } = this.options;
    return { rule, time: time(c), message: message(c) ?? '', fields: values(c) ?? {}, hostname };
  }
}

/** Sources that this product judges; rules of others are left out. */
const SOURCES: readonly string[] = ['syscall', 'auth'];

function compileAll<C>(options: RuleEngineOptions<C>, notices: Notice[]): Compiled<C>[] {
  const { ruleSet, source = 'syscall', fields, symbols, eventTypes } = options;
  const compiler = new Compiler(fields, symbols, eventTypes);
  const compiled: Compiled<C>[] = [];
  const errors: WaspglassError[] = [];
  for (const rule of ruleSet.rules) {
    if (rule.source !== source) {
      if (!SOURCES.includes(rule.source))
        notices.push({ at: rule.at, text: `rule "${rule.name}" has the unknown source "${rule.source}"; left out` });
      continue;
    }
    if (!rule.enabled) continue;
    const problems = problemsOf(rule, options, () => compiled.push(compileRule(rule, compiler, options)));
    if (problems.length === 0) continue;
    if (!rule.skipIfUnknown && options.skipUnknown !== true) errors.push(...problems);
    else for (const { text, at } of problems) notices.push({ at, text: `rule "${rule.name}" is left out: ${text}` });
  }
  throwAll(errors);
  for (const { rule, filter } of compiled) broadNotice(rule, filter, notices);
  return compiled;
}

/** What keeps a rule from working here: all its unknown fields, or the first other error. */
function problemsOf<C>(rule: Rule, options: RuleEngineOptions<C>, compile: () => void): WaspglassError[] {
  try {
    const unknown = unknownFields(rule.condition, options.fields);
    if (unknown.length > 0) return unknown.map(({ name, at }) => unknownField(name, at, rule));
    compile();
    return [];
  } catch (error) {
    if (!(error instanceof WaspglassError)) throw error;
    return [new WaspglassError(error.code, `${error.text} (rule "${rule.name}")`, error.at)];
  }
}

function unknownField(name: string, at: Place, rule: Rule): WaspglassError {
  return new WaspglassError('WG_FILTER_UNKNOWN_FIELD', `no field "${name}" (rule "${rule.name}")`, at);
}

function compileRule<C>(rule: Rule, compiler: Compiler<C>, { fields, symbols }: RuleEngineOptions<C>): Compiled<C> {
  const { file, line } = rule.outputAt;
  const place = { ...(file === undefined ? {} : { file }), ...(line === undefined ? {} : { line }) };
  const template = rule.output.startsWith('*') ? rule.output : `*${rule.output}`;
  return {
    rule,
    filter: compiler.compile(rule.condition),
    message: compileFormat(template, fields, symbols, { place }),
    values: compileValues(template, fields, symbols, { place }),
  };
}

function broadNotice<C>(rule: Rule, { types }: Filter<C>, notices: Notice[]): void {
  if (!rule.warnEventTypes || types.length === 0) return;
  const share = types.reduce((sum, may) => sum + may, 0) / types.length;
  if (share > BROAD)
    notices.push({
      at: rule.at,
      text: `rule "${rule.name}" is about every event type: name evt.type in its condition`,
    });
}

function throwAll(errors: readonly WaspglassError[]): void {
  const [first] = errors;
  if (!first) return;
  if (errors.length === 1) throw first;
  const list = errors.map((error) => `  ${error.message}`).join('\n');
  throw fail('WG_RULES_INVALID', { count: errors.length, list });
}

/** One line for people. */
export function noticeText({ at, text }: Notice): string {
  const place = formatPlace(at);
  return place === '' ? text : `${place}: ${text}`;
}

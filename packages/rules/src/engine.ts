/**
 * Judges events by rules. At construction every rule meets the field table and the event types; afterwards an event
 * costs one look into a table when no rule is about its type. Rules are tried in order of definition,
 * together: what several of them ask is asked once.
 */

import { compileFormat, compileValues, type JsonValue } from '@waspglass/format';
import { formatPlace, type Place, WaspglassError } from '@waspglass/kit';
import {
  type Ast,
  Compiler,
  type FieldTable,
  type FilterGroup,
  type GroupTest,
  type Hit,
  parse,
  type Symbols,
  unknownFields,
} from '@waspglass/lang';
import type { EventType } from '@waspglass/schema';
import type { Alert } from './alert.ts';
import { checkCondition, isNever, nulTexts, unknownEventTypes } from './condition-notices.ts';
import type { Failure, Notice } from './diagnostics.ts';
import { joined } from './failures.ts';
import type { Rule, RuleSet } from './rule-set.ts';

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
  /** Text behind the output of every rule, as Falco's `append_output`. */
  readonly appendOutput?: string;
  /** Hears what is wrong with rules, which are then left out, instead of a throw. */
  readonly onFailure?: (failure: Failure) => void;
  /** Falco stops at the first rule that matches an event; default `all`. */
  readonly matching?: 'first' | 'all';
}

interface Compiled<C> {
  readonly rule: Rule;
  readonly message: (c: C) => string | null;
  readonly values: (c: C) => Record<string, JsonValue> | null;
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
  private readonly group: FilterGroup<C>;
  private readonly tests: (GroupTest<C> | null | undefined)[];
  /** What is being judged: `hit` is made once and reads these. */
  private current: C | undefined;
  private onAlert: ((alert: Alert) => void) | undefined;
  private readonly hit: Hit;

  constructor(options: RuleEngineOptions<C>) {
    this.options = options;
    const notices: Notice[] = [...options.ruleSet.notices];
    const compiler = new Compiler(options.fields, options.symbols, options.eventTypes);
    this.compiled = compileAll(options, compiler, notices);
    this.rules = this.compiled.map(({ rule }) => rule);
    this.group = compiler.group(this.rules.map((rule) => rule.condition));
    this.types = options.eventTypes.length > 0 ? this.group.types : Uint8Array.of(this.rules.length > 0 ? 1 : 0);
    for (const [i, rule] of this.rules.entries()) typesNotice(rule, this.group.each[i], notices);
    this.notices = notices;
    this.tests = new Array<GroupTest<C> | null | undefined>(this.types.length).fill(undefined);
    const first = options.matching === 'first';
    this.hit = (index) => {
      const compiled = this.compiled[index];
      if (compiled && this.current !== undefined) this.onAlert?.(this.alert(compiled, this.current));
      return first;
    };
  }

  /** Event types that a rule is about, as numbers. */
  typeList(): number[] {
    return [...this.types.keys()].filter((type) => this.types[type] === 1);
  }

  /** Tells every rule that matches. `type` is the event's type, 0 for contexts that are no events. */
  evaluate(c: C, type: number, onAlert: (alert: Alert) => void): void {
    if (this.types[type] !== 1) return;
    let test = this.tests[type];
    if (test === undefined) {
      test = this.group.byType(type);
      this.tests[type] = test;
    }
    if (test === null) return;
    this.current = c;
    this.onAlert = onAlert;
    test(c, this.hit);
  }

  private alert({ rule, message, values }: Compiled<C>, c: C): Alert {
    const { time, hostname } = this.options;
    return { rule, time: time(c), message: message(c) ?? '', fields: values(c) ?? {}, hostname };
  }
}

/** What Falco puts in place of a word of older outputs that is no field. */
const CONTAINER_INFO = 'container_id=%container.id container_name=%container.name';

/** Sources that this product judges; rules of others are left out. */
const SOURCES: readonly string[] = ['syscall', 'auth', 'capture'];

function compileAll<C>(options: RuleEngineOptions<C>, compiler: Compiler<C>, notices: Notice[]): Compiled<C>[] {
  const clean = new Set<Ast>();
  const { ruleSet, source = 'syscall' } = options;
  const compiled: Compiled<C>[] = [];
  const failures: Failure[] = [];
  for (const rule of ruleSet.rules) {
    if (rule.source !== source) {
      if (source === 'syscall' && !SOURCES.includes(rule.source)) notices.push(unknownSource(rule));
      continue;
    }
    if (!rule.enabled) continue;
    const problems = problemsOf(rule, options, clean, () => compiled.push(compileRule(rule, compiler, options)));
    if (problems.length === 0) notices.push(...checkCondition(rule, options.fields));
    else if (!rule.skipIfUnknown && options.skipUnknown !== true) failures.push(...problems);
    else notices.push(...problems.map((problem) => leftOut(rule, problem)));
  }
  if (options.onFailure) failures.forEach(options.onFailure);
  else if (failures.length > 0) throw joined(failures);
  return compiled;
}

function unknownSource(rule: Rule): Notice {
  const text = `rule "${rule.name}" has the unknown source "${rule.source}"; left out`;
  return { at: rule.at, text, class: 'LOAD_UNKNOWN_SOURCE', item: itemOf(rule) };
}

function leftOut(rule: Rule, { error }: Failure): Notice {
  const text = `rule "${rule.name}" is left out: ${error.text}`;
  return { at: error.at, text, class: 'LOAD_UNKNOWN_FILTER', item: itemOf(rule) };
}

const itemOf = (rule: Rule) => ({ type: 'rule', name: rule.name });

/** What keeps a rule from working here: all its unknown fields, or the first other error. */
function problemsOf<C>(rule: Rule, options: RuleEngineOptions<C>, clean: Set<Ast>, compile: () => void): Failure[] {
  try {
    const exceptions = unknownInExceptions(rule, options.fields);
    if (exceptions.length > 0) return exceptions;
    const unknown = unknownFields(rule.condition, options.fields, clean).map(({ name, at }) =>
      unknownField(name, at, rule),
    );
    const events = [...unknownEventTypes(rule, options.fields), ...nulTexts(rule, options.fields)];
    if (unknown.length + events.length > 0)
      return [...unknown, ...events].map((error) => ({ error, item: itemOf(rule) }));
    compile();
    return [];
  } catch (error) {
    if (!(error instanceof WaspglassError)) throw error;
    return [
      { error: new WaspglassError(error.code, `${error.text} (rule "${rule.name}")`, error.at), item: itemOf(rule) },
    ];
  }
}

/** Exceptions are checked whether they have values or not. */
function unknownInExceptions<C>(rule: Rule, fields: FieldTable<C>): Failure[] {
  return rule.exceptions.flatMap(({ name, fields: named }) =>
    named.flatMap(({ text, at }) =>
      unknownFields(parse(`${text} exists`, { locate: () => at }), fields).map((unknown): Failure => {
        const error = unknownField(unknown.name, at, rule);
        return { error, item: { type: 'exception', name }, class: 'LOAD_ERR_VALIDATE' };
      }),
    ),
  );
}

function unknownField(name: string, at: Place, rule: Rule): WaspglassError {
  return new WaspglassError('WG_FILTER_UNKNOWN_FIELD', `no field "${name}" (rule "${rule.name}")`, at);
}

function compileRule<C>(rule: Rule, compiler: Compiler<C>, options: RuleEngineOptions<C>): Compiled<C> {
  const { fields, symbols, appendOutput } = options;
  const { file, line } = rule.outputAt;
  const place = { ...(file === undefined ? {} : { file }), ...(line === undefined ? {} : { line }) };
  const written = rule.output.replaceAll('%container.info', CONTAINER_INFO);
  const output = appendOutput === undefined ? written : `${written} ${appendOutput}`;
  const template = output.startsWith('*') ? output : `*${output}`;
  compiler.compile(rule.condition);
  // The message says what is wrong with the template; its values are made when the first alert is.
  let values: Compiled<C>['values'] | undefined;
  return {
    rule,
    message: compileFormat(template, fields, symbols, { place }),
    values: (c) => {
      values ??= compileValues(template, fields, symbols, { place });
      return values(c);
    },
  };
}

function typesNotice(rule: Rule, types: Uint8Array | undefined, notices: Notice[]): void {
  if (!rule.warnEventTypes || !types || types.length === 0 || isNever(rule.condition)) return;
  if (!types.includes(1)) {
    const text = `rule "${rule.name}" can never match: no event type satisfies its condition`;
    notices.push({ at: rule.at, text, class: 'LOAD_COMPILE_CONDITION', item: itemOf(rule) });
    return;
  }
  const share = types.reduce((sum, may) => sum + may, 0) / types.length;
  if (share > BROAD)
    notices.push({
      at: rule.at,
      text: `rule "${rule.name}" is about every event type: name evt.type in its condition`,
      class: 'LOAD_NO_EVTTYPE',
      item: itemOf(rule),
    });
}

/** One line for people. */
export function noticeText({ at, text }: Notice): string {
  const place = formatPlace(at);
  return place === '' ? text : `${place}: ${text}`;
}

/**
 * Rule files → rule set. Items are taken in order over all files: later ones replace, append to or override earlier
 * ones. Errors are collected, so that one look shows all of them; nothing is loaded when there is one.
 */
import { didYouMean, type Place, WaspglassError } from '@waspglass/kit';
import { type Ast, type Definitions, Expander, type TextOperand } from '@waspglass/lang';
import { ConditionText, valueOperand } from './condition.ts';
import { type Draft, priorityOf, ruleKeys } from './draft.ts';
import { fail } from './errors.ts';
import { type Exception, readExceptions, withExceptions } from './exceptions.ts';
import { Item, nameOf } from './item.ts';
import type { Notice, Rule, RuleSet } from './rule-set.ts';
import { type ListNode, type Node, readYaml } from './yaml-nodes.ts';

/** The engine version that rule files may require, as Falco counts. */
export const engineVersion = { minor: 62, text: '0.62.0' } as const;

export interface RuleText {
  /** Name of the file, for errors. */
  readonly file: string;
  readonly text: string;
}

/** Loads rule files in order. Throws the error, or one `WG_RULES_INVALID` that lists all of them. */
export function loadRules(files: readonly RuleText[]): RuleSet {
  const loader = new Loader();
  for (const { file, text } of files) loader.file(text, file);
  return loader.finish();
}

const kinds = ['rule', 'macro', 'list', 'required_engine_version', 'required_plugin_versions'] as const;
type Kind = (typeof kinds)[number];

const OTHER_RULE_KEYS = ['rule', 'append', 'override', 'source'];
const NAME = /^[a-zA-Z][a-zA-Z0-9_]*$/;

class Loader implements Definitions {
  private readonly rules = new Map<string, Draft>();
  private readonly macros = new Map<string, ConditionText>();
  private readonly lists = new Map<string, readonly TextOperand[]>();
  private readonly parsed = new Map<string, Ast>();
  private readonly notices: Notice[] = [];
  private readonly errors: WaspglassError[] = [];

  file(text: string, file: string): void {
    this.attempt(() => {
      for (const document of readYaml(text, file)) {
        if (document.kind === 'empty') continue;
        if (document.kind !== 'list') {
          throw fail(
            'WG_RULES_ITEM',
            { found: nameOf(document), expected: 'a list of rules, macros and lists' },
            { at: document.at },
          );
        }
        for (const node of document.items) this.attempt(() => this.item(node));
      }
    });
  }

  finish(): RuleSet {
    const expander = new Expander(this);
    const rules: Rule[] = [];
    for (const name of this.macros.keys()) this.attempt(() => void this.macro(name));
    if (this.errors.length === 0) {
      for (const draft of this.rules.values()) this.attempt(() => rules.push(this.rule(draft, expander)));
    }
    const [first] = this.errors;
    if (first && this.errors.length === 1) throw first;
    if (first) {
      const list = this.errors.map((error) => error.message);
      throw fail('WG_RULES_INVALID', { count: this.errors.length, list });
    }
    return { rules, macros: this.macros.size, lists: this.lists.size, notices: this.notices };
  }

  macro(name: string): Ast | undefined {
    const text = this.macros.get(name);
    if (!text) return undefined;
    const ast = this.parsed.get(name) ?? text.parse();
    this.parsed.set(name, ast);
    return ast;
  }

  list(name: string): readonly TextOperand[] | undefined {
    return this.lists.get(name);
  }

  macroNames(): Iterable<string> {
    return this.macros.keys();
  }

  listNames(): Iterable<string> {
    return this.lists.keys();
  }

  private rule({ exceptions, condition, ...draft }: Draft, expander: Expander): Rule {
    const ast = withExceptions(condition.parse(), exceptions, draft.name);
    return { ...draft, text: condition.text, condition: expander.expand(ast), tags: [...new Set(draft.tags)].sort() };
  }

  private attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!(error instanceof WaspglassError)) throw error;
      this.errors.push(error);
    }
  }

  private notice(at: Place, text: string): void {
    this.notices.push({ at, text });
  }

  private item(node: Node): void {
    if (node.kind !== 'map')
      throw fail('WG_RULES_ITEM', { found: nameOf(node), expected: `one of ${kinds.join(', ')}` }, { at: node.at });
    const kind = kinds.find((name) => node.entries.has(name));
    if (!kind) {
      const [key = ''] = node.entries.keys();
      this.notice(node.at, `unknown item "${key}"${didYouMean(key, kinds)}; left out`);
      return;
    }
    const named = node.entries.get(kind)?.value;
    const name = named?.kind === 'text' ? named.text : '';
    this.take(kind, name, new Item(node, `${kind} "${name}"`));
  }

  private take(kind: Kind, name: string, item: Item): void {
    if (kind === 'required_engine_version') this.engineVersion(item);
    else if (kind === 'required_plugin_versions') return;
    else if (name === '')
      throw fail('WG_RULES_KEY', { item: `a ${kind}`, key: 'name', expected: `${kind}: NAME` }, { at: item.at });
    else if (kind === 'list') this.listItem(name, item);
    else if (kind === 'macro') this.macroItem(name, item);
    else this.ruleItem(name, item);
  }

  private engineVersion(item: Item): void {
    const node = item.need('required_engine_version');
    const found = /^(?:(\d+)|0\.(\d+)\.\d+)$/.exec(node.text);
    if (!found)
      throw fail('WG_RULES_ENGINE_VERSION', { found: node.text, expected: 'a number or x.y.z' }, { at: node.at });
    if (Number(found[1] ?? found[2]) > engineVersion.minor) {
      throw fail(
        'WG_RULES_ENGINE_VERSION',
        { found: node.text, expected: `at most ${engineVersion.text}` },
        { at: node.at },
      );
    }
  }

  private listItem(name: string, item: Item): void {
    this.unknown(item, ['list', 'items', 'append', 'override']);
    const items = item.texts('items');
    if (!items)
      throw fail('WG_RULES_KEY', { item: item.label, key: 'items', expected: 'a list of texts' }, { at: item.at });
    const values = items.map(valueOperand);
    if (this.mode(item, 'items') !== 'append') {
      this.lists.set(name, values);
      return;
    }
    const before = this.lists.get(name);
    if (!before) throw this.noPrevious('list', 'append to', name, item, this.lists.keys());
    this.lists.set(name, [...before, ...values]);
  }

  private macroItem(name: string, item: Item): void {
    this.unknown(item, ['macro', 'condition', 'append', 'override']);
    if (!NAME.test(name))
      this.notice(item.at, `macro "${name}" has a name that no condition can use: letters, digits and _ only`);
    const condition = item.need('condition');
    const before = this.macros.get(name);
    if (this.mode(item, 'condition') !== 'append') this.macros.set(name, new ConditionText([condition]));
    else if (before) this.macros.set(name, before.append(condition));
    else throw this.noPrevious('macro', 'append to', name, item, this.macros.keys());
    this.parsed.delete(name);
  }

  /** What an item of one key does with an earlier one. */
  private mode(item: Item, key: string): 'append' | 'replace' | 'define' {
    const override = item.mapping('override');
    if (!override) return item.flag('append') ? 'append' : 'define';
    for (const { key: other, at } of override.unknownKeys([key])) {
      throw fail('WG_RULES_UNEXPECTED_KEY', { item: override.label, key: other, reason: `is not ${key}` }, { at });
    }
    return actionOf(override, key) ?? 'define';
  }

  private ruleItem(name: string, item: Item): void {
    this.unknown(item, [...OTHER_RULE_KEYS, ...Object.keys(ruleKeys)]);
    const before = this.rules.get(name);
    const source = item.text('source')?.text;
    if (before && source !== undefined && source !== before.source) {
      throw fail('WG_RULES_SOURCE', { name, found: source, expected: before.source }, { at: item.place('source') });
    }
    const override = item.mapping('override');
    if (override) this.override(name, item, override, before);
    else if (item.flag('append')) this.append(name, item, before);
    else if (before && onlyEnabled(item))
      this.rules.set(name, { ...before, enabled: item.flag('enabled') ?? before.enabled });
    else this.define(name, item, source ?? before?.source ?? 'syscall');
  }

  private define(name: string, item: Item, source: string): void {
    const output = item.need('output');
    this.rules.set(name, {
      name,
      desc: item.need('desc').text.trim(),
      condition: new ConditionText([item.need('condition')]),
      output: output.text.trim(),
      outputAt: output.at,
      priority: priorityOf(item.need('priority')),
      tags: item.texts('tags')?.map((node) => node.text) ?? [],
      source,
      enabled: item.flag('enabled') ?? true,
      warnEventTypes: item.flag('warn_evttypes') ?? true,
      skipIfUnknown: item.flag('skip-if-unknown-filter') ?? false,
      exceptions: this.exceptions(name, item.list('exceptions')),
      at: item.at,
    });
    item.number('capture_duration');
  }

  private exceptions(rule: string, list: ListNode | undefined): Exception[] {
    const all = readExceptions(list, rule, false);
    const names = new Set<string>();
    for (const { name, item } of all) {
      if (names.has(name)) this.notice(item.at, `exception "${name}" of rule "${rule}" is defined more than once`);
      names.add(name);
    }
    return all;
  }

  private append(name: string, item: Item, before: Draft | undefined): void {
    if (!before) throw this.noPrevious('rule', 'append to', name, item, this.rules.keys());
    const keys = ['condition', 'exceptions'].filter((key) => item.has(key));
    if (keys.length === 0) {
      const expected = 'a condition or exceptions to append';
      throw fail('WG_RULES_KEY', { item: item.label, key: 'condition', expected }, { at: item.at });
    }
    let draft = before;
    for (const key of keys) draft = { ...draft, ...ruleKeys[key]?.apply(draft, item, true) };
    this.rules.set(name, draft);
  }

  private override(name: string, item: Item, override: Item, before: Draft | undefined): void {
    const actions = overrideActions(item, override);
    if (!before) {
      const action = [...actions.values()].includes(true) ? 'append to' : 'replace';
      throw this.noPrevious('rule', action, name, item, this.rules.keys());
    }
    let draft = before;
    for (const [key, append] of actions) draft = { ...draft, ...ruleKeys[key]?.apply(draft, item, append) };
    this.rules.set(name, draft);
  }

  private unknown(item: Item, known: readonly string[]): void {
    for (const { key, hint, at } of item.unknownKeys(known))
      this.notice(at, `${item.label} has an unknown key "${key}"${hint}`);
  }

  private noPrevious(kind: string, action: string, name: string, item: Item, names: Iterable<string>): Error {
    return fail('WG_RULES_NO_PREVIOUS', { kind, action, name, hint: didYouMean(name, names) }, { at: item.at });
  }
}

function actionOf(override: Item, key: string): 'append' | 'replace' | undefined {
  const node = override.text(key);
  if (!node) return undefined;
  if (node.text === 'append' || node.text === 'replace') return node.text;
  throw fail('WG_RULES_ITEM', { found: `${key}: ${node.text}`, expected: 'append or replace' }, { at: node.at });
}

/** Keys that an override names, with whether it appends. Every key of the item must be named, and the other way round. */
function overrideActions(item: Item, override: Item): Map<string, boolean> {
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
function onlyEnabled(item: Item): boolean {
  return item.has('enabled') && ['condition', 'output', 'desc', 'priority'].every((key) => !item.has(key));
}

/**
 * Rule files → rule set. Items are taken in order over all files: later ones replace, append to or override earlier
 * ones. Errors are collected, so that one look shows all of them; nothing is loaded when there is one.
 */
import { didYouMean, type Place, WaspglassError } from '@waspglass/kit';
import { type Ast, type Definitions, Expander, type TextOperand } from '@waspglass/lang';
import { ConditionText, valueOperand } from './condition.ts';
import type { Failure, ItemName, LoadClass, Notice } from './diagnostics.ts';
import { type Draft, priorityOf, ruleKeys } from './draft.ts';
import { fail } from './errors.ts';
import { describeException, type Exception, exceptionOf, readExceptions, withExceptions } from './exceptions.ts';
import { joined } from './failures.ts';
import { Item, nameOf } from './item.ts';
import { actionOf, OTHER_RULE_KEYS, onlyEnabled, overrideActions } from './overrides.ts';
import type { Used } from './references.ts';
import { engineVersion, type RequiredEngine, requiredEngine, requiredPlugins } from './requirements.ts';
import type { Macro, RequiredPlugin, Rule, RuleSet } from './rule-set.ts';
import { unusedNotices, usedByDrafts } from './usage.ts';
import { type ListNode, type Node, readYaml } from './yaml-nodes.ts';

interface ListDraft {
  readonly at: Place;
  readonly items: readonly TextOperand[];
}

export interface RuleText {
  /** Name of the file, for errors. */
  readonly file: string;
  readonly text: string;
}

/** What loading gave: a rule set when there is no failure. */
export interface Loading {
  readonly ruleSet: RuleSet | undefined;
  readonly failures: readonly Failure[];
  readonly notices: readonly Notice[];
}

/** Loads rule files in order. Throws the error, or one `WG_RULES_INVALID` that lists all of them. */
export function loadRules(files: readonly RuleText[]): RuleSet {
  const { ruleSet, failures } = tryLoadRules(files);
  if (ruleSet === undefined) throw joined(failures);
  return ruleSet;
}

/** Loads rule files in order and tells everything that is wrong with them. */
export function tryLoadRules(files: readonly RuleText[]): Loading {
  const loader = new Loader();
  for (const { file, text } of files) loader.file(text, file);
  return loader.finish();
}

const kinds = ['rule', 'macro', 'list', 'required_engine_version', 'required_plugin_versions'] as const;
type Kind = (typeof kinds)[number];

const EXCEPTION_KEYS = ['name', 'fields', 'comps', 'values'];
const NAME = /^[a-zA-Z][a-zA-Z0-9_]*$/;
/** Names of lists are words of a condition. */
const LIST_NAME = /^[^()"'\s=,]+$/;
const CONTENT: ItemName = { type: 'rules content', name: '' };
const CONTENT_ITEM: ItemName = { type: 'rules content item', name: '' };
/** Plug-ins of Falco whose fields are built in here. */
const BUILT_IN_PLUGINS: readonly string[] = ['container'];

interface Assembled {
  readonly used: Used;
  readonly unused: readonly Notice[];
  readonly expander: Expander;
}

/** Of all files together; compiling takes half a millisecond for each. */
const MOST_RULES = 10_000;

class Loader implements Definitions {
  private readonly rules = new Map<string, Draft>();
  private readonly macros = new Map<string, ConditionText>();
  private readonly lists = new Map<string, ListDraft>();
  private readonly parsed = new Map<string, Ast>();
  private readonly notices: Notice[] = [];
  private readonly failures: Failure[] = [];
  private readonly plugins: RequiredPlugin[] = [];
  private engine: RequiredEngine | undefined;
  /** What is being read: errors and notices are about it. */
  private about: ItemName = CONTENT;

  file(text: string, file: string): void {
    this.attempt(CONTENT, () => {
      for (const document of readYaml(text, file)) {
        if (document.kind === 'empty') continue;
        if (document.kind !== 'list') {
          throw fail(
            'WG_RULES_ITEM',
            { found: nameOf(document), expected: 'a list of rules, macros and lists' },
            { at: document.at },
          );
        }
        for (const node of document.items) {
          if (this.rules.size > MOST_RULES) break;
          this.attempt(CONTENT_ITEM, () => this.item(node));
        }
      }
    });
  }

  finish(): Loading {
    const { failures, notices } = this;
    const expander = new Expander(this);
    const rules: Rule[] = [];
    const macros: Omit<Macro, 'used'>[] = [];
    for (const name of this.macros.keys()) {
      this.attempt({ type: 'macro', name }, () => {
        const written = this.macro(name);
        const text = this.macros.get(name)?.text ?? '';
        if (written) macros.push({ name, text, written, condition: expander.expand(written) });
      });
    }
    this.attempt(CONTENT, () => this.checkNumber());
    for (const draft of this.rules.values()) {
      if (failures.length > 0) break;
      this.attempt({ type: 'rule', name: draft.name }, () => rules.push(this.rule(draft, expander)));
    }
    const used = usedByDrafts(this.rules.values(), this);
    const unused = unusedNotices(used, this.macros, this.lists);
    if (failures.length > 0) return { ruleSet: undefined, failures, notices: [...notices, ...unused] };
    return { ruleSet: this.ruleSet(rules, macros, { used, unused, expander }), failures, notices };
  }

  private checkNumber(): void {
    if (this.rules.size <= MOST_RULES) return;
    const at = [...this.rules.values()][MOST_RULES]?.at ?? { file: '' };
    throw fail('WG_RULES_LIMIT', { what: 'the number of rules', limit: MOST_RULES }, { at });
  }

  private ruleSet(rules: readonly Rule[], bare: readonly Omit<Macro, 'used'>[], of: Assembled): RuleSet {
    const { used, unused, expander } = of;
    const macros = bare.map((macro) => ({ ...macro, used: used.macros.has(macro.name) }));
    const lists = [...this.lists].map(([name, { items }]) => {
      return { name, items: items.map(({ text }) => text), used: used.lists.has(name) };
    });
    return {
      rules,
      macros,
      lists,
      unused,
      notices: this.notices,
      requiredEngine: this.engine?.text,
      requiredPlugins: this.plugins,
      expand: (ast) => expander.expand(ast),
    };
  }

  macro(name: string): Ast | undefined {
    const text = this.macros.get(name);
    if (!text) return undefined;
    const ast = this.parsed.get(name) ?? text.parse();
    this.parsed.set(name, ast);
    return ast;
  }

  list(name: string): readonly TextOperand[] | undefined {
    return this.lists.get(name)?.items;
  }

  macroNames(): Iterable<string> {
    return this.macros.keys();
  }

  listNames(): Iterable<string> {
    return this.lists.keys();
  }

  private rule({ exceptions, condition, ...draft }: Draft, expander: Expander): Rule {
    const written = condition.parse();
    const ast = withExceptions(written, exceptions, draft.name);
    return {
      ...draft,
      text: condition.text,
      written,
      condition: expander.expand(ast),
      exceptions: exceptions.map((exception) => describeException(exception, draft.name)),
      tags: [...new Set(draft.tags)].sort(),
    };
  }

  private attempt(item: ItemName, work: () => void): void {
    const outer = this.about;
    this.about = item;
    try {
      work();
    } catch (error) {
      if (!(error instanceof WaspglassError)) throw error;
      if (this.failures.some((failure) => failure.error.message === error.message)) return;
      this.failures.push({ error, item: exceptionOf(error) ?? this.about });
    } finally {
      this.about = outer;
    }
  }

  private notice(at: Place, text: string, kind: LoadClass, item = this.about): void {
    this.notices.push({ at, text, class: kind, item });
  }

  private item(node: Node): void {
    if (node.kind !== 'map')
      throw fail('WG_RULES_ITEM', { found: nameOf(node), expected: `one of ${kinds.join(', ')}` }, { at: node.at });
    const kind = kinds.find((name) => node.entries.has(name));
    if (!kind) {
      const [key = ''] = node.entries.keys();
      this.notice(node.at, `unknown item "${key}"${didYouMean(key, kinds)}; left out`, 'LOAD_UNKNOWN_ITEM');
      return;
    }
    const named = node.entries.get(kind)?.value;
    const name = named?.kind === 'text' ? named.text : '';
    this.about = { type: kind, name: kind.startsWith('required_') ? '' : name };
    this.take(kind, name, new Item(node, `${kind} "${name}"`));
  }

  private take(kind: Kind, name: string, item: Item): void {
    if (kind === 'required_engine_version') this.engineVersion(item);
    else if (kind === 'required_plugin_versions') this.pluginVersions(item);
    else if (name === '')
      throw fail('WG_RULES_KEY', { item: `a ${kind}`, key: 'name', expected: `${kind}: NAME` }, { at: item.at });
    else if (kind === 'list') this.listItem(name, item);
    else if (kind === 'macro') this.macroItem(name, item);
    else this.ruleItem(name, item);
  }

  private engineVersion(item: Item): void {
    const required = requiredEngine(item);
    if (required.minor >= (this.engine?.minor ?? 0)) this.engine = required;
    if (required.minor <= engineVersion.minor) return;
    const { text: found, at } = item.need('required_engine_version');
    throw fail('WG_RULES_ENGINE_VERSION', { found, expected: `at most ${engineVersion.text}` }, { at });
  }

  /** Each entry is a plug-in, or alternatives to it. */
  private pluginVersions(item: Item): void {
    for (const { plugin, all } of requiredPlugins(item)) {
      const [first] = all;
      if (first) this.plugins.push(first);
      if (all.some(({ name }) => BUILT_IN_PLUGINS.includes(name))) continue;
      const names = all.map(({ name }) => `"${name}"`).join(' or ');
      this.notice(plugin.at, `needs the plug-in ${names}; rules of its source are left out`, 'LOAD_WARNING_EXTENSION');
    }
  }

  private listItem(name: string, item: Item): void {
    this.unknown(item, ['list', 'items', 'append', 'override']);
    if (!LIST_NAME.test(name)) {
      this.notice(
        item.at,
        `list "${name}" has a name that no condition can use: one word only`,
        'LOAD_INVALID_LIST_NAME',
      );
    }
    const items = item.texts('items');
    if (!items)
      throw fail('WG_RULES_KEY', { item: item.label, key: 'items', expected: 'a list of texts' }, { at: item.at });
    const values = items.map(valueOperand);
    if (this.mode(item, 'items') !== 'append') {
      this.lists.set(name, { at: item.at, items: values });
      return;
    }
    const before = this.lists.get(name);
    if (!before) throw this.noPrevious('list', 'append to', name, item, this.lists.keys());
    this.lists.set(name, { at: before.at, items: [...before.items, ...values] });
  }

  private macroItem(name: string, item: Item): void {
    this.unknown(item, ['macro', 'condition', 'append', 'override']);
    if (!NAME.test(name))
      this.notice(
        item.at,
        `macro "${name}" has a name that no condition can use: letters, digits and _ only`,
        'LOAD_INVALID_MACRO_NAME',
      );
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
    if (!override) return this.appends(item) ? 'append' : 'define';
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
    else if (this.appends(item)) this.append(name, item, before);
    else if (before && onlyEnabled(item)) this.switch(before, item);
    else this.define(name, item, source ?? before?.source ?? 'syscall');
  }

  private appends(item: Item): boolean {
    if (!item.flag('append')) return false;
    const at = item.place('append');
    this.notice(at, `the key "append" of ${item.label} is old; write "override" with "append"`, 'LOAD_DEPRECATED_ITEM');
    return true;
  }

  private switch(before: Draft, item: Item): void {
    const at = item.place('enabled');
    const text = `"enabled" alone in ${item.label} is old; add "override" with "enabled: replace"`;
    this.notice(at, text, 'LOAD_DEPRECATED_ITEM');
    this.rules.set(before.name, { ...before, enabled: item.flag('enabled') ?? before.enabled });
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
      capture: item.flag('capture') ?? false,
      captureDuration: item.number('capture_duration') ?? 0,
      at: item.at,
    });
  }

  private exceptions(rule: string, list: ListNode | undefined): Exception[] {
    const all = readExceptions(list, rule, false);
    const names = new Set<string>();
    for (const { name, item } of all) {
      this.unknown(item, EXCEPTION_KEYS);
      if (names.has(name)) {
        const text = `exception "${name}" of rule "${rule}" is defined more than once`;
        this.notice(item.at, text, 'LOAD_EXCEPTION_NAME_NOT_UNIQUE', { type: 'exception', name });
      }
      names.add(name);
    }
    return all;
  }

  private append(name: string, item: Item, before: Draft | undefined): void {
    if (!before) throw this.noPrevious('rule', 'append to', name, item, this.rules.keys());
    const keys = ['condition', 'exceptions'].filter((key) => item.has(key));
    if (keys.length === 0) throw fail('WG_RULES_APPEND', { item: item.label }, { at: item.at });
    this.emptyExceptions(item);
    let draft = before;
    for (const key of keys) draft = { ...draft, ...ruleKeys[key]?.apply(draft, item, true) };
    this.rules.set(name, draft);
  }

  private override(name: string, item: Item, override: Item, before: Draft | undefined): void {
    const actions = overrideActions(item, override);
    if (actions.get('exceptions') === true) this.emptyExceptions(item);
    if (!before) {
      const action = [...actions.values()].includes(true) ? 'append to' : 'replace';
      throw this.noPrevious('rule', action, name, item, this.rules.keys());
    }
    let draft = before;
    for (const [key, append] of actions) draft = { ...draft, ...ruleKeys[key]?.apply(draft, item, append) };
    this.rules.set(name, draft);
  }

  /** Appended exceptions that bring neither values nor fields do nothing. */
  private emptyExceptions(item: Item): void {
    for (const { name, item: at, values, fields } of readExceptions(item.list('exceptions'), item.label, true)) {
      this.unknown(at, EXCEPTION_KEYS);
      if (values.length > 0 || fields !== undefined) continue;
      const text = `nothing is appended to exception "${name}" of ${item.label}: it has no values`;
      this.notice(at.at, text, 'LOAD_APPEND_NO_VALUES', { type: 'exception', name });
    }
  }

  private unknown(item: Item, known: readonly string[]): void {
    for (const { key, hint, at } of item.unknownKeys(known))
      this.notice(at, `${item.label} has an unknown key "${key}"${hint}`, 'LOAD_UNKNOWN_ITEM');
  }

  private noPrevious(kind: string, action: string, name: string, item: Item, names: Iterable<string>): Error {
    return fail('WG_RULES_NO_PREVIOUS', { kind, action, name, hint: didYouMean(name, names) }, { at: item.at });
  }
}

/**
 * Reads `waspglass.yaml`: every key must be an option, every value of its kind; an error names file, line and, for an
 * unknown key, the nearest option. All errors of the file are collected, so that one run shows them all.
 */
import { readFileSync } from 'node:fs';
import { didYouMean, messageOf, systemCode, WaspglassError } from '@waspglass/kit';
import { accountSets } from '@waspglass/victim';
import { isAlias, isMap, isPair, isScalar, LineCounter, type Node, parseDocument, type YAMLMap } from 'yaml';
import { fail } from '../errors.ts';
import { type Config, type OptionName, options } from './options.ts';
import { ruleChoiceOf } from './rule-options.ts';

export const DEFAULT_CONFIG_FILE = '/etc/waspglass/waspglass.yaml';
const MAX_BYTES = 1 << 20;

export interface ConfigResult {
  readonly config: Config;
  readonly errors: readonly WaspglassError[];
}

/** Reads the file; a missing default file means all defaults. Throws the first error. */
export function loadConfig(file: string | undefined): Config {
  const { config, errors } = checkConfig(file);
  const first = errors[0];
  if (first !== undefined) throw first;
  return config;
}

export function checkConfig(file: string | undefined): ConfigResult {
  const name = file ?? DEFAULT_CONFIG_FILE;
  let source: string;
  try {
    source = readFileSync(name, 'utf8');
  } catch (error) {
    if (file === undefined && systemCode(error) === 'ENOENT') return { config: withDefaults({}), errors: [] };
    throw fail('WG_CONFIG_UNREADABLE', { reason: messageOf(error) }, { at: { file: name }, cause: error });
  }
  return parseConfig(source, name);
}

export function parseConfig(source: string, file: string): ConfigResult {
  const reader = new Reader(file);
  if (source.length > MAX_BYTES) {
    reader.errors.push(fail('WG_CONFIG_SYNTAX', { reason: `longer than ${MAX_BYTES} bytes` }, { at: { file } }));
    return { config: withDefaults({}), errors: reader.errors };
  }
  const document = parseDocument(source, { lineCounter: reader.lines, uniqueKeys: false });
  for (const e of document.errors) {
    const { line, col } = reader.lines.linePos(e.pos[0]);
    const reason = e.message.split('\n')[0] ?? '';
    reader.errors.push(fail('WG_CONFIG_SYNTAX', { reason }, { at: { file, line, column: col } }));
  }
  if (reader.errors.length === 0 && document.contents !== null) reader.section(document.contents, '');
  const config = withDefaults(reader.values);
  reader.together(config);
  return { config, errors: reader.errors };
}

/** Defaults, then the given values, then what follows from them: directories from the instance, accounts from their set. */
export function withDefaults(values: Readonly<Record<string, unknown>>): Config {
  const all: Record<string, unknown> = {};
  for (const [name, option] of Object.entries(options)) all[name] = values[name] ?? option.default;
  if (all.state_directory === '') all.state_directory = `/var/lib/${String(all.instance)}`;
  if (all.run_directory === '') all.run_directory = `/run/${String(all.instance)}`;
  const set = accountSets[all['victim.account_set'] as keyof typeof accountSets];
  if (Array.isArray(all['victim.accounts']) && all['victim.accounts'].length === 0) all['victim.accounts'] = set;
  return all as Config;
}

class Reader {
  readonly values: Record<string, unknown> = {};
  readonly errors: WaspglassError[] = [];
  readonly lines = new LineCounter();
  private readonly file: string;

  constructor(file: string) {
    this.file = file;
  }

  section(node: Node, prefix: string): void {
    if (!isMap(node)) {
      const expected = prefix === '' ? 'a mapping of options' : `a mapping of ${prefix}… options`;
      const found = `found ${describe(node)}`;
      this.errors.push(fail('WG_CONFIG_WRONG_VALUE', { found, expected }, this.at(node)));
      return;
    }
    for (const item of (node as YAMLMap<Node, Node | null>).items)
      if (isPair(item)) this.pair(item.key, item.value, prefix);
  }

  /** What only several options together can get wrong. */
  together(config: Config): void {
    try {
      ruleChoiceOf(config);
    } catch (error) {
      if (!(error instanceof WaspglassError)) throw error;
      this.errors.push(new WaspglassError(error.code, error.text, { file: this.file }));
    }
  }

  private pair(key: Node, value: Node | null, prefix: string): void {
    const name = `${prefix}${isScalar(key) ? String(key.value) : '?'}`;
    if (isOption(name)) this.option(name, key, value);
    else if (isSection(name) && value !== null) this.section(value, `${name}.`);
    else if (!isSection(name)) {
      const suggestion = didYouMean(name, [...Object.keys(options), ...sections]);
      this.errors.push(fail('WG_CONFIG_UNKNOWN_OPTION', { name, suggestion }, this.at(key)));
    }
  }

  private option(name: OptionName, key: Node, value: Node | null): void {
    if (name in this.values) {
      this.errors.push(fail('WG_CONFIG_DUPLICATE', { name }, this.at(key)));
      return;
    }
    const plain = value === null || isAlias(value) ? null : value.toJSON();
    const { kind } = options[name];
    const parsed = kind.parse(plain);
    if (parsed === undefined) {
      const found = `${name}: found ${describe(value)}`;
      this.errors.push(fail('WG_CONFIG_WRONG_VALUE', { found, expected: kind.expected }, this.at(value ?? key)));
    } else this.values[name] = parsed;
  }

  private at(node: Node) {
    const { line, col } = this.lines.linePos(node.range?.[0] ?? 0);
    return { at: { file: this.file, line, column: col } };
  }
}

const sections: ReadonlySet<string> = new Set(
  Object.keys(options)
    .filter((name) => name.includes('.'))
    .map((name) => name.slice(0, name.lastIndexOf('.'))),
);

function isSection(name: string): boolean {
  return sections.has(name);
}

function isOption(name: string): name is OptionName {
  return Object.hasOwn(options, name);
}

/** Passwords may stand in a wrong value: lists and mappings are named, not shown. */
function describe(node: Node | null): string {
  if (node === null) return 'nothing';
  if (isScalar(node)) return JSON.stringify(node.value) ?? 'nothing';
  return isMap(node) ? 'a mapping' : isAlias(node) ? 'an alias' : 'a list that does not fit';
}

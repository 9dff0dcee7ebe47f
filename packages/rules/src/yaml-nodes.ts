/**
 * YAML → plain nodes with places, within limits. Every scalar stays text as it is written: a list item `0x10` or `no`
 * is that text. Aliases are resolved here, each counted, so a file cannot unfold itself into gigabytes.
 */
import type { Place } from '@waspglass/kit';
import type { Locate } from '@waspglass/lang';
import { isAlias, isMap, isScalar, isSeq, parseAllDocuments, type Scalar, type Node as YamlNode } from 'yaml';
import { fail } from './errors.ts';
import { placesIn, type ScalarStyle, textLocator } from './yaml-places.ts';
import { readPlainYaml } from './yaml-plain.ts';

/**
 * Falco's own files have at most 0.1 MB. In the form that rule files are written in, a file may be long; the full YAML
 * parser takes some 3 s for each MB.
 */
export const yamlLimits = { bytes: 16 << 20, fullBytes: 2 << 20, nodes: 2_000_000, depth: 40, aliases: 100 } as const;

export interface TextNode {
  readonly kind: 'text';
  readonly at: Place;
  readonly text: string;
  /** Written in quotes or as a block. */
  readonly quoted: boolean;
  /** Place of a character of the text. */
  readonly locate: Locate;
}

export interface ListNode {
  readonly kind: 'list';
  readonly at: Place;
  readonly items: readonly Node[];
}

export interface MapEntry {
  readonly at: Place;
  readonly value: Node;
}

export interface MapNode {
  readonly kind: 'map';
  readonly at: Place;
  readonly entries: ReadonlyMap<string, MapEntry>;
}

/** Nothing behind a key. */
export interface EmptyNode {
  readonly kind: 'empty';
  readonly at: Place;
}

export type Node = TextNode | ListNode | MapNode | EmptyNode;

/** The documents of a file. */
export function readYaml(text: string, file: string): Node[] {
  if (text.length > yamlLimits.bytes) throw tooLong(file, yamlLimits.bytes);
  const place = placesIn(text, file);
  const plain = readPlainYaml(text, place, yamlLimits);
  if (plain) return plain;
  if (text.length > yamlLimits.fullBytes) throw tooLong(file, yamlLimits.fullBytes);
  return readFullYaml(text, file, place);
}

/** The same by the full parser, whatever form the text has. */
export function readFullYaml(text: string, file: string, place: (offset: number) => Place): Node[] {
  const reader = new NodeReader(text, place);
  const nodes: Node[] = [];
  for (const document of parseDocuments(text, file)) {
    const [error] = document.errors;
    if (error) {
      const reason = error.message.split('\n')[0]?.replace(/ at line \d+, column \d+:?$/, '') ?? '';
      throw fail('WG_RULES_YAML', { reason }, { at: reader.place(error.pos[0]) });
    }
    if (document.contents) nodes.push(reader.read(document.contents as YamlNode, (alias) => alias.resolve(document)));
  }
  return nodes;
}

function tooLong(file: string, limit: number): Error {
  return fail('WG_RULES_LIMIT', { what: 'the size', limit: `${limit} characters` }, { at: { file } });
}

function parseDocuments(text: string, file: string) {
  try {
    // Every scalar stays text: nothing is to be guessed.
    const options = { prettyErrors: false, uniqueKeys: true, logLevel: 'silent', schema: 'failsafe' } as const;
    const documents = parseAllDocuments(text, options);
    return Array.isArray(documents) ? documents : [];
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw fail('WG_RULES_LIMIT', { what: 'the nesting', limit: yamlLimits.depth }, { at: { file }, cause });
  }
}

type Resolve = (alias: import('yaml').Alias) => YamlNode | undefined;

class NodeReader {
  readonly place: (offset: number) => Place;
  private readonly text: string;
  private nodes = 0;
  private aliases = 0;
  private depth = 0;

  constructor(text: string, place: (offset: number) => Place) {
    this.text = text;
    this.place = place;
  }

  read(node: YamlNode | null, resolve: Resolve, fallback = 0): Node {
    const at = this.place(node?.range?.[0] ?? fallback);
    if (++this.nodes > yamlLimits.nodes)
      throw fail('WG_RULES_LIMIT', { what: 'the number of nodes', limit: yamlLimits.nodes }, { at });
    if (++this.depth > yamlLimits.depth)
      throw fail('WG_RULES_LIMIT', { what: 'the nesting', limit: yamlLimits.depth }, { at });
    const result = this.convert(node, at, resolve);
    this.depth--;
    return result;
  }

  private convert(node: YamlNode | null, at: Place, resolve: Resolve): Node {
    if (isAlias(node)) {
      if (++this.aliases > yamlLimits.aliases)
        throw fail('WG_RULES_LIMIT', { what: 'the number of aliases', limit: yamlLimits.aliases }, { at });
      const target = resolve(node);
      if (!target) throw fail('WG_RULES_YAML', { reason: `no anchor "${node.source}"` }, { at });
      return this.read(target, resolve);
    }
    if (isMap(node)) return { kind: 'map', at, entries: this.entries(node.items as Pairs, resolve) };
    if (isSeq(node))
      return {
        kind: 'list',
        at,
        items: node.items.map((item) => this.read(item as YamlNode, resolve, node.range?.[0])),
      };
    if (!isScalar(node)) return { kind: 'empty', at };
    return this.scalar(node, at);
  }

  private entries(pairs: Pairs, resolve: Resolve): Map<string, MapEntry> {
    const entries = new Map<string, MapEntry>();
    for (const { key, value } of pairs) {
      const name = this.read(key, resolve);
      if (name.kind !== 'text')
        throw fail('WG_RULES_ITEM', { found: `a ${name.kind} as a key`, expected: 'a text' }, { at: name.at });
      entries.set(name.text, { at: name.at, value: this.read(value, resolve, key?.range?.[1]) });
    }
    return entries;
  }

  private scalar(node: Scalar, at: Place): Node {
    const { source, value, type } = node;
    const quoted = type !== 'PLAIN';
    if (!quoted && (source === undefined || EMPTY.includes(source))) {
      return { kind: 'empty', at };
    }
    const text = typeof value === 'string' ? value : (source ?? String(value));
    const start = node.range?.[0] ?? 0;
    const style = STYLES[type ?? 'PLAIN'] ?? 'plain';
    return {
      kind: 'text',
      at,
      text,
      quoted,
      locate: textLocator(text, this.text, { start, end: node.range?.[1] ?? start, style }, this.place),
    };
  }
}

const STYLES: Readonly<Record<string, ScalarStyle>> = {
  BLOCK_FOLDED: 'block',
  BLOCK_LITERAL: 'block',
  QUOTE_DOUBLE: 'double',
  QUOTE_SINGLE: 'single',
};

/** Plain scalars that stand for no value. */
const EMPTY: readonly string[] = ['', '~', 'null'];

type Pairs = readonly { readonly key: YamlNode | null; readonly value: YamlNode | null }[];

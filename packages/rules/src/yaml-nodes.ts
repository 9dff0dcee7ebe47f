/**
 * YAML → plain nodes with places, within limits. Every scalar stays text as it is written: a list item `0x10` or `no`
 * is that text. Aliases are resolved here, each counted, so a file cannot unfold itself into gigabytes.
 */
import type { Place } from '@waspglass/kit';
import type { Locate } from '@waspglass/lang';
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseAllDocuments,
  type Scalar,
  type Node as YamlNode,
} from 'yaml';
import { fail } from './errors.ts';

/** Falco's own files have at most 0.2 MB; the YAML parser takes about 3 s for each MB. */
export const yamlLimits = { bytes: 2 << 20, nodes: 200_000, depth: 40, aliases: 100 } as const;

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
  if (text.length > yamlLimits.bytes) {
    throw fail('WG_RULES_LIMIT', { what: 'the size', limit: `${yamlLimits.bytes} characters` }, { at: { file } });
  }
  const lines = new LineCounter();
  const documents = parseDocuments(text, file, lines);
  const reader = new NodeReader(text, file, lines);
  const nodes: Node[] = [];
  for (const document of documents) {
    const [error] = document.errors;
    if (error) {
      const reason = error.message.split('\n')[0]?.replace(/ at line \d+, column \d+:?$/, '') ?? '';
      throw fail('WG_RULES_YAML', { reason }, { at: reader.place(error.pos[0]) });
    }
    if (document.contents) nodes.push(reader.read(document.contents as YamlNode, (alias) => alias.resolve(document)));
  }
  return nodes;
}

function parseDocuments(text: string, file: string, lineCounter: LineCounter) {
  try {
    const documents = parseAllDocuments(text, {
      lineCounter,
      prettyErrors: true,
      uniqueKeys: true,
      logLevel: 'silent',
    });
    return Array.isArray(documents) ? documents : [];
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw fail('WG_RULES_LIMIT', { what: 'the nesting', limit: yamlLimits.depth }, { at: { file }, cause });
  }
}

type Resolve = (alias: import('yaml').Alias) => YamlNode | undefined;

class NodeReader {
  private readonly text: string;
  private readonly file: string;
  private readonly lines: LineCounter;
  private nodes = 0;
  private aliases = 0;
  private depth = 0;

  constructor(text: string, file: string, lines: LineCounter) {
    this.text = text;
    this.file = file;
    this.lines = lines;
  }

  place(offset: number): Place {
    const { line, col } = this.lines.linePos(offset);
    return { file: this.file, line: Math.max(1, line), column: Math.max(1, col) };
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
    if (value === null && !quoted && (source === '' || source === undefined || source === '~' || source === 'null')) {
      return { kind: 'empty', at };
    }
    const text = typeof value === 'string' ? value : (source ?? String(value));
    const start = node.range?.[0] ?? 0;
    return {
      kind: 'text',
      at,
      text,
      quoted,
      locate: this.locator(text, start, node.range?.[1] ?? start, type ?? 'PLAIN'),
    };
  }

  /**
   * Folding changes white space only: the n-th visible character of the text is the n-th visible one of the source. In
   * double quotes with escapes the place is that of the scalar.
   */
  private locator(text: string, start: number, end: number, type: string): Locate {
    let from = start;
    if (type === 'BLOCK_FOLDED' || type === 'BLOCK_LITERAL') from = this.text.indexOf('\n', start) + 1;
    else if (type !== 'PLAIN') from = start + 1;
    const source = this.text.slice(from, end);
    if (type === 'QUOTE_DOUBLE' && source.includes('\\')) return () => this.place(start);
    let textAt = 0;
    let sourceAt = 0;
    return (offset) => {
      if (offset < textAt) textAt = sourceAt = 0;
      for (; textAt < offset; textAt++) {
        if (/\s/.test(text.charAt(textAt))) continue;
        sourceAt = skipBlank(source, sourceAt) + 1;
      }
      return this.place(from + skipBlank(source, sourceAt));
    };
  }
}

type Pairs = readonly { readonly key: YamlNode | null; readonly value: YamlNode | null }[];

function skipBlank(text: string, at: number): number {
  let i = at;
  while (i < text.length && /\s/.test(text.charAt(i))) i++;
  return i;
}

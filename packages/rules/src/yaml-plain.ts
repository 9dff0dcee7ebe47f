/**
 * The YAML that rule files are written in, read in one pass: block lists and mappings with plain keys, flow lists, plain,
 * quoted and block scalars, comments. Whatever else YAML has, and every mistake, is `undefined`: the full parser reads it
 * then, and says what is wrong. Both give the same nodes with the same places.
 */
import type { Place } from '@waspglass/kit';
import type { EmptyNode, ListNode, MapEntry, MapNode, Node, TextNode } from './yaml-nodes.ts';
import { type ScalarStyle, textLocator } from './yaml-places.ts';

export interface PlainLimits {
  readonly nodes: number;
  readonly depth: number;
}

/** The file's node in a list of one, none for a file without content; undefined: not in this form. */
export function readPlainYaml(text: string, place: (offset: number) => Place, limits: PlainLimits): Node[] | undefined {
  if (/[\r\t\ufeff]|^(?:\.\.\.|%|\n*---.)/m.test(text)) return undefined;
  const reader = new PlainReader(text, place, limits);
  try {
    return reader.document();
  } catch (error) {
    if (error === OTHER) return undefined;
    throw error;
  }
}

/** Thrown where the text leaves the plain form. */
const OTHER = Symbol('not plain YAML');

const KEY = /[A-Za-z_][A-Za-z0-9_.-]*(?=:(?: |\n|$))/y;
/** Text that ends before a comment, and, in a flow list, before what separates its items. */
const PLAIN = /(?:[^\s#,[\]{}&*!|>'"%@`:?-]|[:?-](?=[^\s,[\]{}]))(?:[^\n:#]|:(?=\S)|(?<=\S)#)*/y;
const PLAIN_REST = /(?:[^\s:#]|:(?=\S))(?:[^\n:#]|:(?=\S)|(?<=\S)#)*/y;
const FLOW_PLAIN = /(?:[^\s#,[\]{}&*!|>'"%@`:?-]|[:?-](?=[^\s,[\]{}]))(?:[^\n,[\]{}:#]|:(?=[^\s,[\]{}])|(?<=\S)#)*/y;
const SINGLE = /'((?:[^'\n]|'')*)'/y;
const DOUBLE = /"((?:[^"\\\n]|\\["\\/nt])*)"/y;
const BLOCK = /([|>])([+-]?) *(?=\n|$)/y;
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t' };
const EMPTY: readonly string[] = ['~', 'null'];

class PlainReader {
  private readonly text: string;
  private readonly place: (offset: number) => Place;
  private readonly limits: PlainLimits;
  private at = 0;
  private nodes = 0;
  private depth = 0;

  constructor(text: string, place: (offset: number) => Place, limits: PlainLimits) {
    this.text = text;
    this.place = place;
    this.limits = limits;
  }

  document(): Node[] {
    this.skipToContent();
    if (this.text.startsWith('---', this.at) && this.column() === 0) {
      this.at += 3;
      if (this.restOfLine() !== '') throw OTHER;
      this.skipToContent();
      if (this.at >= this.text.length) throw OTHER;
    }
    if (this.at >= this.text.length) return [];
    const node = this.block(this.column());
    this.skipToContent();
    if (this.at < this.text.length) throw OTHER;
    return [node];
  }

  /** The node that begins here, at column `indent` of its line. */
  private block(indent: number): Node {
    if (this.text.startsWith('---', this.at) && indent === 0) throw OTHER;
    this.count();
    if (++this.depth > this.limits.depth) throw OTHER;
    const node = this.isItem() ? this.list(indent) : this.isKey() ? this.map(indent) : this.inline(indent - 1);
    this.depth--;
    return node;
  }

  private list(indent: number): ListNode {
    const start = this.at;
    const items: Node[] = [];
    do {
      const end = ++this.at;
      this.skipSpaces();
      items.push(this.endsLine() ? this.below(indent + 1, end) : this.block(this.column()));
      this.skipToContent();
    } while (this.column() === indent && this.isItem());
    this.mayNotBeDeeper(indent);
    return { kind: 'list', at: this.place(start), items };
  }

  private map(indent: number): MapNode {
    const start = this.at;
    const entries = new Map<string, MapEntry>();
    do {
      const at = this.at;
      const key = this.match(KEY)?.[0] ?? '';
      if (entries.has(key) || EMPTY.includes(key)) throw OTHER;
      this.count();
      const end = ++this.at;
      this.skipSpaces();
      entries.set(key, {
        at: this.place(at),
        value: this.endsLine() ? this.behindKey(indent, end) : this.value(indent),
      });
      this.skipToContent();
    } while (this.column() === indent && this.isKey());
    this.mayNotBeDeeper(indent);
    return { kind: 'map', at: this.place(start), entries };
  }

  private value(indent: number): Node {
    this.count();
    return this.inline(indent);
  }

  /** A list may stand as deep as the key that it belongs to. */
  private behindKey(indent: number, end: number): Node {
    this.skipToContent();
    return this.below(this.isItem() && this.column() === indent ? indent : indent + 1, end);
  }

  /** The node of the lines below, when they are at least so deep. */
  private below(indent: number, fallback: number): Node {
    this.skipToContent();
    if (this.at < this.text.length && this.column() >= indent) return this.block(this.column());
    this.count();
    return this.empty(fallback);
  }

  private empty(at: number): EmptyNode {
    return { kind: 'empty', at: this.place(at) };
  }

  /** A scalar or flow list whose further lines are deeper than `indent`, up to the end of its last line. */
  private inline(indent: number): Node {
    const c = this.text.charAt(this.at);
    if (c === '|' || c === '>') return this.blockScalar(indent);
    if (c === '[') return this.ended(this.flow(indent));
    if (c === '"' || c === "'") return this.ended(this.quoted());
    return this.plain(indent);
  }

  private plain(indent: number): Node {
    const start = this.at;
    const first = this.match(PLAIN);
    if (first === null) throw OTHER;
    let text = first[0].trimEnd();
    let end = start + text.length;
    for (;;) {
      const open = this.text.charAt(this.at) === '\n' || this.at >= this.text.length;
      if (!open && this.text.charAt(this.at) !== '#') throw OTHER;
      const from = this.at;
      const blank = this.skipToContent();
      if (this.at >= this.text.length || this.column() <= indent) break;
      if (!open || blank < 0) throw OTHER;
      const line = this.match(PLAIN_REST)?.[0].trimEnd();
      if (line === undefined || from === this.at) throw OTHER;
      text += (blank > 0 ? '\n'.repeat(blank) : ' ') + line;
      end = this.at - (this.text.slice(from, this.at).length - this.text.slice(from, this.at).trimEnd().length);
    }
    if (EMPTY.includes(text)) return this.empty(start);
    return this.scalar(text, start, end, 'plain');
  }

  private quoted(): TextNode {
    const start = this.at;
    const single = this.match(SINGLE);
    if (single) return this.scalar((single[1] ?? '').replaceAll("''", "'"), start, this.at, 'single');
    const double = this.match(DOUBLE);
    if (!double) throw OTHER;
    const text = (double[1] ?? '').replace(/\\(.)/g, (_, c: string) => ESCAPES[c] ?? c);
    return this.scalar(text, start, this.at, 'double');
  }

  private flow(indent: number): ListNode {
    const start = this.at++;
    const items: Node[] = [];
    if (++this.depth > this.limits.depth) throw OTHER;
    for (;;) {
      this.skipInFlow(indent);
      if (this.text.charAt(this.at) === ']') break;
      this.count();
      items.push(this.flowItem(indent));
      this.skipInFlow(indent);
      if (this.text.charAt(this.at) === ']') break;
      if (this.text.charAt(this.at++) !== ',') throw OTHER;
    }
    this.at++;
    this.depth--;
    return { kind: 'list', at: this.place(start), items };
  }

  private flowItem(indent: number): Node {
    const c = this.text.charAt(this.at);
    if (c === '[') return this.flow(indent);
    if (c === '"' || c === "'") return this.quoted();
    const start = this.at;
    const text = this.match(FLOW_PLAIN)?.[0].trimEnd();
    if (text === undefined || text.startsWith('---')) throw OTHER;
    if (EMPTY.includes(text)) return this.empty(start);
    return this.scalar(text, start, start + text.length, 'plain');
  }

  private blockScalar(indent: number): TextNode {
    const start = this.at;
    const header = this.match(BLOCK);
    if (!header) throw OTHER;
    this.at++;
    const [, style = '|', chomp = ''] = header;
    const lines: string[] = [];
    let deep = -1;
    let last = this.at;
    while (this.at < this.text.length) {
      const end = this.lineEnd();
      const own = this.indentAt(this.at);
      if (this.at + own < end) {
        if (deep < 0) deep = own;
        if (own < deep || own <= indent) break;
        lines.push(this.text.slice(this.at + deep, end));
        last = end + 1;
      } else {
        if (own > 0) throw OTHER;
        lines.push('');
      }
      this.at = end + 1;
    }
    if (deep <= indent) throw OTHER;
    this.at = Math.min(this.at, this.text.length);
    const text = chomped(style === '|' ? lines : folded(lines), chomp);
    const end = chomp === '+' ? this.at : Math.min(last, this.text.length);
    return this.scalar(text, start, end, 'block');
  }

  private scalar(text: string, start: number, end: number, style: ScalarStyle): TextNode {
    const { place } = this;
    const locate = textLocator(text, this.text, { start, end, style }, place);
    return { kind: 'text', at: place(start), text, quoted: style !== 'plain', locate };
  }

  /** Nothing but a comment may follow on the line. */
  private ended<T extends Node>(node: T): T {
    const rest = this.restOfLine();
    if (rest !== '' && !/^ +#/.test(rest) && rest.trim() !== '') throw OTHER;
    this.at = this.lineEnd();
    return node;
  }

  /** What is deeper than the lines before it, and no part of them. */
  private mayNotBeDeeper(indent: number): void {
    if (this.at < this.text.length && this.column() > indent) throw OTHER;
  }

  private skipInFlow(indent: number): void {
    this.skipSpaces();
    while (this.at < this.text.length && /[\n#]/.test(this.text.charAt(this.at))) {
      if (this.text.charAt(this.at) === '#' && !/[\s]/.test(this.text.charAt(this.at - 1))) throw OTHER;
      this.skipToContent();
      const least = this.text.charAt(this.at) === ']' ? indent : indent + 1;
      if (this.column() < least) throw OTHER;
    }
  }

  /** To the next character that is neither white nor in a comment; empty lines on the way, -1 when a comment was. */
  private skipToContent(): number {
    let blank = -1;
    let comment = false;
    for (;;) {
      this.skipSpaces();
      const c = this.text.charAt(this.at);
      if (c === '\n') {
        blank++;
        this.at++;
      } else if (c === '#') {
        comment = true;
        this.at = this.lineEnd();
      } else return comment ? -1 : Math.max(blank, 0);
    }
  }

  private skipSpaces(): void {
    while (this.text.charCodeAt(this.at) === 32) this.at++;
  }

  private isItem(): boolean {
    return this.text.charAt(this.at) === '-' && /^[ \n]?$/.test(this.text.charAt(this.at + 1));
  }

  private isKey(): boolean {
    KEY.lastIndex = this.at;
    return KEY.test(this.text);
  }

  /** Whether nothing but a comment is left of the line. */
  private endsLine(): boolean {
    const c = this.text.charAt(this.at);
    return c === '\n' || c === '' || (c === '#' && this.text.charAt(this.at - 1) === ' ');
  }

  private match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (found) this.at += found[0].length;
    return found;
  }

  private restOfLine(): string {
    return this.text.slice(this.at, this.lineEnd());
  }

  private lineEnd(): number {
    const end = this.text.indexOf('\n', this.at);
    return end < 0 ? this.text.length : end;
  }

  private indentAt(start: number): number {
    let i = start;
    while (this.text.charCodeAt(i) === 32) i++;
    return i - start;
  }

  private column(): number {
    return this.at - (this.text.lastIndexOf('\n', this.at - 1) + 1);
  }

  private count(): void {
    if (++this.nodes > this.limits.nodes) throw OTHER;
  }
}

/** Lines of equal depth become one; an empty line between them a line break; deeper ones stay lines. */
function folded(lines: readonly string[]): string[] {
  const out: string[] = [];
  let joins = false;
  let empty = 0;
  for (const line of lines) {
    if (line === '') {
      empty++;
      continue;
    }
    const deeper = line.startsWith(' ');
    const last = out.length - 1;
    if (joins && !deeper && empty === 0) out[last] += ` ${line}`;
    else {
      const breaks = joins && !deeper ? empty - 1 : empty;
      for (let i = 0; i < breaks; i++) out.push('');
      out.push(line);
    }
    joins = !deeper;
    empty = 0;
  }
  for (let i = 0; i < empty; i++) out.push('');
  return out;
}

/** Line breaks at the end: one, none with `-`, all with `+`. */
function chomped(lines: readonly string[], chomp: string): string {
  let end = lines.length;
  while (chomp !== '+' && end > 0 && lines[end - 1] === '') end--;
  const text = lines.slice(0, end).join('\n');
  return chomp === '-' || end === 0 ? text : `${text}\n`;
}

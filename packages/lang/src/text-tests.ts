/** Tests of one text against the value of a comparison. Each is made once, at compile time. */
import { fail } from './errors.ts';
import type { OperatorName } from './operators.ts';
import { compileRegex } from './regex.ts';

export type TextTest = (text: string) => boolean;
export type ByteTest = (bytes: Uint8Array) => boolean;

const hex = /^(?:[0-9a-fA-F]{2})+$/;

const single: Partial<Record<OperatorName, (value: string) => TextTest>> = {
  '=': (v) => (t) => t === v,
  '==': (v) => (t) => t === v,
  '!=': (v) => (t) => t !== v,
  contains: (v) => (t) => t.includes(v),
  icontains: (v) => lowered(v, (t, w) => t.includes(w)),
  startswith: (v) => (t) => t.startsWith(v),
  istartswith: (v) => lowered(v, (t, w) => t.startsWith(w)),
  endswith: (v) => (t) => t.endsWith(v),
  iendswith: (v) => lowered(v, (t, w) => t.endsWith(w)),
  glob: (v) => compileGlob(v),
  iglob: (v) => lowered(v, (t, w) => compileGlob(w)(t)),
  regex: (v) => compileRegex(v),
};

function lowered(value: string, test: (text: string, value: string) => boolean): TextTest {
  const low = value.toLowerCase();
  return (t) => test(t.toLowerCase(), low);
}

/** Test of a text operator with one value; undefined for operators on bytes or lists. */
export function textTest(op: OperatorName, value: string): TextTest | undefined {
  return single[op]?.(value);
}

/** Test of `bcontains` and `bstartswith`: their value is written in hexadecimal digits. */
export function byteTest(op: OperatorName, value: string): ByteTest | undefined {
  if (op !== 'bcontains' && op !== 'bstartswith') return undefined;
  if (!hex.test(value))
    throw fail('WG_FILTER_VALUE', { found: value, expected: 'pairs of hexadecimal digits', left: op });
  const needle = Uint8Array.from(value.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  if (op === 'bstartswith') return (bytes) => standsAt(needle, bytes, 0);
  return (bytes) => {
    const [first = 0] = needle;
    for (let i = bytes.indexOf(first); i >= 0; i = bytes.indexOf(first, i + 1))
      if (standsAt(needle, bytes, i)) return true;
    return false;
  };
}

function standsAt(needle: Uint8Array, bytes: Uint8Array, at: number): boolean {
  if (at + needle.length > bytes.length) return false;
  for (let i = 0; i < needle.length; i++) if (bytes[at + i] !== needle[i]) return false;
  return true;
}

/** Test of `in` and `intersects`. */
export function memberTest(values: readonly string[]): TextTest {
  const set = new Set(values);
  return (t) => set.has(t);
}

/** Test of `pmatch`: one of the values is the path itself or a directory above it; parts may hold wildcards. */
export function pathTest(values: readonly string[]): TextTest {
  const plain = new Set<string>();
  const patterns: TextTest[][] = [];
  for (const value of values) {
    const path = value.length > 1 ? value.replace(/\/+$/, '') : value;
    if (/[*?[]/.test(path)) patterns.push(path.split('/').map((part) => compileGlob(part)));
    else plain.add(path);
  }
  return (text) => {
    if (plain.has(text) || (plain.has('/') && text.startsWith('/'))) return true;
    for (let i = text.indexOf('/', 1); i > 0; i = text.indexOf('/', i + 1))
      if (plain.has(text.slice(0, i))) return true;
    if (patterns.length === 0) return false;
    const parts = text.split('/');
    return patterns.some((p) => p.length <= parts.length && p.every((test, i) => test(parts[i] ?? '')));
  };
}

type GlobPart = string | { readonly any: true } | { readonly negated: boolean; readonly ranges: string };

/** Shell pattern: `*`, `?`, `[a-z]`, `[!a]`, `\x`. Looks back to the last star only, so the work is bounded. */
export function compileGlob(pattern: string): TextTest {
  const parts = globParts(pattern);
  return (text) => {
    let t = 0;
    let p = 0;
    let star = -1;
    let mark = 0;
    while (t < text.length) {
      const part = parts[p];
      if (part === STAR) {
        star = p++;
        mark = t;
      } else if (part !== undefined && partMatches(part, text.charAt(t))) {
        t++;
        p++;
      } else if (star >= 0) {
        p = star + 1;
        t = ++mark;
      } else return false;
    }
    while (parts[p] === STAR) p++;
    return p === parts.length;
  };
}

const STAR: GlobPart = { any: true };
const ONE: GlobPart = { negated: true, ranges: '' };

function globParts(pattern: string): GlobPart[] {
  const parts: GlobPart[] = [];
  for (let i = 0; i < pattern.length; i++) {
    const c = pattern.charAt(i);
    const set = c === '[' ? /^\[([!^]?)(\]?[^\]]*)\]/.exec(pattern.slice(i, i + 256)) : null;
    if (set) {
      parts.push({ negated: set[1] !== '', ranges: set[2] ?? '' });
      i += set[0].length - 1;
    } else if (c === '*') {
      if (parts[parts.length - 1] !== STAR) parts.push(STAR);
    } else if (c === '?') parts.push(ONE);
    else parts.push(c === '\\' && i + 1 < pattern.length ? pattern.charAt(++i) : c);
  }
  return parts;
}

function partMatches(part: GlobPart, c: string): boolean {
  if (typeof part === 'string') return part === c;
  if ('any' in part) return true;
  const { ranges, negated } = part;
  for (let i = 0; i < ranges.length; i++) {
    const from = ranges.charAt(i);
    const isRange = ranges.charAt(i + 1) === '-' && i + 2 < ranges.length;
    if (isRange) i += 2;
    if (c >= from && c <= ranges.charAt(i)) return !negated;
  }
  return negated;
}

/**
 * Reads tokens of a filter's text one at a time, where the parser asks for them: what a character means depends on what
 * may stand there. Every step looks at each character a bounded number of times; the patterns are sticky and linear.
 */
import type { Place } from '@waspglass/kit';
import { fail } from './errors.ts';

const BLANK = /\s+/y;
const IDENTIFIER = /[a-zA-Z][a-zA-Z0-9_]*/y;
const FIELD = /[a-zA-Z][a-zA-Z0-9_]*(?:\.[a-zA-Z][a-zA-Z0-9_]*)+/y;
const ARGUMENT = /[^"'[\]]+/y;
const HEX = /0[xX][0-9a-fA-F]+/y;
const NUMBER = /[+-]?[0-9]+\.?[0-9]*(?:[eE][+-][0-9]+)?/y;
const BARE = /[^()"'\s=,]+/y;
const WORD = /[a-z]+/y;

/** Escapes of a quoted text, by the character behind the backslash. */
const ESCAPES: Readonly<Record<string, string>> = {
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  '\\': '\\',
  '/': '/',
  "'": "'",
  '"': '"',
};

export type Locate = (offset: number) => Place;

export class Scanner {
  pos = 0;
  readonly text: string;
  private readonly locate: Locate;

  constructor(text: string, locate: Locate = lineLocator(text)) {
    this.text = text;
    this.locate = locate;
  }

  get atEnd(): boolean {
    return this.pos >= this.text.length;
  }

  place(pos = this.pos): Place {
    return this.locate(pos);
  }

  /** Skips white space; whether there was any. */
  blank(): boolean {
    return this.match(BLANK) !== undefined;
  }

  /** Takes `text` if it stands here. */
  take(text: string): boolean {
    if (!this.text.startsWith(text, this.pos)) return false;
    this.pos += text.length;
    return true;
  }

  identifier = () => this.match(IDENTIFIER);
  field = () => this.match(FIELD);
  bare = () => this.match(BARE);
  number = () => this.match(HEX) ?? this.match(NUMBER);

  /** The lower-case word that stands here, not taken. */
  peekWord(): string {
    const word = this.match(WORD) ?? '';
    this.pos -= word.length;
    return word;
  }

  /** Argument in brackets behind a field's name, or undefined. */
  argument(): string | undefined {
    if (!this.take('[')) return undefined;
    const text = this.quoted() ?? this.match(ARGUMENT);
    if (text === undefined) throw this.unexpected('an argument');
    if (!this.take(']')) throw this.unexpected('"]"');
    return text;
  }

  /** A quoted text without its quotes and escapes. A quote right behind a backslash never ends it. */
  quoted(): string | undefined {
    const quote = this.text[this.pos];
    if (quote !== '"' && quote !== "'") return undefined;
    let end = this.text.indexOf(quote, this.pos + 1);
    while (end > 0 && this.text[end - 1] === '\\') end = this.text.indexOf(quote, end + 1);
    if (end < 0) {
      const start = this.pos;
      this.pos = this.text.length;
      throw this.unexpected(`the ${quote} that ends the text begun at ${shortPlace(this.place(start))}`);
    }
    const inner = this.unescape(this.pos + 1, end, quote);
    this.pos = end + 1;
    return inner;
  }

  /** `found X, expected Y` at the current position. */
  unexpected(expected: string): Error {
    const rest = this.text.slice(this.pos, this.pos + 24).replace(/\s+/g, ' ');
    const found = this.atEnd ? 'the end' : JSON.stringify(rest);
    return fail('WG_FILTER_SYNTAX', { found, expected }, { at: this.place() });
  }

  private unescape(from: number, to: number, quote: string): string {
    const raw = this.text.slice(from, to);
    if (!raw.includes('\\')) return raw;
    let out = '';
    const bytes: number[] = [];
    for (let i = 0; i < raw.length; i++) {
      const high = HIGH_BYTE.exec(raw.slice(i, i + 4));
      if (high) {
        bytes.push(Number.parseInt(high[1] ?? '', 16));
        i += 3;
        continue;
      }
      out += utf8(bytes);
      const c = raw.charAt(i);
      if (c !== '\\') {
        out += c;
        continue;
      }
      const next = raw.charAt(++i);
      const hex = next === 'x' ? /^[0-9a-fA-F]{2}/.exec(raw.slice(i + 1, i + 3)) : null;
      if ((next === '"' || next === "'") && next !== quote) {
        this.pos = from + i;
        throw this.unexpected(`no escape of ${next} between ${quote}`);
      }
      if (hex) {
        out += String.fromCharCode(Number.parseInt(hex[0], 16));
        i += 2;
      } else out += ESCAPES[next] ?? `\\${next}`;
    }
    return out + utf8(bytes);
  }

  private match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.pos;
    const found = pattern.exec(this.text);
    if (found === null) return undefined;
    this.pos += found[0].length;
    return found[0];
  }
}

function shortPlace(at: Place): string {
  return `${at.line ?? 1}:${at.column ?? 1}`;
}

/** Lines and columns of a text that stands alone. */
export function lineLocator(text: string, file?: string): Locate {
  let starts: number[] | undefined;
  return (offset) => {
    starts ??= lineStarts(text);
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    const place = { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
    return file === undefined ? place : { file, ...place };
  };
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let i = text.indexOf('\n'); i >= 0; i = text.indexOf('\n', i + 1)) starts.push(i + 1);
  return starts;
}

/** `\x80` to `\xff`. */
const HIGH_BYTE = /^\\x([89a-fA-F][0-9a-fA-F])$/;

/** The text of bytes, which are taken out of the list; what is no UTF-8 becomes U+FFFD, as in the values of fields. */
function utf8(bytes: number[]): string {
  return bytes.length === 0 ? '' : new TextDecoder().decode(Uint8Array.from(bytes.splice(0)));
}

/**
 * Values of fields as text and as JSON. Invariant: text made here with `safe` holds no control character, whatever an
 * attacker put into the field.
 */
import { escapeControl, sweeps, TextBuffer } from '@waspglass/kit';
import type { Field, FieldArgument, Symbols } from '@waspglass/lang';
import { addressText } from '@waspglass/state';

/** A field's value as JSON knows it; `bigint` stands for integers beyond 2^53 (see `stringifyJson`). */
export type JsonValue = string | number | bigint | boolean | null | readonly JsonValue[];

export type Getter<C, T> = (c: C) => T;

/** Writes a text; false when there is none, and then nothing is written. */
export type LineWriter<C> = (c: C, out: TextBuffer) => boolean;

/** Escaped texts kept per getter, by symbol: an attacker can make millions of symbols. */
const KEPT = 1024;
/** Bytes for a written text; more are made when one needs them. */
const ROOM = 256;

/** The field's text, null when it has no value. Escaped texts of symbols that were seen lately are kept. */
export function textGetter<C>(
  field: Field<C>,
  argument: FieldArgument,
  symbols: Symbols,
  safe: (text: string) => string,
): Getter<C, string | null> {
  const none: number[] = [];
  const { write } = field;
  if (write !== undefined) {
    const out = new TextBuffer(ROOM, safe);
    return (c) => {
      out.length = 0;
      return write(c, argument, out) ? out.since(0) : null;
    };
  }
  switch (field.kind) {
    case 'sym': {
      const text = field.print ?? symbolText(symbols);
      const ids = new Int32Array(KEPT);
      const texts: string[] = new Array(KEPT).fill('');
      let sweep = sweeps.count;
      return (c) => {
        const id = field.get(c, argument, none);
        if (id === 0) return null;
        if (sweep !== sweeps.count) {
          sweep = sweeps.count;
          ids.fill(0);
        }
        const slot = id & (KEPT - 1);
        if (ids[slot] === id) return texts[slot] ?? '';
        const made = safe(text(id));
        ids[slot] = id;
        texts[slot] = made;
        return made;
      };
    }
    case 'str':
      return (c) => {
        const value = field.get(c, argument, none);
        return value === null ? null : safe(field.print === undefined ? value : (field.print(value) ?? ''));
      };
    case 'num': {
      const text = field.print ?? String;
      return (c) => {
        const value = field.get(c, argument, none);
        return Number.isNaN(value) ? null : text(value);
      };
    }
    case 'big': {
      const text = field.print ?? String;
      return (c) => {
        const value = field.get(c, argument, none);
        return value === null ? null : text(value);
      };
    }
    case 'bool':
      return (c) => {
        const value = field.get(c, argument, none);
        return value < 0 ? null : value === 1 ? 'true' : 'false';
      };
    case 'addr':
      return (c) => {
        const id = field.get(c, argument, none);
        return id === 0 ? null : addressText(symbols.bytes(id));
      };
    case 'syms':
      return listText(field, argument, (id) => safe(symbols.text(id)));
    case 'addrs':
      return listText(field, argument, (id) => addressText(symbols.bytes(id)));
    case 'nums':
      return listText(field, argument, String);
  }
}

/** Writes the field's text to a buffer, which makes it safe; false when it has no value. */
export function textWriter<C>(field: Field<C>, argument: FieldArgument, symbols: Symbols): LineWriter<C> {
  const { write } = field;
  if (write !== undefined) return (c, out) => write(c, argument, out);
  const none: number[] = [];
  if (field.kind === 'sym' && field.print === undefined) {
    return (c, out) => {
      const id = field.get(c, argument, none);
      if (id !== 0) symbols.write(id, out);
      return id !== 0;
    };
  }
  if (field.kind === 'num' && field.print === undefined) {
    return (c, out) => {
      const value = field.get(c, argument, none);
      if (Number.isNaN(value)) return false;
      out.number(value);
      return true;
    };
  }
  const get =
    field.kind === 'str' && field.print === undefined
      ? (c: C) => field.get(c, argument, none)
      : textGetter(field, argument, symbols, (text) => text);
  return (c, out) => {
    const text = get(c);
    if (text === null) return false;
    out.text(text);
    return true;
  };
}

/** The field's value for JSON. */
export function jsonGetter<C>(field: Field<C>, argument: FieldArgument, symbols: Symbols): Getter<C, JsonValue> {
  const none: number[] = [];
  switch (field.kind) {
    case 'num':
      return (c) => {
        const value = field.get(c, argument, none);
        return Number.isNaN(value) ? null : value;
      };
    case 'big':
      return (c) => field.get(c, argument, none);
    case 'bool':
      return (c) => {
        const value = field.get(c, argument, none);
        return value < 0 ? null : value === 1;
      };
    default:
      return textGetter(field, argument, symbols, (text) => text);
  }
}

/** JSON of one flat record. Control and bidirectional characters are escaped, big integers written as numbers. */
export function stringifyJson(record: Readonly<Record<string, unknown>>): string {
  const parts = Object.entries(record).map(([key, value]) => `${quote(key)}:${jsonText(value)}`);
  return `{${parts.join(',')}}`;
}

function jsonText(value: unknown): string {
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'string') return quote(value);
  if (Array.isArray(value)) return `[${value.map(jsonText).join(',')}]`;
  if (typeof value === 'object' && value !== null) return stringifyJson(value as Record<string, unknown>);
  return JSON.stringify(value) ?? 'null';
}

// JSON.stringify escapes U+0000 to U+001F; a terminal also obeys DEL, C1 and the bidirectional controls.
const STEERING = /[\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

function quote(text: string): string {
  return JSON.stringify(text).replace(STEERING, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** A text as one line without control characters. */
export const safeText = escapeControl;

function symbolText(symbols: Symbols): (id: number) => string {
  return (id) => symbols.text(id);
}

/** One value plain, several as `(a,b)`, none as null. */
function listText<C>(
  field: { get(c: C, argument: FieldArgument, out: number[]): unknown },
  argument: FieldArgument,
  text: (value: number) => string,
): Getter<C, string | null> {
  const out: number[] = [];
  return (c) => {
    out.length = 0;
    field.get(c, argument, out);
    const first = out[0];
    if (first === undefined) return null;
    return out.length === 1 ? text(first) : `(${out.map(text).join(',')})`;
  };
}

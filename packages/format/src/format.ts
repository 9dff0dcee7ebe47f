/**
 * Templates compiled to writers: `compileFormat` gives the text of one event, `compileLine` writes it, `compileValues`
 * gives its fields by name. All take the template apart once; per event they only read fields.
 */
import { Literal } from '@waspglass/kit';
import type { FieldTable, Symbols } from '@waspglass/lang';
import type { FieldUse, TemplatePlace } from './template.ts';
import { parseTemplate } from './template.ts';
import { transformers } from './transformers.ts';
import type { Getter, JsonValue, LineWriter } from './value.ts';
import { jsonGetter, safeText, textGetter, textWriter } from './value.ts';

export interface FormatOptions {
  /** Where the template stands, for errors. */
  readonly place?: TemplatePlace;
  /** Makes values safe to print; the default escapes every control character. */
  readonly safe?: (text: string) => string;
}

export type Writer<C> = Getter<C, string | null>;

export const MISSING = '<NA>';

const missing = new Literal(MISSING);
const asIs = (text: string) => text;

/** The template's text for an event; null when a field has no value and the template doesn't begin with `*`. */
export function compileFormat<C>(
  text: string,
  fields: FieldTable<C>,
  symbols: Symbols,
  options: FormatOptions = {},
): Writer<C> {
  const template = parseTemplate(text, fields, options.place);
  const safe = options.safe ?? safeText;
  const parts = template.parts.map((part) => (typeof part === 'string' ? part : partGetter(part, symbols, safe)));
  return join(parts, template.lenient ? MISSING : null);
}

/**
 * The same as bytes: millions of lines need no strings. The buffer makes values safe; what a template without `*` has
 * written before a missing field is taken back.
 */
export function compileLine<C>(text: string, fields: FieldTable<C>, symbols: Symbols): LineWriter<C> {
  const { lenient, parts } = parseTemplate(text, fields);
  const steps: Step<C>[] = [];
  let before = '';
  for (const part of parts) {
    if (typeof part === 'string') before += part;
    else {
      steps.push({ before: new Literal(before), write: partWriter(part, symbols) });
      before = '';
    }
  }
  const after = new Literal(before);
  const count = steps.length;
  return (c, out) => {
    const start = out.length;
    for (let i = 0; i < count; i++) {
      const step = steps[i];
      if (step === undefined) break;
      out.literal(step.before);
      if (step.write(c, out)) continue;
      if (!lenient) {
        out.length = start;
        return false;
      }
      out.literal(missing);
    }
    out.literal(after);
    return true;
  };
}

/** A field with the text before it. */
interface Step<C> {
  readonly before: Literal;
  readonly write: LineWriter<C>;
}

/** The template's fields by name, sorted, for JSON; null when one is missing and the template doesn't begin with `*`. */
export function compileValues<C>(
  text: string,
  fields: FieldTable<C>,
  symbols: Symbols,
  options: FormatOptions = {},
): (c: C) => Record<string, JsonValue> | null {
  const { lenient, parts } = parseTemplate(text, fields, options.place);
  const uses = new Map(parts.filter((part) => typeof part !== 'string').map((use) => [use.key, use]));
  const getters = [...uses.values()]
    .toSorted((a, b) => (a.key < b.key ? -1 : 1))
    .map((use) => [use.key, valueGetter(use, symbols)] as const);
  return (c) => {
    const values: Record<string, JsonValue> = {};
    for (const [key, get] of getters) {
      const value = get(c);
      if (value === null && !lenient) return null;
      values[key] = value;
    }
    return values;
  };
}

/** One field, written as in a template without `%`, as a number: NaN when it has no value or is no number. */
export function compileNumber<C>(field: string, fields: FieldTable<C>, symbols: Symbols): (c: C) => number {
  const [use] = parseTemplate(`%${field}`, fields).parts;
  if (typeof use === 'string' || use === undefined) return () => Number.NaN;
  const { field: row, argument } = use;
  if (row.kind === 'num' && use.transformers.length === 0) {
    const none: number[] = [];
    return (c) => row.get(c, argument, none);
  }
  const get = valueGetter(use, symbols);
  return (c) => {
    const value = get(c);
    return value === null || value === '' ? Number.NaN : Number(value);
  };
}

/** Names of the fields that a template uses, as written in it. */
export function templateFields<C>(text: string, fields: FieldTable<C>): string[] {
  const { parts } = parseTemplate(text, fields);
  return [...new Set(parts.filter((part) => typeof part !== 'string').map((use) => use.key))];
}

function join<C>(writers: readonly (string | Writer<C>)[], missing: string | null): Writer<C> {
  return (c) => {
    let line = '';
    for (const writer of writers) {
      if (typeof writer === 'string') {
        line += writer;
        continue;
      }
      const value = writer(c) ?? missing;
      if (value === null) return null;
      line += value;
    }
    return line;
  };
}

function partWriter<C>(use: FieldUse<C>, symbols: Symbols): LineWriter<C> {
  if (use.width === 0 && use.transformers.length === 0) return textWriter(use.field, use.argument, symbols);
  const get = partGetter(use, symbols, safeText);
  return (c, out) => {
    const text = get(c);
    if (text === null) return false;
    // Made safe again, which changes nothing: `text` is faster than `raw` for plain ASCII.
    out.text(text);
    return true;
  };
}

function partGetter<C>(use: FieldUse<C>, symbols: Symbols, safe: (text: string) => string): Writer<C> {
  const { width } = use;
  const plain = use.transformers.length === 0;
  const get = plain ? textGetter(use.field, use.argument, symbols, safe) : transformed(use, symbols, safe);
  if (width === 0) return get;
  return (c) => get(c)?.slice(0, width).padEnd(width) ?? null;
}

function transformed<C>(use: FieldUse<C>, symbols: Symbols, safe: (text: string) => string): Writer<C> {
  const get = textGetter(use.field, use.argument, symbols, asIs);
  const steps = use.transformers.map((name) => transformers[name]);
  return (c) => {
    const value = get(c);
    return value === null ? null : safe(steps.reduce((text, step) => step(text), value));
  };
}

function valueGetter<C>(use: FieldUse<C>, symbols: Symbols): Getter<C, JsonValue> {
  return use.transformers.length === 0 ? jsonGetter(use.field, use.argument, symbols) : transformed(use, symbols, asIs);
}

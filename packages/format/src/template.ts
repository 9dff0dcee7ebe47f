/**
 * Takes a template apart: `text %field %field[argument] %20field %upper(field) %%`. A leading `*` says that missing
 * fields print as `<NA>` instead of suppressing the whole output. Field names match as long as possible, so
 * `%fd.name.` ends a sentence and `%fd.name|%fd.num` needs no blanks.
 */

import type { Place } from '@waspglass/kit';
import { didYouMean } from '@waspglass/kit';
import type { Field, FieldArgument, FieldTable } from '@waspglass/lang';
import { fail } from './errors.ts';
import type { TransformerName } from './transformers.ts';
import { transformers } from './transformers.ts';

const MAX_WIDTH = 4096;
const MAX_NESTING = 8;

/** One field of a template. */
export interface FieldUse<C> {
  /** As written, without `%` and width: the key in JSON. */
  readonly key: string;
  readonly field: Field<C>;
  readonly argument: FieldArgument;
  /** Innermost first. */
  readonly transformers: readonly TransformerName[];
  /** Characters to which the text is padded or cut; 0: as it is. */
  readonly width: number;
}

export interface Template<C> {
  /** Missing fields print as `<NA>`. */
  readonly lenient: boolean;
  readonly parts: readonly (string | FieldUse<C>)[];
}

/** Where the template stands in a file, so that errors can point there. */
export type TemplatePlace = Pick<Place, 'file' | 'line' | 'path'>;

export function parseTemplate<C>(text: string, fields: FieldTable<C>, place: TemplatePlace = {}): Template<C> {
  return new TemplateParser(text, fields, place).parse();
}

class TemplateParser<C> {
  private at = 0;
  private readonly text: string;
  private readonly fields: FieldTable<C>;
  private readonly place: TemplatePlace;

  constructor(text: string, fields: FieldTable<C>, place: TemplatePlace) {
    this.text = text;
    this.fields = fields;
    this.place = place;
  }

  parse(): Template<C> {
    const lenient = this.text.startsWith('*');
    if (lenient) this.at = 1;
    const parts: (string | FieldUse<C>)[] = [];
    let literal = '';
    while (this.at < this.text.length) {
      const percent = this.text.indexOf('%', this.at);
      if (percent < 0 || this.text.startsWith('%%', percent)) {
        const end = percent < 0 ? this.text.length : percent + 1;
        literal += this.text.slice(this.at, end);
        this.at = percent < 0 ? end : end + 1;
        continue;
      }
      literal += this.text.slice(this.at, percent);
      if (literal !== '') parts.push(literal);
      literal = '';
      this.at = percent + 1;
      parts.push(this.use());
    }
    if (literal !== '') parts.push(literal);
    return { lenient, parts };
  }

  private use(): FieldUse<C> {
    const digits = this.match(/\d+/y);
    const width = digits === '' ? 0 : Number(digits);
    if (width > MAX_WIDTH) throw this.error('WG_FORMAT_WIDTH', { width, limit: MAX_WIDTH });
    const start = this.at;
    const names: TransformerName[] = [];
    for (;;) {
      const call = /^([a-z][a-z0-9_]*)\(/.exec(this.text.slice(this.at, this.at + 40))?.[1];
      if (call === undefined) break;
      if (!Object.hasOwn(transformers, call)) {
        throw this.error('WG_FORMAT_UNKNOWN_TRANSFORMER', {
          name: call,
          hint: didYouMean(call, Object.keys(transformers)),
        });
      }
      names.unshift(call as TransformerName);
      if (names.length > MAX_NESTING) throw this.error('WG_FORMAT_TRANSFORMER_OPEN', { name: call });
      this.at += call.length + 1;
      this.match(/ */y);
    }
    const { field, argument } = this.reference();
    for (const name of names.toReversed()) {
      if (this.match(/ *\)/y) === '') throw this.error('WG_FORMAT_TRANSFORMER_OPEN', { name });
    }
    return { key: this.text.slice(start, this.at), field, argument, transformers: names, width };
  }

  private reference(): { field: Field<C>; argument: FieldArgument } {
    const start = this.at;
    const run = this.match(/[A-Za-z][A-Za-z0-9_.]*/y);
    if (run === '') throw this.error('WG_FORMAT_NO_FIELD_NAME', {}, start);
    const name = longest(run, (prefix) => this.known(prefix) !== undefined);
    const found = name === undefined ? undefined : this.known(name);
    if (name === undefined || found === undefined) {
      throw this.error(
        'WG_FORMAT_UNKNOWN_FIELD',
        { name: run, hint: didYouMean(run, Object.keys(this.fields)) },
        start,
      );
    }
    this.at = start + name.length;
    let argument = found.argument;
    const takes = found.field.arg ?? 'none';
    if (argument === undefined && takes !== 'none' && this.text[this.at] === '[') {
      const close = this.text.indexOf(']', this.at);
      if (close < 0) throw this.error('WG_FORMAT_ARGUMENT_OPEN', { name }, start);
      argument = argumentOf(this.text.slice(this.at + 1, close));
      this.at = close + 1;
    }
    if (argument === undefined && takes === 'required') throw this.error('WG_FORMAT_ARGUMENT_MISSING', { name }, start);
    return { field: found.field, argument };
  }

  /** A row by its whole name, or a row that takes the part behind its name as its argument (`evt.arg.flags`). */
  private known(name: string): { field: Field<C>; argument: FieldArgument } | undefined {
    const field = row(this.fields, name);
    if (field !== undefined) return { field, argument: undefined };
    const second = name.indexOf('.', name.indexOf('.') + 1);
    if (second < 0 || second === name.length - 1) return undefined;
    const base = row(this.fields, name.slice(0, second));
    if (base === undefined || (base.arg ?? 'none') === 'none') return undefined;
    return { field: base, argument: argumentOf(name.slice(second + 1)) };
  }

  private match(pattern: RegExp): string {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0] ?? '';
    this.at += found.length;
    return found;
  }

  private error(code: Parameters<typeof fail>[0], values: Record<string, unknown>, at = this.at) {
    return fail(code, values, { at: { line: 1, ...this.place, column: at + 1 } });
  }
}

function row<C>(fields: FieldTable<C>, name: string): Field<C> | undefined {
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}

/** The longest prefix of `run`, cut at dots, that `accepts`. */
function longest(run: string, accepts: (prefix: string) => boolean): string | undefined {
  let end = run.length;
  while (end > 0) {
    const prefix = run.slice(0, end);
    if (!prefix.endsWith('.') && accepts(prefix)) return prefix;
    end = run.lastIndexOf('.', end - 1);
  }
  return undefined;
}

function argumentOf(text: string): FieldArgument {
  return /^\d{1,9}$/.test(text) ? Number(text) : text;
}

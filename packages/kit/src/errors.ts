/**
 * The one error class. Every package keeps a table of its codes (`errors.ts`); the table gives the text, the thrower the
 * place. A message reads `CODE: place: what was found and what was expected`.
 */

import { escapeControl } from './escape.ts';

/** Where something went wrong: any part may be missing; the parts that are there are printed in this order. */
export interface Place {
  readonly file?: string;
  /** Bytes from the start of the (uncompressed) input. */
  readonly offset?: number;
  /** Counted from 1. */
  readonly line?: number;
  /** Counted from 1, in UTF-16 units. */
  readonly column?: number;
  /** A path inside a document, such as `victim.accounts[0].name`. */
  readonly path?: string;
}

/** Code → text with `{name}` for the values that the thrower gives. */
export type ErrorTable = Readonly<Record<`WG_${string}`, string>>;

export class WaspglassError extends Error {
  override readonly name = 'WaspglassError';
  readonly code: string;
  readonly at: Place;
  /** The text without code and place. */
  readonly text: string;

  constructor(code: string, text: string, at: Place = {}, cause?: unknown) {
    const place = escapeControl(formatPlace(at));
    super(`${code}: ${place === '' ? '' : `${place}: `}${text}`, cause === undefined ? undefined : { cause });
    this.code = code;
    this.at = at;
    this.text = text;
  }
}

/** `file:line:column`, `file: offset N`, or whichever parts are known. */
export function formatPlace(at: Place): string {
  const parts: string[] = [];
  if (at.file !== undefined || at.line !== undefined) {
    const position = [at.line, at.column].filter((n) => n !== undefined).join(':');
    parts.push([at.file, position].filter((s) => s !== undefined && s !== '').join(':'));
  }
  if (at.offset !== undefined) parts.push(`offset ${at.offset}`);
  if (at.path !== undefined) parts.push(at.path);
  return parts.join(': ');
}

export interface FailOptions {
  readonly at?: Place;
  readonly cause?: unknown;
}

/** Makes the package's thrower from its table: `throw fail('WG_X', { found: 3 }, { at: { file } })`. */
export function errorFactory<T extends ErrorTable>(
  table: T,
): (code: keyof T & string, values?: Readonly<Record<string, unknown>>, options?: FailOptions) => WaspglassError {
  return (code, values = {}, options = {}) => {
    const template = table[code as `WG_${string}`] ?? '';
    const text = template.replace(/\{(\w+)\}/g, (_, name: string) => show(values[name] ?? `{${name}}`));
    return new WaspglassError(code, text, options.at, options.cause);
  };
}

/** Values may be an attacker's: one line without control characters; a list has a line for each item. */
function show(value: unknown): string {
  if (!Array.isArray(value)) return escapeControl(String(value));
  return value.map((item) => `\n  ${escapeControl(String(item))}`).join('');
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The `code` of a Node system error (`ENOENT` …), else undefined. */
export function systemCode(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

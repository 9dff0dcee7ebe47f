/**
 * Parameters of a query as table rows: the same row reads the text on the server, types it on both sides and writes it in
 * the browser.
 */
import { limits } from './limits.ts';

export interface Parameter<T> {
  /** Undefined: not such a value. */
  readonly parse: (text: string) => T | undefined;
  readonly expected: string;
  readonly fallback: T;
}

export type QueryTable = Readonly<Record<string, Parameter<unknown>>>;
export type QueryOf<Q extends QueryTable> = { readonly [K in keyof Q]: Q[K] extends Parameter<infer T> ? T : never };

export function integer(min: number, max: number, fallback: number): Parameter<number> {
  const parse = (text: string) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    return value >= min && value <= max ? value : undefined;
  };
  return { parse, expected: `a whole number from ${min} to ${max}`, fallback };
}

export function optionalInteger(min: number, max: number): Parameter<number | undefined> {
  return { ...integer(min, max, min), fallback: undefined };
}

export function text(max: number = limits.text): Parameter<string> {
  return {
    parse: (value) => (value.length <= max ? value : undefined),
    expected: `at most ${max} characters`,
    fallback: '',
  };
}

export const flag: Parameter<boolean> = {
  parse: (value) => (value === '1' ? true : value === '0' ? false : undefined),
  expected: '0 or 1',
  fallback: false,
};

export function oneOf<const T extends readonly [string, ...string[]]>(values: T): Parameter<T[number]> {
  return {
    parse: (value) => values.find((v) => v === value),
    expected: `one of ${values.join(', ')}`,
    fallback: values[0],
  };
}

export type ReadQuery<Q extends QueryTable> = { readonly query: QueryOf<Q> } | { readonly problem: string };

/** Checks what came in against the table; names that it does not have are a problem too. */
export function readQuery<Q extends QueryTable>(table: Q, raw: Readonly<Record<string, unknown>>): ReadQuery<Q> {
  const query: Record<string, unknown> = {};
  for (const name of Object.keys(raw)) {
    if (!Object.hasOwn(table, name))
      return { problem: `no parameter "${name.slice(0, 40)}"; there are: ${Object.keys(table).join(', ') || 'none'}` };
  }
  for (const [name, parameter] of Object.entries(table)) {
    const given = raw[name];
    if (given === undefined || given === '') {
      query[name] = parameter.fallback;
      continue;
    }
    const value = typeof given === 'string' ? parameter.parse(given) : undefined;
    if (value === undefined)
      return { problem: `${name}: found ${JSON.stringify(given).slice(0, 60)}, expected ${parameter.expected}` };
    query[name] = value;
  }
  return { query: query as QueryOf<Q> };
}

/** `?a=1&b=x`, leaving out what equals the default; '' when nothing is left. */
export function writeQuery<Q extends QueryTable>(table: Q, query: Partial<QueryOf<Q>>): string {
  const parts = new URLSearchParams();
  for (const [name, parameter] of Object.entries(table)) {
    const value = query[name];
    if (value === undefined || value === parameter.fallback) continue;
    parts.set(name, typeof value === 'boolean' ? (value ? '1' : '0') : String(value));
  }
  const text = parts.toString();
  return text === '' ? '' : `?${text}`;
}

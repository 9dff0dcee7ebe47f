/**
 * Kinds of option values: each turns a YAML value into a typed one or says what it expected. `expected` is the text of
 * the error and of the documentation.
 */
import { isIP } from 'node:net';
import path from 'node:path';
import { WaspglassError } from '@waspglass/kit';
import { egressClasses, parsePolicy } from '@waspglass/victim';

export interface Kind<T> {
  readonly expected: string;
  /** undefined: not of this kind. */
  readonly parse: (value: unknown) => T | undefined;
}

export interface Account {
  readonly name: string;
  readonly password: string;
}

const MAX_TEXT = 4096;

export const text: Kind<string> = {
  expected: 'a text',
  parse: (v) => (typeof v === 'string' && v.length <= MAX_TEXT ? v : undefined),
};

export const pathname: Kind<string> = {
  expected: 'an absolute path',
  parse: (v) => (typeof v === 'string' && path.isAbsolute(v) && !v.includes('\0') ? path.normalize(v) : undefined),
};

/** An absolute path, or '' for none. */
export const optionalPath: Kind<string> = {
  expected: 'an absolute path, or "" for none',
  parse: (v) => (v === '' || v === null ? '' : pathname.parse(v)),
};

export const port: Kind<number> = {
  expected: 'a port from 1 to 65535',
  parse: (v) => (Number.isInteger(v) && (v as number) >= 1 && (v as number) <= 65535 ? (v as number) : undefined),
};

export const address: Kind<string> = {
  expected: 'an IP address',
  parse: (v) => (typeof v === 'string' && isIP(v) !== 0 ? v : undefined),
};

/** An IPv4 address, or '' for none. */
export const optionalIpv4: Kind<string> = {
  expected: 'an IPv4 address, or "" for none',
  parse: (v) => (v === '' || v === null ? '' : typeof v === 'string' && isIP(v) === 4 ? v : undefined),
};

/** Lines of the policy of what a victim may do outside. */
export const egressPolicy: Kind<readonly string[]> = {
  expected: `a list of lines "CLASS ACTION": ${Object.entries(egressClasses)
    .map(([name, { actions }]) => `${name} ${actions.join('|')}`)
    .join(', ')}`,
  parse: (v) => {
    const lines = everyItem(v, 16, text.parse);
    try {
      if (lines !== undefined) parsePolicy(lines);
      return lines;
    } catch (error) {
      if (error instanceof WaspglassError) return undefined;
      throw error;
    }
  },
};

export const hostname: Kind<string> = {
  expected: 'a host name of letters, digits and hyphens (at most 63)',
  parse: (v) => (typeof v === 'string' && /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i.test(v) ? v : undefined),
};

/** Part of names of interfaces, tables, directories and control groups. */
export const instanceName: Kind<string> = {
  expected: 'a name of at most 16 lower-case letters, digits and hyphens that starts with a letter',
  parse: (v) => (typeof v === 'string' && /^[a-z][a-z0-9-]{0,15}$/.test(v) ? v : undefined),
};

export const subnet: Kind<string> = {
  expected: 'an IPv4 network with prefix length 30 such as 10.66.0.0/30',
  parse: (v) => {
    if (typeof v !== 'string' || !v.endsWith('/30')) return undefined;
    const base = v.slice(0, -3);
    return isIP(base) === 4 && Number(base.split('.')[3]) % 4 === 0 ? v : undefined;
  },
};

export const flag: Kind<boolean> = {
  expected: 'true or false',
  parse: (v) => (typeof v === 'boolean' ? v : undefined),
};

export function choice(names: readonly string[]): Kind<string> {
  return {
    expected: `one of ${names.join(', ')}`,
    parse: (v) => (typeof v === 'string' && names.includes(v) ? v : undefined),
  };
}

export function integer(min: number, max: number, unit = ''): Kind<number> {
  return {
    expected: `a whole number from ${min} to ${max}${unit === '' ? '' : ` (${unit})`}`,
    parse: (v) => (Number.isInteger(v) && (v as number) >= min && (v as number) <= max ? (v as number) : undefined),
  };
}

export function powerOfTwo(min: number, max: number, unit: string): Kind<number> {
  const number = integer(min, max);
  return {
    expected: `a power of two from ${min} to ${max} (${unit})`,
    parse: (v) => (Number.isInteger(Math.log2(number.parse(v) ?? Number.NaN)) ? number.parse(v) : undefined),
  };
}

export const paths: Kind<readonly string[]> = {
  expected: 'a list of absolute paths',
  parse: (v) => everyItem(v, 64, pathname.parse),
};

/** Texts such as names and tags. */
export const words: Kind<readonly string[]> = {
  expected: 'a list of texts',
  parse: (v) => everyItem(v, 256, (item) => (item === '' ? undefined : text.parse(item))),
};

/** `/dev/log`-like socket path, `udp://HOST:PORT`, `tcp://HOST:PORT`, `tls://HOST:PORT`, or '' for none. */
export const syslogTarget: Kind<string> = {
  expected: 'a socket path such as /dev/log, udp://HOST:PORT, tcp://HOST:PORT, tls://HOST:PORT, or "" for none',
  parse: (v) => {
    if (typeof v !== 'string') return undefined;
    if (v === '' || path.isAbsolute(v)) return v;
    return /^(udp|tcp|tls):\/\/[A-Za-z0-9.:[\]-]{1,255}:\d{1,5}$/.test(v) ? v : undefined;
  },
};

export const accounts: Kind<readonly Account[]> = {
  expected:
    'a list of accounts, each with "name" (lower-case letters, digits, - and _) and "password" (at most 128 characters)',
  parse: (v) => everyItem(v, 256, parseAccount),
};

function parseAccount(v: unknown): Account | undefined {
  if (typeof v !== 'object' || v === null) return undefined;
  const { name, password, ...rest } = v as Record<string, unknown>;
  if (Object.keys(rest).length > 0) return undefined;
  if (typeof name !== 'string' || !/^[a-z_][a-z0-9_-]{0,31}$/.test(name)) return undefined;
  const secret = typeof password === 'number' ? String(password) : password;
  if (typeof secret !== 'string' || secret.length > 128 || /[\n\r\0:]/.test(secret)) return undefined;
  return { name, password: secret };
}

function everyItem<T>(v: unknown, most: number, parse: (item: unknown) => T | undefined): readonly T[] | undefined {
  if (!Array.isArray(v) || v.length > most) return undefined;
  const out: T[] = [];
  for (const item of v) {
    const parsed = parse(item);
    if (parsed === undefined) return undefined;
    out.push(parsed);
  }
  return out;
}

/**
 * The calls of a `strace -ff -o` recording (one file for each thread, so no line is broken up), as the keys that
 * `capture-keys` gives the same calls in a capture: what was done, to what, with what result.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const LINE = /^(?<name>\w+)\((?<args>.*)\)\s+= (?<result>\?|-?\d+|0x[0-9a-f]+)(?: (?<error>E[A-Z]+))?/;
const WRITES = /O_WRONLY|O_RDWR|O_CREAT|O_TRUNC/;
const INET = /sa_family=AF_INET, sin_port=htons\((\d+)\), sin_addr=inet_addr\("([\d.]+)"\)/;
const UNIX = /sa_family=AF_UNIX, sun_path="([^"]*)"/;

type Key = (args: string, texts: readonly string[]) => string | undefined;

const paths =
  (what: string): Key =>
  (_, texts) =>
    `${what} ${texts.join(' ')}`;
const openKey: Key = (args, [name]) => (WRITES.test(args) ? `open ${name}` : undefined);
const ids: Key = (args) => `set ${args.replaceAll(', ', ' ')}`;
const connectKey: Key = (args) => {
  const inet = INET.exec(args);
  const unix = UNIX.exec(args);
  if (inet !== null) return `connect ${inet[2]}:${inet[1]}`;
  return unix === null ? undefined : `connect ${unix[1]}`;
};
const execKey: Key = (_, [name]) => `exec ${name}`;

const keys: Readonly<Record<string, Key>> = {
  execve: execKey,
  open: openKey,
  openat: openKey,
  openat2: openKey,
  creat: (_, [name]) => `open ${name}`,
  connect: connectKey,
  unlink: paths('unlink'),
  unlinkat: paths('unlink'),
  rmdir: paths('unlink'),
  rename: paths('rename'),
  renameat: paths('rename'),
  renameat2: paths('rename'),
  setuid: ids,
  setgid: ids,
  setresuid: ids,
  setresgid: ids,
};

export const tracedCalls: readonly string[] = Object.keys(keys);

/** Key → how often. */
export function keysOfStrace(directory: string, prefix: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of readdirSync(directory)) {
    if (!name.startsWith(`${prefix}.`)) continue;
    for (const line of readFileSync(path.join(directory, name), 'latin1').split('\n')) count(counts, keyOf(line));
  }
  return counts;
}

function keyOf(line: string): string | undefined {
  const { name = '', args = '', result = '', error } = LINE.exec(line)?.groups ?? {};
  const texts = [...args.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, text = '']) => text);
  const key = result === '?' ? undefined : keys[name]?.(args, texts);
  return key === undefined ? undefined : `${key} = ${error ?? result}`;
}

export function count(counts: Map<string, number>, key: string | undefined): void {
  if (key !== undefined) counts.set(key, (counts.get(key) ?? 0) + 1);
}

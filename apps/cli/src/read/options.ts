/**
 * The command line of `read`: the letters of `sysdig -r`, files first, filter last. What follows `-c CHISEL` is the
 * chisel's as long as it takes arguments and the word is no filter.
 */
import { existsSync } from 'node:fs';
import { findChisel } from '@waspglass/chisels';
import { eventFields } from '@waspglass/fields';
import type { DumpMode } from '@waspglass/format';
import type { TimeMode } from '@waspglass/inspect';
import { WaspglassError } from '@waspglass/kit';
import { type CommandOption, UsageError } from '../command.ts';

interface ChiselCall {
  readonly name: string;
  readonly args: readonly string[];
}

export interface ReadOptions {
  readonly files: readonly string[];
  readonly chisels: readonly ChiselCall[];
  readonly format: string | undefined;
  readonly limit: number;
  readonly json: boolean;
  readonly dump: DumpMode;
  readonly quiet: boolean;
  readonly enter: boolean;
  readonly time: TimeMode;
  readonly output: string | undefined;
  /** '' when there is none. */
  readonly filter: string;
}

export const optionRows: readonly CommandOption[] = [
  { flags: '-c CHISEL [ARGS]', doc: 'run an analysis instead of printing events (waspglass chisels lists them)' },
  {
    flags: '-p FORMAT',
    doc: 'print this for each event, such as "%proc.name %fd.name"; * in front: also when a field is missing',
  },
  { flags: '-n N', doc: 'stop after N events of the files' },
  { flags: '-j', doc: 'JSON, one object per line' },
  { flags: '-A', doc: 'data as printable text with its line feeds' },
  { flags: '-x', doc: 'data as hexadecimal rows' },
  { flags: '-X', doc: 'data as hexadecimal rows with text' },
  { flags: '-b', doc: 'data as Base64' },
  {
    flags: '-w OUT',
    doc: 'write the events to a capture instead of printing them; compressed when its name ends in .gz',
  },
  { flags: '-q', doc: 'print nothing: only say whether the files can be read' },
  {
    flags: '-t MODE',
    doc: 'time as h: clock (default), a: seconds since 1970, r: since the first event, d: since entering the call, D: since the event before',
  },
  { flags: '--enter', doc: 'events of entering system calls too' },
];

const DUMPS: Readonly<Record<string, DumpMode>> = { '-A': 'ascii', '-x': 'hex', '-X': 'hexascii', '-b': 'base64' };

interface Draft {
  files: string[];
  chisels: ChiselCall[];
  format: string | undefined;
  limit: number;
  json: boolean;
  dump: DumpMode;
  quiet: boolean;
  enter: boolean;
  time: TimeMode;
  output: string | undefined;
  filter: string[];
  /** `-r` named the files: every other word belongs to the filter. */
  named: boolean;
}

export function readOptions(args: readonly string[]): ReadOptions {
  const draft: Draft = {
    files: [],
    chisels: [],
    format: undefined,
    limit: Number.POSITIVE_INFINITY,
    json: false,
    dump: 'dots',
    quiet: false,
    enter: false,
    time: 'h',
    output: undefined,
    filter: [],
    named: args.includes('-r'),
  };
  const words = [...args];
  for (let word = words.shift(); word !== undefined; word = words.shift()) take(word, words, draft);
  if (draft.files.length === 0) throw new UsageError('expected the name of a capture file');
  return { ...draft, filter: draft.filter.join(' ') };
}

function take(word: string, rest: string[], draft: Draft): void {
  const handle = Object.hasOwn(handlers, word) ? handlers[word] : undefined;
  if (handle !== undefined) handle(rest, draft, word);
  else if (word.length > 1 && word.startsWith('-')) throw new UsageError(`no option "${word}"`);
  else if (isFile(word, draft)) draft.files.push(word);
  else draft.filter.push(word);
}

const dump = (_: string[], draft: Draft, word: string) => {
  draft.dump = DUMPS[word] ?? 'dots';
};

const handlers: Readonly<Record<string, (rest: string[], draft: Draft, word: string) => void>> = {
  '-A': dump,
  '-x': dump,
  '-X': dump,
  '-b': dump,
  '-c': (rest, draft) => void draft.chisels.push(chiselCall(rest)),
  '-p': (rest, draft) => {
    draft.format = value('-p', 'a format', rest);
  },
  '-n': (rest, draft) => {
    draft.limit = count(value('-n', 'a number of events', rest));
  },
  '-j': (_, draft) => {
    draft.json = true;
  },
  '-q': (_, draft) => {
    draft.quiet = true;
  },
  '-r': (rest, draft) => void draft.files.push(value('-r', 'a file', rest)),
  '-t': (rest, draft) => {
    draft.time = timeMode(value('-t', 'a mode', rest));
  },
  '-w': (rest, draft) => {
    draft.output = value('-w', 'a file', rest);
  },
  '--enter': (_, draft) => {
    draft.enter = true;
  },
};

/** The first word is a file, there or not; of the others those that exist, until the filter begins. */
function isFile(word: string, draft: Draft): boolean {
  if (draft.named || draft.filter.length > 0) return false;
  return draft.files.length === 0 || word === '-' || existsSync(word);
}

function value(option: string, what: string, rest: string[]): string {
  const found = rest.shift();
  if (found === undefined) throw new UsageError(`expected ${what} after ${option}`);
  return found;
}

function count(text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new UsageError(`-n needs a number of events, found "${text}"`);
}

function timeMode(text: string): TimeMode {
  if (text === 'h' || text === 'a' || text === 'r' || text === 'd' || text === 'D') return text;
  throw new UsageError(`-t needs one of h, a, r, d, D, found "${text}"`);
}

function chiselCall(rest: string[]): ChiselCall {
  const name = value('-c', 'a chisel', rest);
  const args: string[] = [];
  for (const limit = chiselLimit(name); args.length < limit; ) {
    const next = rest[0];
    if (next === undefined || next.startsWith('-') || isFilter(next)) break;
    args.push(next);
    rest.shift();
  }
  return { name, args };
}

function chiselLimit(name: string): number {
  try {
    return findChisel(name).args.length;
  } catch (error) {
    if (error instanceof WaspglassError) throw new UsageError(error.text);
    throw error;
  }
}

/** Whether a word begins a filter: a field's name, `not`, a parenthesis, a transformer. */
function isFilter(word: string): boolean {
  const name = /^[\w.]+/.exec(word)?.[0] ?? '';
  if (name === 'not' || word.startsWith('(') || word.startsWith(`${name}(`)) return true;
  if (Object.hasOwn(eventFields, name)) return true;
  return Object.entries(eventFields).some(([field, { arg }]) => arg !== undefined && name.startsWith(`${field}.`));
}

/**
 * The command line of `read`: the letters of `sysdig -r`, files first, filter last. What follows `-c CHISEL` is the
 * chisel's as long as it takes arguments and the word is no filter.
 */
import { existsSync } from 'node:fs';
import { type ChiselArgument, findChisel } from '@waspglass/chisels';
import { eventFields } from '@waspglass/fields';
import { didYouMean, WaspglassError } from '@waspglass/kit';
import { UsageError } from '../command.ts';
import { type ChiselCall, type Draft, type OptionRow, optionRows, optionTable } from './option-table.ts';

export interface ReadOptions extends Readonly<Omit<Draft, 'filter' | 'named'>> {
  /** '' when there is none. */
  readonly filter: string;
}

export { optionRows };

/** Formats that have a letter: `-pc`. */
const CONTAINER_FORMAT =
  '*%evt.num %evt.outputtime %evt.cpu %container.name (%container.id) %proc.name (%thread.tid:%thread.vtid) ' +
  '%evt.dir %evt.type %evt.info';
const namedFormats: Readonly<Record<string, string>> = { c: CONTAINER_FORMAT, container: CONTAINER_FORMAT };

const byName: ReadonlyMap<string, OptionRow> = new Map(
  optionTable.flatMap((row) => row.names.map((name) => [name, row] as const)),
);

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
    compress: false,
    relatedOnly: false,
    withoutUsers: false,
    progress: false,
    portNames: false,
    summary: false,
    verbose: false,
    listing: undefined,
    filter: [],
    named: args.some((arg) => /^(-r|--read(=|$))/.test(arg)),
  };
  const words = [...args];
  for (let word = words.shift(); word !== undefined; word = words.shift()) take(word, words, draft);
  if (draft.files.length === 0 && draft.listing === undefined) {
    throw new UsageError('expected the name of a capture file');
  }
  const { filter, named: _, ...options } = draft;
  return { ...options, filter: filter.join(' ') };
}

function take(word: string, rest: string[], draft: Draft): void {
  if (word.length > 1 && word.startsWith('-')) option(word, rest, draft);
  else if (isFile(word, draft)) draft.files.push(word);
  else draft.filter.push(word);
}

/** `-n 30`, `-n30`, `--numevents 30`, `--numevents=30`, letters without values together (`-qS`). */
function option(word: string, rest: string[], draft: Draft): void {
  const row = byName.get(word);
  if (row !== undefined) {
    give(row, row.value === undefined ? '' : value(row, word, rest), rest, draft);
    return;
  }
  const equals = word.startsWith('--') ? word.indexOf('=') : -1;
  const name = equals >= 0 ? word.slice(0, equals) : word.slice(0, 2);
  const short = word.startsWith('--') && equals < 0 ? undefined : byName.get(name);
  if (short === undefined) throw new UsageError(`no option "${word}"${didYouMean(word, [...byName.keys()])}`);
  if (short.value !== undefined) {
    const attached = word.slice(equals >= 0 ? equals + 1 : 2);
    give(short, short.names.includes('-p') ? (namedFormats[attached] ?? attached) : attached, rest, draft);
    return;
  }
  if (equals >= 0) throw new UsageError(`${name} takes no value`);
  short.set(draft, '');
  option(`-${word.slice(2)}`, rest, draft);
}

function give(row: OptionRow, text: string, rest: string[], draft: Draft): void {
  if (row.names.includes('-c')) draft.chisels.push(chiselCall(text, rest));
  else row.set(draft, text);
}

/** The first word is a file, there or not; of the others those that exist, until the filter begins. */
function isFile(word: string, draft: Draft): boolean {
  if (draft.named || draft.filter.length > 0) return false;
  return draft.files.length === 0 || word === '-' || existsSync(word);
}

function value(row: OptionRow, name: string, rest: string[]): string {
  const found = rest.shift();
  if (found === undefined) throw new UsageError(`expected ${row.value} after ${name}`);
  return found;
}

function chiselCall(name: string, rest: string[]): ChiselCall {
  const args: string[] = [];
  for (const { takes } of chiselArguments(name)) {
    const next = rest[0];
    if (next === undefined || next.startsWith('-')) break;
    if (
      isFilter(next) &&
      !(takes === 'field' && /^[\w.[\]]+$/.test(next)) &&
      !(takes === 'filter' && isTableFilter(next))
    ) {
      break;
    }
    args.push(next);
    rest.shift();
  }
  return { name, args };
}

/** A filter over the state in one word; one over events is the user's. */
function isTableFilter(word: string): boolean {
  return /[^\w.]/.test(word) && !/\b(evt|syscall)\./.test(word);
}

function chiselArguments(name: string): readonly ChiselArgument[] {
  try {
    return findChisel(name).args;
  } catch (error) {
    if (error instanceof WaspglassError) throw new UsageError(error.text);
    throw error;
  }
}

/** Whether a word begins a filter: a field's name with more behind it, `not`, a parenthesis, a transformer. */
function isFilter(word: string): boolean {
  const name = /^[\w.]+/.exec(word)?.[0] ?? '';
  if (name === 'not' || word.startsWith('(') || word.startsWith(`${name}(`)) return true;
  if (Object.hasOwn(eventFields, name)) return true;
  return Object.entries(eventFields).some(([field, { arg }]) => arg !== undefined && name.startsWith(`${field}.`));
}

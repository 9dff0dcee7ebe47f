/**
 * The options of `read` as one table: parsing, `--help`, shell completion and the manual page derive from it. Names are
 * those of `sysdig`, short and long; a row without a placeholder takes no value.
 */
import type { DumpMode } from '@waspglass/format';
import type { TimeMode } from '@waspglass/inspect';
import { type CommandOption, UsageError } from '../command.ts';

export interface ChiselCall {
  readonly name: string;
  readonly args: readonly string[];
}

/** A list that is printed instead of reading anything. */
export interface Listing {
  readonly what: 'fields' | 'events' | 'chisels';
  readonly words: readonly string[];
}

export interface Draft {
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
  compress: boolean;
  relatedOnly: boolean;
  withoutUsers: boolean;
  progress: boolean;
  portNames: boolean;
  summary: boolean;
  verbose: boolean;
  listing: Listing | undefined;
  filter: string[];
  /** `-r` named the files: every other word belongs to the filter. */
  named: boolean;
}

export interface OptionRow {
  /** `-n`, `--numevents`; one of them at least. */
  readonly names: readonly string[];
  /** Placeholder of the value; missing: the option takes none. */
  readonly value?: string;
  readonly doc: string;
  /** Values for completion. */
  readonly choices?: readonly string[];
  readonly set: (draft: Draft, value: string) => void;
}

const dump = (mode: DumpMode) => (draft: Draft) => {
  draft.dump = mode;
};
const yes = (key: 'compress' | 'enter' | 'json' | 'portNames' | 'progress' | 'quiet' | 'relatedOnly' | 'summary') => {
  return (draft: Draft) => {
    draft[key] = true;
  };
};
const list = (what: Listing['what']) => (draft: Draft) => {
  draft.listing = { what, words: [] };
};
const nothing = () => undefined;

export const optionTable: readonly OptionRow[] = [
  {
    names: ['-r', '--read'],
    value: 'FILE',
    doc: 'read this file (- is standard input); without -r the first words that are files',
    set: (draft, value) => void draft.files.push(value),
  },
  {
    names: ['-c', '--chisel'],
    value: 'CHISEL [ARGS]',
    doc: 'run an analysis instead of printing events (waspglass chisels lists them)',
    set: nothing,
  },
  {
    names: ['-p', '--print'],
    value: 'FORMAT',
    doc: 'print this for each event, such as "%proc.name %fd.name"; * in front: also when a field is missing; -pc: containers too',
    set: (draft, value) => {
      draft.format = value;
    },
  },
  {
    names: ['-n', '--numevents'],
    value: 'N',
    doc: 'stop after N events of the files',
    set: (draft, value) => {
      draft.limit = count(value, '-n');
    },
  },
  { names: ['-j', '--json'], doc: 'JSON, one object per line', set: yes('json') },
  { names: ['-A', '--print-ascii'], doc: 'data as printable text with its line feeds', set: dump('ascii') },
  { names: ['-x', '--print-hex'], doc: 'data as hexadecimal rows', set: dump('hex') },
  { names: ['-X', '--print-hex-ascii'], doc: 'data as hexadecimal rows with text', set: dump('hexascii') },
  { names: ['-b', '--print-base64'], doc: 'data as Base64', set: dump('base64') },
  {
    names: ['-w', '--write'],
    value: 'OUT',
    doc: 'write the events to a capture instead of printing them; compressed when its name ends in .gz',
    set: (draft, value) => {
      draft.output = value;
    },
  },
  { names: ['-z', '--compress'], doc: 'with -w: compressed, whatever the name', set: yes('compress') },
  {
    names: ['--only-related', '--filter-proclist'],
    doc: 'with -w: only processes that the written events and their ancestors belong to',
    set: yes('relatedOnly'),
  },
  {
    names: ['-E', '--exclude-users'],
    doc: 'with -w: no lists of users and groups',
    set: (draft) => {
      draft.withoutUsers = true;
    },
  },
  { names: ['-q', '--quiet'], doc: 'print nothing: only say whether the files can be read', set: yes('quiet') },
  {
    names: ['-t', '--timetype'],
    value: 'MODE',
    choices: ['h', 'a', 'r', 'd', 'D'],
    doc: 'time as h: clock (default), a: seconds since 1970, r: since the first event, d: since entering the call, D: since the event before',
    set: (draft, value) => {
      draft.time = timeMode(value);
    },
  },
  { names: ['-R'], doc: 'names of ports instead of their numbers', set: yes('portNames') },
  { names: ['-S', '--summary'], doc: 'at the end, how often each event occurred', set: yes('summary') },
  {
    names: ['-v', '--verbose'],
    doc: 'data in full, not its first 80 bytes; at the end, how many events were read and how fast',
    set: (draft) => {
      draft.verbose = true;
    },
  },
  {
    names: ['-P', '--progress'],
    doc: 'progress on standard error, also when that is no terminal',
    set: yes('progress'),
  },
  { names: ['--enter'], doc: 'events of entering system calls too, as sysdig 0.29 shows them', set: yes('enter') },
  { names: ['-l', '--list'], doc: 'list the fields, as waspglass fields', set: list('fields') },
  { names: ['-L', '--list-events'], doc: 'list the events, as waspglass events', set: list('events') },
  { names: ['-cl', '--list-chisels'], doc: 'list the chisels, as waspglass chisels', set: list('chisels') },
  {
    names: ['-i', '--chisel-info'],
    value: 'CHISEL',
    doc: 'describe a chisel',
    set: (draft, value) => {
      draft.listing = { what: 'chisels', words: [value] };
    },
  },
  { names: ['-F', '--fatfile'], doc: 'accepted: -w always keeps the events that the written ones need', set: nothing },
  { names: ['-d', '--displayflt'], doc: 'accepted: filters never cost state', set: nothing },
  { names: ['--unbuffered'], doc: 'accepted: output is handed over at every pause of the input', set: nothing },
  {
    names: ['-s', '--snaplen'],
    value: 'N',
    doc: 'accepted: a recorder option; files hold what was recorded',
    set: (_, value) => void count(value, '-s'),
  },
];

export const optionRows: readonly CommandOption[] = optionTable.map(({ names, value, doc, choices }) => ({
  flags: `${names.join(', ')}${value === undefined ? '' : ` ${value}`}`,
  doc,
  ...(choices !== undefined && { choices }),
}));

function count(text: string, option: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new UsageError(`${option} needs a number above 0, found "${text}"`);
}

function timeMode(text: string): TimeMode {
  if (text === 'h' || text === 'a' || text === 'r' || text === 'd' || text === 'D') return text;
  throw new UsageError(`-t needs one of h, a, r, d, D, found "${text}"`);
}

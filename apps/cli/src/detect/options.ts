/** The command line of `detect`. */
import { fileURLToPath } from 'node:url';
import { type CommandOption, UsageError } from '../command.ts';

export interface DetectOptions {
  readonly files: readonly string[];
  readonly rules: readonly string[];
  readonly output: 'json' | 'text';
  /** Only list or only check the rules. */
  readonly only: 'list' | 'check' | undefined;
  readonly matching: 'first' | 'all';
  readonly skipUnknown: boolean;
  readonly limit: number;
}

/** The rules that come with waspglass. */
export const ownRules = fileURLToPath(new URL('../../../../rules', import.meta.url));

export const optionRows: readonly CommandOption[] = [
  {
    flags: '-r RULES',
    doc: 'rule file or directory; may be repeated, order matters (default: the rules of waspglass)',
  },
  { flags: '-o json|text', doc: 'form of the alerts (default text)' },
  { flags: '-L', doc: 'list the rules with priority and source; reads no capture' },
  { flags: '-V', doc: 'check the rules only' },
  { flags: '-n N', doc: 'stop after N events of the files' },
  { flags: '--first', doc: 'only the first rule that matches an event, as Falco does (default: all)' },
  { flags: '--skip-unknown', doc: 'leave out rules with fields that waspglass lacks, instead of refusing them' },
];

type Draft = {
  -readonly [K in keyof DetectOptions]: DetectOptions[K] extends readonly string[] ? string[] : DetectOptions[K];
};

export function detectOptions(args: readonly string[]): DetectOptions {
  const draft: Draft = {
    files: [],
    rules: [],
    output: 'text',
    only: undefined,
    matching: 'all',
    skipUnknown: false,
    limit: Number.POSITIVE_INFINITY,
  };
  const words = [...args];
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    const handle = Object.hasOwn(handlers, word) ? handlers[word] : undefined;
    if (handle) handle(draft, words);
    else if (word.length > 1 && word.startsWith('-')) throw new UsageError(`no option "${word}"`);
    else draft.files.push(word);
  }
  if (draft.files.length === 0 && draft.only === undefined) throw new UsageError('expected the name of a capture file');
  if (draft.rules.length === 0) draft.rules.push(ownRules);
  return draft;
}

const handlers: Readonly<Record<string, (draft: Draft, rest: string[]) => void>> = {
  '-r': (draft, rest) => void draft.rules.push(value('-r', 'a rule file', rest)),
  '-o': (draft, rest) => {
    const form = value('-o', 'json or text', rest);
    if (form !== 'json' && form !== 'text') throw new UsageError(`-o needs json or text, found "${form}"`);
    draft.output = form;
  },
  '-L': (draft) => {
    draft.only = 'list';
  },
  '-V': (draft) => {
    draft.only = 'check';
  },
  '-n': (draft, rest) => {
    const text = value('-n', 'a number of events', rest);
    if (!/^[1-9]\d{0,14}$/.test(text)) throw new UsageError(`-n needs a number of events, found "${text}"`);
    draft.limit = Number(text);
  },
  '--first': (draft) => {
    draft.matching = 'first';
  },
  '--skip-unknown': (draft) => {
    draft.skipUnknown = true;
  },
};

function value(option: string, expected: string, rest: string[]): string {
  const word = rest.shift();
  if (word === undefined) throw new UsageError(`${option} needs ${expected}`);
  return word;
}

/** The command line of `files`. */
import { type CommandOption, UsageError } from '../command.ts';

export interface FilesOptions {
  readonly files: readonly string[];
  /** Where the written files go; undefined: only the list. */
  readonly directory: string | undefined;
  readonly json: boolean;
  readonly wholeOnly: boolean;
}

export const optionRows: readonly CommandOption[] = [
  {
    flags: '-x DIR',
    doc: 'put the files into DIR, each under its SHA-256, with ".part" behind it when it is not whole',
  },
  { flags: '--whole', doc: 'only files that are whole' },
  { flags: '--json', doc: 'one JSON object per file and line' },
];

export function filesOptions(args: readonly string[]): FilesOptions {
  const files: string[] = [];
  let directory: string | undefined;
  let json = false;
  let wholeOnly = false;
  const words = [...args];
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (word === '--json') json = true;
    else if (word === '--whole') wholeOnly = true;
    else if (word === '-x') {
      directory = words.shift();
      if (directory === undefined) throw new UsageError('-x needs a directory');
    } else if (word.startsWith('-') && word !== '-') throw new UsageError(`no option "${word}"`);
    else files.push(word);
  }
  if (files.length === 0) throw new UsageError('no capture file given');
  return { files, directory, json, wholeOnly };
}

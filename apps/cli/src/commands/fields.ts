/** `waspglass fields`: what filters can compare and formats can print, from the field tables. */
import { authFields, eventFields } from '@waspglass/fields';
import type { Command } from '../command.ts';
import { columns, listingArguments, listingOptions, matchesWords, printJson } from '../listing.ts';

/** What a listing needs of a row, whatever its context. */
interface Described {
  readonly type: string;
  readonly doc: string;
  readonly arg?: 'none' | 'optional' | 'required';
}

interface Row {
  readonly source: string;
  readonly name: string;
  readonly type: string;
  readonly argument: 'none' | 'optional' | 'required';
  readonly doc: string;
}

export const fields: Command = {
  name: 'fields',
  summary: 'Lists the fields of filters and formats.',
  usage: '[--json] [WORD…]',
  options: listingOptions,
  examples: [
    ['waspglass fields', 'all of them; [n] says that a field takes an argument'],
    ['waspglass fields proc.a', 'those whose name or description has the text'],
  ],
  async run(args, io) {
    const { json, words } = listingArguments(args);
    const rows = [...rowsOf('syscall', eventFields), ...rowsOf('auth', authFields)].filter((row) =>
      matchesWords(words, row.name, row.doc),
    );
    if (json) return printJson(rows, io);
    const sources = [...new Set(rows.map((row) => row.source))];
    const lines = sources.flatMap((source) => [
      [`Source ${source}:`],
      ...rows.filter((row) => row.source === source).map((row) => [`  ${shown(row)}`, row.type, row.doc]),
    ]);
    await io.out(columns(lines));
    return 0;
  },
};

function rowsOf(source: string, table: Readonly<Record<string, Described>>): Row[] {
  return Object.entries(table).map(([name, { type, doc, arg }]) => ({
    source,
    name,
    type,
    argument: arg ?? 'none',
    doc,
  }));
}

function shown({ name, argument }: Row): string {
  return argument === 'none' ? name : argument === 'required' ? `${name}[…]` : `${name}[n]`;
}

/** `waspglass chisels`: the analyses that `read -c` runs, from their table. */
import { chisels as table } from '@waspglass/chisels';
import type { Command } from '../command.ts';
import { columns, listingArguments, listingOptions, matchesWords, printJson } from '../listing.ts';

export const chisels: Command = {
  name: 'chisels',
  summary: 'Lists the analyses for read -c.',
  usage: '[--json] [WORD…]',
  options: listingOptions,
  examples: [
    ['waspglass chisels', 'all of them, by category'],
    ['waspglass chisels shell', 'those whose name or description has the word'],
  ],
  async run(args, io) {
    const { json, words } = listingArguments(args);
    const found = table.filter((chisel) => matchesWords(words, chisel.name, chisel.summary, chisel.category));
    if (json)
      return printJson(
        found.map(({ name, category, summary, args }) => ({ name, category, summary, args })),
        io,
      );
    const categories = [...new Set(found.map((chisel) => chisel.category))].toSorted();
    const rows = categories.flatMap((category) => [
      [`${category}:`],
      ...found
        .filter((chisel) => chisel.category === category)
        .flatMap(({ name, summary, args }) => [
          [`  ${name}`, summary],
          ...args.map((arg) => ['', `${arg.required === true ? arg.name : `[${arg.name}]`}: ${arg.doc}`]),
        ]),
    ]);
    await io.out(columns(rows));
    return 0;
  },
};

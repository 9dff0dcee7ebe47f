/** `waspglass events`: the event types of the format with their parameters, from the event table. */
import { type EventType, eventFlag, eventTypes } from '@waspglass/schema';
import type { Command } from '../command.ts';
import { columns, listingArguments, listingOptions, matchesWords, printJson } from '../listing.ts';

const HIDDEN = eventFlag.UNUSED | eventFlag.OLD_VERSION;

export const events: Command = {
  name: 'events',
  summary: 'Lists the event types and their parameters: what evt.type and evt.arg can be.',
  usage: '[--all] [--json] [WORD…]',
  options: [{ flags: '--all', doc: 'old versions of events too' }, ...listingOptions],
  examples: [
    ['waspglass events open', 'the events whose name has "open"; > enters a system call, < leaves it'],
    ['waspglass events --all --json', 'the whole table'],
  ],
  async run(args, io) {
    const { json, options, words } = listingArguments(args, ['--all']);
    const hidden = options.has('--all') ? 0 : HIDDEN;
    const found = eventTypes.filter((type) => (type.flags & hidden) === 0 && matchesWords(words, type.name));
    if (json) return printJson(found.map(describe), io);
    await io.out(columns(found.map((type) => [direction(type), type.name, parameters(type)])));
    return 0;
  },
};

function direction(type: EventType): string {
  return type.enter ? '>' : '<';
}

function parameters(type: EventType): string {
  return `(${type.params.map((param) => `${param.type} ${param.name}`).join(', ')})`;
}

function describe(type: EventType) {
  const { id, name, category, params } = type;
  return { id, name, direction: direction(type), enum: type.enum, category, params };
}

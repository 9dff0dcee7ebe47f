/**
 * The command table. A row names the module that holds the command, so that `waspglass read` loads neither the sensor nor
 * the web server.
 */
import { didYouMean } from '@waspglass/kit';
import type { Command } from './command.ts';

interface CommandRow {
  readonly summary: string;
  readonly load: () => Promise<Command>;
}

const commands: Readonly<Record<string, CommandRow>> = {
  up: {
    summary: 'set up a honeypot on this machine and keep it running',
    load: async () => (await import('./commands/up.ts')).up,
  },
  down: {
    summary: 'take down whatever a honeypot left on this machine',
    load: async () => (await import('./commands/down.ts')).down,
  },
  status: {
    summary: 'what runs, what was recorded, what was lost',
    load: async () => (await import('./commands/status.ts')).status,
  },
  login: {
    summary: 'print a new one-time link to the console',
    load: async () => (await import('./commands/login.ts')).login,
  },
  read: {
    summary: 'print, filter and analyse capture files, as sysdig -r does',
    load: async () => (await import('./commands/read.ts')).read,
  },
  detect: {
    summary: 'run Falco rules over capture files',
    load: async () => (await import('./commands/detect.ts')).detect,
  },
  files: {
    summary: 'list the files that were written, with hashes; put them together again',
    load: async () => (await import('./commands/files.ts')).files,
  },
  chisels: {
    summary: 'list the analyses for read -c',
    load: async () => (await import('./commands/chisels.ts')).chisels,
  },
  fields: {
    summary: 'list the fields of filters and formats',
    load: async () => (await import('./commands/fields.ts')).fields,
  },
  events: {
    summary: 'list the event types and their parameters',
    load: async () => (await import('./commands/events.ts')).events,
  },
  completion: {
    summary: 'print a script that completes command lines in bash or zsh',
    load: async () => (await import('./commands/completion.ts')).completion(allCommands),
  },
  config: {
    summary: 'check a configuration file, or print one with all defaults',
    load: async () => (await import('./commands/config.ts')).config,
  },
  sensor: {
    summary: 'record and judge what a victim does (one process, for services)',
    load: async () => (await import('./commands/sensor.ts')).sensor,
  },
  collect: {
    summary: 'store documents and serve the console (one process, for services)',
    load: async () => (await import('./commands/collect.ts')).collect,
  },
  ship: {
    summary: 'copy finished captures to the share (one process, for services)',
    load: async () => (await import('./commands/ship.ts')).ship,
  },
  egress: {
    summary: 'do outside what the victim is allowed to (one process, started by up)',
    load: async () => (await import('./commands/egress.ts')).egress,
  },
  victim: {
    summary: 'cut the victim off, start it afresh, show what contains it',
    load: async () => (await import('./commands/victim.ts')).victim,
  },
  verify: {
    summary: 'check evidence against its seals, on the share’s machine',
    load: async () => (await import('./commands/verify.ts')).verify,
  },
  share: {
    summary: 'set up a share that honeypots can only add to, and try to break it',
    load: async () => (await import('./commands/share.ts')).share,
  },
};

/** The command, or the end of the error text when there is none of that name. */
export async function findCommand(name: string): Promise<Command | string> {
  const row = Object.hasOwn(commands, name) ? commands[name] : undefined;
  return row === undefined ? didYouMean(name, Object.keys(commands)) : row.load();
}

/** Every command with its line of the overview, in the order of the table. */
export async function allCommands(): Promise<{ name: string; summary: string; command: Command }[]> {
  return Promise.all(
    Object.entries(commands).map(async ([name, { summary, load }]) => ({ name, summary, command: await load() })),
  );
}

export function overview(): string {
  const width = Math.max(...Object.keys(commands).map((n) => n.length));
  const rows = Object.entries(commands).map(([name, row]) => `  ${name.padEnd(width)}  ${row.summary}`);
  return [
    'Waspglass, a high-interaction Linux honeypot.',
    '',
    'Usage: waspglass COMMAND [ARGUMENTS]',
    '',
    ...rows,
    '',
    'waspglass COMMAND --help shows options and examples. Exit codes: 0 done, 1 the work failed, 2 wrong use.',
    '',
  ].join('\n');
}

/**
 * Entry of the command line: finds the row of the command table and runs it.
 */
import { escapeControl } from '@waspglass/kit';
import type { Io } from './command.ts';
import { findCommand, overview } from './commands.ts';
import { processIo } from './io.ts';
import { print, runCommand } from './run-command.ts';
import { usageOf } from './usage.ts';

async function main(argv: readonly string[]): Promise<number> {
  const io = processIo();
  const [name = 'help', ...args] = argv;
  if (name === 'help' || name === '--help' || name === '-h') return help(args[0], io);
  if (name === '--version' || name === '-V') return print(`waspglass ${(await packageVersion()) ?? ''}\n`, io);
  const command = await findCommand(name);
  if (typeof command === 'string') {
    io.err(`waspglass: no command "${escapeControl(name)}"${command}\n\n${overview()}`);
    return 2;
  }
  return runCommand(command, args, io);
}

async function help(topic: string | undefined, io: Io): Promise<number> {
  if (topic === undefined) return print(overview(), io);
  const command = await findCommand(topic);
  if (typeof command !== 'string') return print(usageOf(command), io);
  io.err(`waspglass: no command "${escapeControl(topic)}"${command}\n`);
  return 2;
}

async function packageVersion(): Promise<string | undefined> {
  const { default: manifest } = await import('../package.json', { with: { type: 'json' } });
  return manifest.version;
}

process.exitCode = await main(process.argv.slice(2));

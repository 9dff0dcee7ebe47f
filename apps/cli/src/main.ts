/**
 * Entry of the command line: finds the row of the command table, runs it, turns what it throws into one line and an exit
 * code. Users never see a stack for a fault of their input; a bug shows one.
 */
import { escapeControl, WaspglassError } from '@waspglass/kit';
import { type Io, UsageError } from './command.ts';
import { findCommand, overview, usageOf } from './commands.ts';
import { processIo } from './io.ts';

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
  if (args.some((a) => a === '--help' || a === '-h')) return print(usageOf(command), io);
  try {
    return await command.run(args, io);
  } catch (error) {
    return report(error, name, io);
  }
}

function report(error: unknown, name: string, io: Io): number {
  if (error instanceof UsageError) {
    io.err(`waspglass ${name}: ${escapeControl(error.message)}\nSee: waspglass ${name} --help\n`);
    return 2;
  }
  if (error instanceof WaspglassError) {
    // A list of faults has a line for each.
    io.err(`waspglass: ${error.message.split('\n').map(escapeControl).join('\n')}\n`);
    return 1;
  }
  io.err(`waspglass: this is a bug in waspglass; please report it with these lines\n`);
  io.err(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return 1;
}

async function help(topic: string | undefined, io: Io): Promise<number> {
  if (topic === undefined) return print(overview(), io);
  const command = await findCommand(topic);
  if (typeof command !== 'string') return print(usageOf(command), io);
  io.err(`waspglass: no command "${escapeControl(topic)}"${command}\n`);
  return 2;
}

async function print(text: string, io: Io): Promise<number> {
  await io.out(text);
  return 0;
}

async function packageVersion(): Promise<string | undefined> {
  const { default: manifest } = await import('../package.json', { with: { type: 'json' } });
  return manifest.version;
}

process.exitCode = await main(process.argv.slice(2));

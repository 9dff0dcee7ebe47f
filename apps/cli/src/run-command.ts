/**
 * Runs one command: turns what it throws into one line and an exit code. Users never see a stack for a fault of their
 * input; a bug shows one.
 */
import { escapeControl, WaspglassError } from '@waspglass/kit';
import { type Command, type Io, UsageError } from './command.ts';
import { usageOf } from './usage.ts';

export async function runCommand(command: Command, args: readonly string[], io: Io): Promise<number> {
  if (args.some((a) => a === '--help' || a === '-h')) return print(usageOf(command), io);
  try {
    return await command.run(args, io);
  } catch (error) {
    return report(error, command.name, io);
  }
}

export async function print(text: string, io: Io): Promise<number> {
  await io.out(text);
  return 0;
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

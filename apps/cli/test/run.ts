/** Runs a command in-process as main does: output, messages and exit code, nothing else. */
import { escapeControl, WaspglassError } from '@waspglass/kit';
import { type Command, type Io, UsageError } from '../src/command.ts';

export interface Run {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface RunOptions {
  readonly terminal?: boolean;
  /** Takes chunks instead of collecting them. */
  readonly out?: Io['out'];
}

export async function runCommand(command: Command, args: readonly string[], options: RunOptions = {}): Promise<Run> {
  const chunks: Buffer[] = [];
  let err = '';
  const io: Io = {
    out: options.out ?? (async (chunk) => void chunks.push(Buffer.from(chunk))),
    err: (text) => {
      err += text;
    },
    outIsTerminal: options.terminal ?? false,
    errIsTerminal: false,
    signal: new AbortController().signal,
  };
  const code = await command.run(args, io).catch((error: unknown) => {
    if (!(error instanceof WaspglassError) && !(error instanceof UsageError)) throw error;
    err += `waspglass: ${escapeControl(error.message)}\n`;
    return error instanceof UsageError ? 2 : 1;
  });
  return { code, out: Buffer.concat(chunks).toString('utf8'), err };
}

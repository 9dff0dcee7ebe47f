/** The process's own streams as the `Io` of commands: back-pressure, a closed pipe ends the program quietly. */
import { fstatSync, writeSync } from 'node:fs';
import { messageOf, systemCode } from '@waspglass/kit';
import type { Io } from './command.ts';
import { fail } from './errors.ts';

const STDOUT = 1;

export function processIo(): Io {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort(signal));
  // Whoever waits for `out` hears of other errors.
  process.stdout.on('error', (error) => {
    if (systemCode(error) === 'EPIPE') process.exit(0);
  });
  return {
    out: isFile(STDOUT) ? toFile : toStream,
    err: (text) => void process.stderr.write(text),
    outIsTerminal: process.stdout.isTTY === true,
    errIsTerminal: process.stderr.isTTY === true,
    signal: stop.signal,
  };
}

function isFile(fd: number): boolean {
  try {
    return fstatSync(fd).isFile();
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return false;
  }
}

/** A file takes everything at once. */
function toFile(chunk: string | Uint8Array): void {
  const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(STDOUT, bytes, at);
  } catch (error) {
    throw failure(error);
  }
}

function toStream(chunk: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(chunk, (error) => (error ? reject(failure(error)) : resolve()));
  });
}

function failure(error: unknown): Error {
  return fail('WG_OUTPUT', { reason: messageOf(error) }, { cause: error });
}

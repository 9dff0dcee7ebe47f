/** Alerts as lines to a program that is kept running: started at the first alert, again when it ended. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fail } from './errors.ts';
import { unlessAborted } from './limited.ts';
import type { Transport } from './queued-output.ts';

const KILL_MS = 2000;

export function openProgram(command: readonly string[]): Transport {
  let child: ChildProcess | undefined;
  const start = (): ChildProcess => {
    const [program = '', ...args] = command;
    const started = spawn(program, args, { stdio: ['pipe', 'ignore', 'ignore'] });
    started.unref();
    const gone = () => {
      if (child === started) child = undefined;
    };
    started.on('error', gone).on('exit', gone);
    started.stdin?.on('error', gone);
    return started;
  };
  return {
    async deliver(items, signal) {
      child ??= start();
      const { stdin } = child;
      const running = child;
      const taken = new Promise<void>((resolve, reject) => {
        running.once('error', reject);
        running.once('exit', (code, by) =>
          reject(fail('WG_ALERTS_PROGRAM', { program: command[0], how: by ?? `code ${code}` })),
        );
        stdin?.write(items.map((item) => `${item}\n`).join(''), (error) => (error ? reject(error) : resolve()));
      });
      try {
        await unlessAborted(signal, taken);
      } catch (error) {
        child = undefined;
        end(running);
        throw error;
      } finally {
        running.removeAllListeners('exit');
      }
    },
    close: () => {
      if (child) end(child);
      child = undefined;
    },
  };
}

/** One program run for each delivery, the text on its standard input; fails unless it ends with 0. */
export async function runWithInput(command: readonly string[], text: string, signal: AbortSignal): Promise<void> {
  const [program = '', ...args] = command;
  const child = spawn(program, args, { stdio: ['pipe', 'ignore', 'ignore'] });
  child.stdin.on('error', () => undefined);
  child.stdin.end(text);
  try {
    const [code, by] = (await unlessAborted(signal, once(child, 'exit'))) as [number | null, string | null];
    if (code !== 0) throw fail('WG_ALERTS_PROGRAM', { program, how: by ?? `code ${code}` });
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
}

/** Closing its input asks a program to end; later it has to. */
function end(child: ChildProcess): void {
  child.stdin?.destroy();
  const timer = setTimeout(() => child.kill('SIGKILL'), KILL_MS);
  timer.unref();
  child.once('exit', () => clearTimeout(timer));
}

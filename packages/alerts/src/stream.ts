/**
 * Alerts to an open descriptor such as standard output. A pipe whose reader stands still must not hold up the program:
 * Node's own standard output would (it writes to pipes synchronously), so pipes and sockets get a stream of their own.
 */
import { fstatSync, write } from 'node:fs';
import { Socket } from 'node:net';
import { unlessAborted } from './limited.ts';
import type { Transport } from './queued-output.ts';

export function openStream(fd: number): Transport {
  const stat = fstatSync(fd);
  return stat.isFIFO() || stat.isSocket() ? pipe(fd) : plain(fd);
}

function pipe(fd: number): Transport {
  const socket = new Socket({ fd, readable: false, writable: true });
  socket.on('error', () => undefined);
  socket.unref();
  /** A line that was handed over is on its way whatever becomes of the wait. */
  let handed: { readonly text: string; readonly done: Promise<void> } | undefined;
  return {
    async deliver(items, signal) {
      const text = lines(items);
      if (handed?.text !== text) {
        const done = new Promise<void>((resolve, reject) => {
          socket.write(text, (error) => (error ? reject(error) : resolve()));
        });
        done.catch(() => undefined);
        handed = { text, done };
      }
      const { done } = handed;
      try {
        await unlessAborted(signal, done);
        handed = undefined;
      } catch (error) {
        if (!signal.aborted) handed = undefined;
        throw error;
      }
    },
    close: () => socket.destroy(),
  };
}

/** Files and terminals. */
function plain(fd: number): Transport {
  return {
    async deliver(items) {
      const bytes = Buffer.from(lines(items));
      for (let at = 0; at < bytes.length; ) at += await written(fd, bytes, at);
    },
    close: () => undefined,
  };
}

function written(fd: number, bytes: Buffer, at: number): Promise<number> {
  return new Promise((resolve, reject) => {
    write(fd, bytes, at, bytes.length - at, null, (error, n) => (error ? reject(error) : resolve(n)));
  });
}

const lines = (items: readonly string[]) => items.map((item) => `${item}\n`).join('');

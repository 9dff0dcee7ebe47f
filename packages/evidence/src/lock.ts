/**
 * One shipper for a spool: a socket in Linux's abstract name space, which the kernel gives back whenever its holder ends,
 * however it ends.
 */
import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { systemCode } from '@waspglass/kit';
import { fail } from './errors.ts';

/** Takes the lock of a directory, or throws. Returns what gives it back. */
export async function lockSpool(directory: string): Promise<() => Promise<void>> {
  const place = createHash('sha256').update(realpathSync(directory)).digest('hex').slice(0, 32);
  const server = createServer((socket) => socket.destroy());
  try {
    await listen(server, `\0waspglass-ship-${place}`);
  } catch (error) {
    if (systemCode(error) !== 'EADDRINUSE') throw error;
    throw fail('WG_EVIDENCE_LOCKED', { directory }, { cause: error });
  }
  server.unref();
  return () => new Promise((resolve) => server.close(() => resolve()));
}

function listen(server: Server, name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(name, () => resolve());
  });
}

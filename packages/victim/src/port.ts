/** Whether a port of the host is free, and who has it: forwarding would silently take it from them. */
import { createServer } from 'node:net';
import { systemCode } from '@waspglass/kit';
import { attempt } from './command.ts';
import { fail } from './errors.ts';

/** Throws when something listens on the port, or when `rival` (another instance) publishes it. */
export async function checkPortFree(port: number, address: string | undefined, rival?: string): Promise<void> {
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw fail('WG_VICTIM_ADDRESS_BAD', { found: port, expected: 'a port from 1 to 65535' });
  }
  if (rival !== undefined) throw fail('WG_VICTIM_PORT_TAKEN', { port, owner: rival });
  const code = await bindError(port, address ?? '0.0.0.0');
  if (code === 'EADDRINUSE') throw fail('WG_VICTIM_PORT_TAKEN', { port, owner: await listenerOf(port) });
  if (code !== undefined) {
    throw fail('WG_VICTIM_ADDRESS_BAD', { found: address, expected: `an address of this machine (${code})` });
  }
}

function bindError(port: number, host: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error) => resolve(systemCode(error) ?? error.message));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}

async function listenerOf(port: number): Promise<string> {
  const { stdout } = await attempt('ss', ['-Hltnp', 'sport', '=', `:${port}`]);
  const match = /users:\(\("([^"]{1,64})",pid=(\d+)/.exec(stdout);
  return match === null ? 'another process' : `${match[1]} (process ${match[2]})`;
}

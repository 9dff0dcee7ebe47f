/** IPv4 arithmetic for the link between host and victim, and the check that nobody else uses its network. */
import { run } from './command.ts';
import { fail } from './errors.ts';

export interface LinkAddresses {
  readonly host: string;
  readonly victim: string;
  readonly prefix: number;
}

/** The first two addresses of a private network such as `10.66.0.0/30`: the host's and the victim's. */
export function linkAddresses(network: string): LinkAddresses {
  const match = /^(\d+\.\d+\.\d+\.\d+)\/(\d+)$/.exec(network);
  const prefix = Number(match?.[2]);
  const base = match === null ? undefined : parseIpv4(match[1] ?? '');
  if (base === undefined || !(prefix >= 8 && prefix <= 30) || base % 2 ** (32 - prefix) !== 0 || !isPrivate(base)) {
    throw fail('WG_VICTIM_ADDRESS_BAD', { found: network, expected: 'a private IPv4 network such as 10.66.0.0/30' });
  }
  return { host: formatIpv4(base + 1), victim: formatIpv4(base + 2), prefix };
}

/** Throws when a route of the host overlaps the network (routes on `device` are our own). */
export async function checkNetworkFree(network: string, device: string): Promise<void> {
  const routes: unknown = JSON.parse(await run('ip', ['-j', '-4', 'route', 'show', 'table', 'all']));
  if (!Array.isArray(routes)) return;
  for (const { dst, dev } of routes as { dst?: string; dev?: string }[]) {
    if (dst === undefined || dst === 'default' || dev === device) continue;
    if (overlap(network, dst)) throw fail('WG_VICTIM_SUBNET_TAKEN', { found: network, route: `${dst} dev ${dev}` });
  }
}

/** Throws unless `text` is an IPv4 address. */
export function checkIpv4(text: string): void {
  if (parseIpv4(text) === undefined) {
    throw fail('WG_VICTIM_ADDRESS_BAD', { found: text, expected: 'an IPv4 address' });
  }
}

function overlap(a: string, b: string): boolean {
  const [baseA, sizeA] = range(a);
  const [baseB, sizeB] = range(b);
  return baseA < baseB + sizeB && baseB < baseA + sizeA;
}

function range(network: string): [base: number, size: number] {
  const [address = '', prefix = '32'] = network.split('/');
  return [parseIpv4(address) ?? 0, 2 ** (32 - Number(prefix))];
}

function parseIpv4(text: string): number | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256)) return undefined;
  return parts.reduce((sum, part) => sum * 256 + Number(part), 0);
}

function formatIpv4(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
}

/** RFC 1918. */
function isPrivate(address: number): boolean {
  const top = Math.floor(address / 2 ** 24);
  const second = Math.floor(address / 2 ** 16) % 256;
  return top === 10 || (top === 172 && second >= 16 && second < 32) || (top === 192 && second === 168);
}

/**
 * The pair of interfaces between host and victim. Containment is in force before it exists: the rules name the host's end.
 */
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import type { LinkAddresses } from './addresses.ts';
import { attempt, run } from './command.ts';

export interface LinkOptions {
  readonly instance: string;
  readonly addresses: LinkAddresses;
  readonly mac: string;
  /** Process whose network namespace gets `eth0`. */
  readonly initPid: number;
}

/** Interface names have at most 15 characters, so long instance names end in a hash of themselves. */
export function hostInterface(instance: string): string {
  if (instance.length <= 10) return `${instance}-h`;
  const hash = createHash('sha256').update(instance).digest('hex').slice(0, 4);
  return `${instance.slice(0, 6)}${hash}-h`;
}

export async function createLink({ instance, addresses, mac, initPid }: LinkOptions): Promise<void> {
  const host = hostInterface(instance);
  const { prefix } = addresses;
  await removeLink(instance);
  const peer = ['peer', 'name', 'eth0', 'address', mac, 'netns', `${initPid}`];
  await run('ip', ['link', 'add', host, 'type', 'veth', ...peer]);
  await setInterface('ipv6', host, 'disable_ipv6', '1');
  await setInterface('ipv4', host, 'forwarding', '1');
  // Connections from the host's loopback address leave through this interface.
  await setInterface('ipv4', host, 'route_localnet', '1');
  await setInterface('ipv4', host, 'rp_filter', '1');
  await run('ip', ['-batch', '-'], {
    input: `addr add ${addresses.host}/${prefix} dev ${host}\nlink set ${host} up\n`,
  });
  const inside = [
    'link set lo up',
    `addr add ${addresses.victim}/${prefix} brd + dev eth0`,
    'link set eth0 up',
    `route add default via ${addresses.host}`,
  ];
  const enter = [`--net=/proc/${initPid}/ns/net`, '--', 'ip', '-batch', '-'];
  await run('nsenter', enter, { input: `${inside.join('\n')}\n` });
}

/** Removes the pair; it is gone already when the victim's namespace is. */
export async function removeLink(instance: string): Promise<void> {
  await attempt('ip', ['link', 'del', hostInterface(instance)]);
}

function setInterface(family: string, name: string, key: string, value: string): Promise<void> {
  return writeFile(`/proc/sys/net/${family}/conf/${name}/${key}`, value);
}

/**
 * The pair of interfaces between host and victim. Containment is in force before it exists: the rules name the host's end,
 * and what the victim sends is diverted into the sink before the link is up.
 */
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import type { LinkAddresses } from './addresses.ts';
import { attempt, run } from './command.ts';
import { divert } from './divert.ts';
import { REPLY_MARK } from './ruleset.ts';
import { linkSink } from './sink.ts';

export interface LinkOptions {
  readonly instance: string;
  readonly addresses: LinkAddresses;
  readonly mac: string;
  /** Process whose network namespace gets `eth0`. */
  readonly initPid: number;
  /** The victim's port behind the published one. */
  readonly victimPort: number;
}

/** The host's end of the victim's link. */
export function hostInterface(instance: string): string {
  return `${shortName(instance)}-h`;
}

/** The host's end of the sink's link. */
export function sinkInterface(instance: string): string {
  return `${shortName(instance)}-x`;
}

/** Interface names have at most 15 characters, so long instance names end in a hash of themselves. */
function shortName(instance: string): string {
  if (instance.length <= 10) return instance;
  const hash = createHash('sha256').update(instance).digest('hex').slice(0, 4);
  return `${instance.slice(0, 6)}${hash}`;
}

export async function createLink({ instance, addresses, mac, initPid, victimPort }: LinkOptions): Promise<void> {
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
  const sink = sinkInterface(instance);
  await divert({ device: host, sink, victimAddress: addresses.victim, victimPort });
  const hostMac = (await readFile(`/sys/class/net/${host}/address`, 'utf8')).trim();
  const ends = { hostAddress: addresses.host, victimAddress: addresses.victim, prefix };
  await linkSink({ instance, ...ends, hostMac, victimMac: mac });
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

/**
 * Routing of the host forwards nothing that comes from the victim unless the rules of nftables have marked it as a reply.
 * So without these rules nothing passes. The rule waits for the interface.
 */
export async function requireMark(instance: string): Promise<void> {
  await forgetMark(instance);
  await run('ip', ['rule', 'add', ...markRule(instance), 'blackhole']);
}

export async function forgetMark(instance: string): Promise<void> {
  while ((await attempt('ip', ['rule', 'del', ...markRule(instance)])).status === 0);
}

/** Before all rules that others may have, after that of local addresses. */
function markRule(instance: string): string[] {
  return ['pref', '10', 'iif', hostInterface(instance), 'fwmark', `0/${REPLY_MARK}`];
}

function setInterface(family: string, name: string, key: string, value: string): Promise<void> {
  return writeFile(`/proc/sys/net/${family}/conf/${name}/${key}`, value);
}

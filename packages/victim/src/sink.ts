/**
 * The sealed namespace that takes everything that a victim sends anywhere but to its attackers. It has one link, to the
 * victim's; no address of the host is in it, nothing is forwarded out of it, and it outlives all our processes. What the
 * policy allows meets a mediator's socket there, the rest is counted by destination and dropped.
 */
import { stat } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { attempt, run } from './command.ts';
import type { EgressLimits, EgressRow } from './egress/policy.ts';
import { sinkRuleset } from './sink-rules.ts';

export interface SinkOptions {
  readonly instance: string;
  /** The host's end of the sink's link. */
  readonly device: string;
  readonly victimAddress: string;
  readonly policy: readonly EgressRow[];
  readonly limits: EgressLimits;
  readonly isolated: boolean;
}

export interface SinkLink {
  readonly instance: string;
  readonly hostAddress: string;
  readonly prefix: number;
  /** The host's end of the victim's link has this address: packets to it must look addressed to the sink. */
  readonly hostMac: string;
  readonly victimAddress: string;
  readonly victimMac: string;
}

export const SINK_TABLE = 'sink';
/** Routing table in which every address is the sink's own. */
const EVERYWHERE = 100;

export function sinkNamespace(instance: string): string {
  return `${instance}-sink`;
}

export async function createSink(options: SinkOptions): Promise<void> {
  const { instance, device } = options;
  const name = sinkNamespace(instance);
  if (!(await sinkExists(instance))) {
    await run('ip', ['netns', 'add', name]);
    await run('ip', ['link', 'add', device, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name]);
    await inSink(instance, 'sh', ['-c', SETTINGS]);
  }
  const hosts = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const addresses = hosts.filter(({ family }) => family === 'IPv4').map(({ address }) => address);
  await inSink(instance, 'nft', ['-f', '-'], sinkRuleset({ ...options, table: SINK_TABLE, hosts: addresses }));
  await run('sh', ['-c', `echo 1 >/proc/sys/net/ipv6/conf/${device}/disable_ipv6`]);
  await run('ip', ['link', 'set', device, 'up']);
}

/** Nothing is routed; all that arrives is for us; connections count their bytes. */
const SETTINGS = [
  'ip link set lo up',
  ...['ipv4/ip_forward=0', 'ipv4/conf/all/rp_filter=0', 'ipv4/conf/default/rp_filter=0', 'ipv4/conf/eth0/rp_filter=0'],
  ...['ipv6/conf/all/disable_ipv6=1', 'netfilter/nf_conntrack_acct=1'],
]
  .map((line) => line.replace(/^(\S+)=(\d)$/, 'echo $2 >/proc/sys/net/$1'))
  .join(' && ');

/** Joins the sink to a victim that has just been made. */
export async function linkSink(link: SinkLink): Promise<void> {
  const { hostAddress, prefix, hostMac, victimAddress, victimMac } = link;
  const lines = [
    'link set eth0 down',
    `link set eth0 address ${hostMac}`,
    'link set eth0 arp off',
    'addr flush dev eth0',
    `addr add ${hostAddress}/${prefix} dev eth0`,
    'link set eth0 up',
    `neigh replace ${victimAddress} lladdr ${victimMac} nud permanent dev eth0`,
    `route replace local default dev lo table ${EVERYWHERE}`,
  ];
  await inSink(link.instance, 'ip', ['-batch', '-'], `${lines.join('\n')}\n`);
  await attempt('ip', ['-n', sinkNamespace(link.instance), 'rule', 'del', 'iif', 'eth0', 'lookup', `${EVERYWHERE}`]);
  await run('ip', ['-n', sinkNamespace(link.instance), 'rule', 'add', 'iif', 'eth0', 'lookup', `${EVERYWHERE}`]);
}

export async function removeSink(instance: string, device: string): Promise<void> {
  await attempt('ip', ['link', 'del', device]);
  await attempt('ip', ['netns', 'del', sinkNamespace(instance)]);
}

export async function sinkExists(instance: string): Promise<boolean> {
  return (await stat(sinkPath(instance)).catch(() => undefined)) !== undefined;
}

/** For `nsenter --net=`. */
export function sinkPath(instance: string): string {
  return `/run/netns/${sinkNamespace(instance)}`;
}

export function inSink(instance: string, tool: string, args: readonly string[], input?: string): Promise<string> {
  const words = ['netns', 'exec', sinkNamespace(instance), tool, ...args];
  return run('ip', words, input === undefined ? {} : { input });
}

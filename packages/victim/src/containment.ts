/**
 * Containment: the published port and the wall around the victim. Applied before the victim's interface exists, removed
 * after it is gone; between, nothing that happens to our processes changes it.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { checkIpv4 } from './addresses.ts';
import { attempt, run } from './command.ts';
import { fail } from './errors.ts';
import { hostInterface, removeLink } from './link.ts';
import { checkPortFree } from './port.ts';
import { checkInstance, checkRequirements } from './requirements.ts';
import { ruleset } from './ruleset.ts';

export interface ContainmentOptions {
  readonly instance: string;
  readonly hostPort: number;
  /** Publish on this address only; default: on every address of the host. */
  readonly listenAddress?: string;
  readonly victimAddress: string;
  /** Default 22. */
  readonly victimPort?: number;
}

export interface Count {
  readonly packets: number;
  readonly bytes: number;
}

export interface Attempt extends Count {
  readonly address: string;
  /** `tcp`, `udp`, `icmp` … or a number. */
  readonly protocol: string;
  /** 0 for protocols without ports. */
  readonly port: number;
}

export interface ContainmentCounters {
  /** From the victim to anywhere but the host. */
  readonly egressDropped: Count;
  /** From the victim to the host itself. */
  readonly hostDropped: Count;
  /** To the victim, but not by the published port. */
  readonly inboundDropped: Count;
  /** Connections by the published port (`packets` counts connections). */
  readonly published: Count;
  /** Dropped packets by destination; at most 5120 rows, forgotten after a day. */
  readonly attempts: readonly Attempt[];
}

interface OwnTable {
  readonly name: string;
  readonly port: number;
  readonly wasForwarding: boolean;
}

const FORWARDING = '/proc/sys/net/ipv4/ip_forward';

export class Containment {
  readonly instance: string;

  private constructor(instance: string) {
    this.instance = instance;
  }

  /** Puts the rules in force, all at once; replaces those that a killed process left. */
  static async apply(options: ContainmentOptions): Promise<Containment> {
    const { instance, hostPort, listenAddress, victimAddress, victimPort = 22 } = options;
    checkInstance(instance);
    checkRequirements(['nft', 'ip', 'ss']);
    for (const address of [victimAddress, ...(listenAddress === undefined ? [] : [listenAddress])]) checkIpv4(address);
    const tables = await ownTables();
    const isOwn = tables.some(({ name }) => name === instance);
    if (!isOwn && (await tableExists(instance))) throw fail('WG_VICTIM_TABLE_TAKEN', { found: instance });
    const others = tables.filter(({ name }) => name !== instance);
    const rival = others.find(({ port }) => port === hostPort);
    await checkPortFree(hostPort, listenAddress, rival && `the instance "${rival.name}"`);
    const wasForwarding = tables.every((table) => table.wasForwarding) && (tables.length > 0 || (await isForwarding()));
    const rules = ruleset({
      table: instance,
      device: hostInterface(instance),
      victimAddress,
      victimPort,
      hostPort,
      ...(listenAddress === undefined ? {} : { listenAddress }),
      wasForwarding,
    });
    await run('nft', ['-f', '-'], { input: rules });
    await writeFile(FORWARDING, '1');
    return new Containment(instance);
  }

  /** The handle on rules that another process applied. */
  static of(instance: string): Containment {
    checkInstance(instance);
    return new Containment(instance);
  }

  /** Takes rules, link and forwarding back; does nothing when there are none. The victim must be gone. */
  async remove(): Promise<void> {
    await removeLink(this.instance);
    const tables = await ownTables();
    const own = tables.find(({ name }) => name === this.instance);
    if (own === undefined) return;
    // While rules that forbid other forwarding are in force, forwarding ends first.
    if (!own.wasForwarding && tables.length === 1) await writeFile(FORWARDING, '0');
    await run('nft', ['delete', 'table', 'inet', this.instance]);
  }

  /** Whether the rules are in force; somebody who flushes the host's whole ruleset takes them away. */
  async isApplied(): Promise<boolean> {
    return (await ownTables()).some(({ name }) => name === this.instance);
  }

  async counters(): Promise<ContainmentCounters> {
    return readCounters(JSON.parse(await run('nft', ['-j', 'list', 'table', 'inet', this.instance])));
  }
}

/** Reads `nft -j list table`; parts that are missing count as nothing. */
export function readCounters(document: NftDocument): ContainmentCounters {
  const rows = document.nftables ?? [];
  const counter = (name: string): Count => {
    const row = rows.find((entry) => entry.counter?.name === name)?.counter;
    return { packets: row?.packets ?? 0, bytes: row?.bytes ?? 0 };
  };
  const attempts = rows.flatMap((entry) => (entry.set?.elem ?? []).map(readAttempt));
  return {
    egressDropped: counter('egress_dropped'),
    hostDropped: counter('host_dropped'),
    inboundDropped: counter('inbound_dropped'),
    published: counter('published'),
    attempts: attempts.filter((found) => found !== undefined),
  };
}

interface NftDocument {
  readonly nftables?: readonly { readonly counter?: NftCounter; readonly set?: NftSet }[];
}

interface NftCounter {
  readonly name?: string;
  readonly packets: number;
  readonly bytes: number;
}

interface NftSet {
  readonly elem?: readonly { elem?: { val?: { concat?: readonly (string | number)[] }; counter?: NftCounter } }[];
}

function readAttempt({ elem }: NonNullable<NftSet['elem']>[number]): Attempt | undefined {
  const [address, protocol, port = 0] = elem?.val?.concat ?? [];
  if (address === undefined || protocol === undefined) return undefined;
  const { packets = 0, bytes = 0 } = elem?.counter ?? {};
  return { address: String(address), protocol: String(protocol), port: Number(port), packets, bytes };
}

async function tableExists(name: string): Promise<boolean> {
  return (await attempt('nft', ['--terse', 'list', 'table', 'inet', name])).status === 0;
}

async function isForwarding(): Promise<boolean> {
  return (await readFile(FORWARDING, 'utf8')).trim() === '1';
}

/** The tables of all instances on this machine, known by their comment. */
async function ownTables(): Promise<OwnTable[]> {
  const text = await run('nft', ['--terse', 'list', 'ruleset', 'inet']);
  const found = text.matchAll(/^table inet (\S+) \{\n\s*comment "waspglass port=(\d+) forwarding=([01])"/gm);
  return [...found].map(([, name = '', port, was]) => ({ name, port: Number(port), wasForwarding: was === '1' }));
}

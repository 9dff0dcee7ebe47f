/**
 * Containment: the published port, the walls around the victim (nftables on the host, the sink behind tc) and the budget of
 * what it may do outside. Applied before the victim's interface exists, removed after it is gone; between, nothing that
 * happens to our processes changes it.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { checkIpv4 } from './addresses.ts';
import { attempt, run } from './command.ts';
import { isDiverted, refusedByRate } from './divert.ts';
import { defaultEgressLimits } from './egress/policy.ts';
import { fail } from './errors.ts';
import { forgetMark, hostInterface, removeLink, requireMark, sinkInterface } from './link.ts';
import { checkPortFree } from './port.ts';
import { checkInstance, checkRequirements } from './requirements.ts';
import { type MediatorRules, ruleset } from './ruleset.ts';
import { createSink, inSink, removeSink, SINK_TABLE, sinkExists } from './sink.ts';

export interface ContainmentOptions {
  readonly instance: string;
  readonly hostPort: number;
  /** Publish on this address only; default: on every address of the host. */
  readonly listenAddress?: string;
  readonly victimAddress: string;
  /** Default 22. */
  readonly victimPort?: number;
  /** What the victim may do outside; default: nothing. */
  readonly egress?: MediatorRules;
  /** Start with nothing passing to or from the victim; rules that are replaced hand this on. */
  readonly isolated?: boolean;
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
  /** Beyond a limit of the budget, in either direction. */
  readonly overLimit: Count;
  /** Connections and questions that a mediator was given (`packets` counts them). */
  readonly mediated: Count;
  /** What the mediators' user tried beyond the policy. */
  readonly mediatorDropped: Count;
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
    const { instance, hostPort, listenAddress, victimAddress, victimPort = 22, egress } = options;
    checkInstance(instance);
    checkRequirements(['nft', 'ip', 'tc', 'ss']);
    for (const address of [victimAddress, ...(listenAddress === undefined ? [] : [listenAddress])]) checkIpv4(address);
    const tables = await ownTables();
    const isOwn = tables.some(({ name }) => name === instance);
    if (!isOwn && (await tableExists(instance))) throw fail('WG_VICTIM_TABLE_TAKEN', { found: instance });
    const others = tables.filter(({ name }) => name !== instance);
    const rival = others.find(({ port }) => port === hostPort);
    await checkPortFree(hostPort, listenAddress, rival && `the instance "${rival.name}"`);
    const wasForwarding = tables.every((table) => table.wasForwarding) && (tables.length > 0 || (await isForwarding()));
    const isolated = options.isolated ?? (isOwn && (await Containment.of(instance).isIsolated()));
    const rules = ruleset({
      table: instance,
      device: hostInterface(instance),
      victimAddress,
      victimPort,
      hostPort,
      ...(listenAddress === undefined ? {} : { listenAddress }),
      wasForwarding,
      isolated,
      ...(egress === undefined ? {} : { mediator: egress }),
    });
    const { policy = [], limits = defaultEgressLimits } = egress ?? {};
    await createSink({ instance, device: sinkInterface(instance), victimAddress, policy, limits, isolated });
    await run('nft', ['-f', '-'], { input: rules });
    await requireMark(instance);
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
    await removeSink(this.instance, sinkInterface(this.instance));
    await forgetMark(this.instance);
    const tables = await ownTables();
    const own = tables.find(({ name }) => name === this.instance);
    if (own === undefined) return;
    // While rules that forbid other forwarding are in force, forwarding ends first.
    if (!own.wasForwarding && tables.length === 1) await writeFile(FORWARDING, '0');
    await run('nft', ['delete', 'table', 'inet', this.instance]);
  }

  /** Whether every wall stands; somebody who flushes the host's whole ruleset takes one away. */
  async isApplied(): Promise<boolean> {
    const isOwn = (await ownTables()).some(({ name }) => name === this.instance);
    if (!isOwn || !(await sinkExists(this.instance))) return false;
    return (await isDiverted(hostInterface(this.instance))) !== false;
  }

  /** The kill switch: from now on nothing passes to or from the victim, its attackers' sessions included. */
  async isolate(): Promise<void> {
    if (await this.isIsolated()) return;
    await inSink(this.instance, 'nft', ['add', 'rule', 'inet', SINK_TABLE, 'isolated', 'drop']);
    await run('nft', ['add', 'rule', 'inet', this.instance, 'isolated', 'drop']);
  }

  async release(): Promise<void> {
    await run('nft', ['flush', 'chain', 'inet', this.instance, 'isolated']);
    await inSink(this.instance, 'nft', ['flush', 'chain', 'inet', SINK_TABLE, 'isolated']);
  }

  async isIsolated(): Promise<boolean> {
    const { status, stdout } = await attempt('nft', ['list', 'chain', 'inet', this.instance, 'isolated']);
    return status === 0 && /^\s*drop$/m.test(stdout);
  }

  /** Sums of the host's table and the sink's. */
  async counters(): Promise<ContainmentCounters> {
    const host = readCounters(JSON.parse(await run('nft', ['-j', 'list', 'table', 'inet', this.instance])));
    const text = await inSink(this.instance, 'nft', ['-j', 'list', 'table', 'inet', SINK_TABLE]);
    const sink = readCounters(JSON.parse(text));
    const refused = await refusedByRate(sinkInterface(this.instance));
    return addCounters(host, sink, refused);
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
    overLimit: counter('over_limit'),
    mediated: counter('mediated'),
    mediatorDropped: counter('mediator_dropped'),
    attempts: attempts.filter((found) => found !== undefined),
  };
}

function addCounters(a: ContainmentCounters, b: ContainmentCounters, refused: number): ContainmentCounters {
  const sum = (x: Count, y: Count): Count => ({ packets: x.packets + y.packets, bytes: x.bytes + y.bytes });
  return {
    egressDropped: sum(sum(a.egressDropped, b.egressDropped), { packets: refused, bytes: 0 }),
    hostDropped: sum(a.hostDropped, b.hostDropped),
    inboundDropped: sum(a.inboundDropped, b.inboundDropped),
    published: sum(a.published, b.published),
    overLimit: sum(a.overLimit, b.overLimit),
    mediated: sum(a.mediated, b.mediated),
    mediatorDropped: sum(a.mediatorDropped, b.mediatorDropped),
    attempts: [...a.attempts, ...b.attempts],
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

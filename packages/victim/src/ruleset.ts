/**
 * The nftables rules of one instance on the host, as text for one atomic `nft -f -`. A drop is final whatever other tables
 * accept, and the rules stay in the kernel when every process of ours is gone.
 *
 *  - to the victim: only what came in by the published port;
 *  - from the victim: only replies on those connections, at a limited rate. The rest does not come here (divert.ts); what
 *    comes all the same is counted, listed by destination, and dropped;
 *  - from the mediators' user: only what the policy allows, to public addresses.
 */
import { type EgressLimits, type EgressRow, egressClasses, neverNetworks, neverPorts } from './egress/policy.ts';

export interface RulesetOptions {
  readonly table: string;
  /** The host's end of the link. */
  readonly device: string;
  readonly victimAddress: string;
  /** The victim's port behind the published one. */
  readonly victimPort: number;
  readonly hostPort: number;
  /** Publish on this address of the host only. */
  readonly listenAddress?: string;
  /** The host was no router before: it must not become one for anybody else. */
  readonly wasForwarding: boolean;
  /** Nothing passes to or from the victim. */
  readonly isolated?: boolean;
  readonly mediator?: MediatorRules;
}

export interface MediatorRules {
  /** User id that the mediators run as, and nobody else. */
  readonly uid: number;
  readonly policy: readonly EgressRow[];
  readonly limits: EgressLimits;
  /** Where our resolver asks. */
  readonly resolvers: readonly string[];
}

/** Packets per second on one connection by the published port: more than a terminal or a file copy needs. */
const REPLY_RATE = 'limit rate over 20000/second burst 20000 packets';

/** Bit that replies of the published port carry; the host's routing refuses what comes from a victim without it. */
export const REPLY_MARK = '0x40000000';
const MARK = `meta mark set meta mark | ${REPLY_MARK}`;

/** Dropped packets by destination. */
export const attemptSets = `  set egress_seen {
    type ipv4_addr . inet_proto . inet_service
    flags dynamic, timeout
    timeout 1d
    size 4096
  }
  set egress_other {
    type ipv4_addr . inet_proto
    flags dynamic, timeout
    timeout 1d
    size 1024
  }
`;

export const listAttempt = `  chain list_attempt {
    meta nfproto ipv4 meta l4proto { tcp, udp } update @egress_seen { ip daddr . meta l4proto . th dport counter }
    meta nfproto ipv4 meta l4proto != { tcp, udp } update @egress_other { ip daddr . meta l4proto counter }
  }
`;

/** What a table says about itself, so that a later process knows what to restore. */
function tableComment({ hostPort, wasForwarding }: RulesetOptions): string {
  return `waspglass port=${hostPort} forwarding=${wasForwarding ? 1 : 0}`;
}

export function ruleset(options: RulesetOptions): string {
  const { table, device, victimAddress, victimPort, hostPort, listenAddress, wasForwarding, isolated } = options;
  const local = listenAddress === undefined ? 'fib daddr type local' : `ip daddr ${listenAddress}`;
  const publish = `meta nfproto ipv4 ${local} tcp dport ${hostPort} dnat ip to ${victimAddress}:${victimPort}`;
  return `table inet ${table} {}
delete table inet ${table}
table inet ${table} {
  comment "${tableComment(options)}"

  counter egress_dropped {}
  counter host_dropped {}
  counter inbound_dropped {}
  counter published {}
  counter over_limit {}
  counter mediator_dropped {}

${attemptSets}
  chain isolated {
${isolated === true ? ISOLATED_RULE : ''}  }
  chain switch_in {
    type filter hook prerouting priority raw; policy accept;
    iifname "${device}" jump isolated
  }
  chain switch_out {
    type filter hook postrouting priority raw; policy accept;
    oifname "${device}" jump isolated
  }
  chain publish {
    type nat hook prerouting priority dstnat - 10; policy accept;
    iifname != "${device}" ${publish}
  }
  chain publish_local {
    type nat hook output priority -110; policy accept;
    ${publish}
  }
  chain loopback_source {
    type nat hook postrouting priority srcnat - 10; policy accept;
    oifname "${device}" ip saddr 127.0.0.0/8 ct status dnat masquerade
  }

${listAttempt}  chain replies {
    ${REPLY_RATE} counter name over_limit drop
    meta nfproto ipv4 ip saddr ${victimAddress} ct state established ct direction reply ct status dnat ${MARK} accept
    meta nfproto ipv4 ip saddr ${victimAddress} ct state related meta l4proto icmp ct status dnat ${MARK} accept
  }

  chain arrive {
    type filter hook prerouting priority mangle; policy accept;
    iifname "${device}" goto from_victim
  }
  chain from_victim {
    jump replies
    jump list_attempt
    fib daddr type { local, broadcast } counter name host_dropped drop
    counter name egress_dropped drop
  }

  chain through {
    type filter hook forward priority filter - 10; policy accept;
    iifname "${device}" goto marked_only
    oifname "${device}" goto to_victim
  }
  chain to_host {
    type filter hook input priority filter - 10; policy accept;
    iifname "${device}" goto marked_only
  }
  chain marked_only {
    oifname "${device}" drop
    meta mark & ${REPLY_MARK} == 0 drop
  }
  chain to_victim {
    ct state new ct status dnat counter name published
    ct status dnat accept
    counter name inbound_dropped drop
  }
  chain from_host {
    type filter hook output priority filter - 10; policy accept;
    oifname "${device}" goto to_victim
  }
${mediatorChains(options)}${wasForwarding ? '' : notARouter}}
`;
}

/** After all instances' own chains; connections that some instance published pass. */
const notARouter = `
  chain not_a_router {
    type filter hook forward priority filter + 10; policy accept;
    ct status dnat accept
    drop
  }
`;

export const ISOLATED_RULE = '    drop\n';

/** The mediators parse what intruders send: should one be taken over, it reaches no more than the policy names. */
function mediatorChains({ mediator, hostPort }: RulesetOptions): string {
  if (mediator === undefined) return '';
  const { uid, policy, limits, resolvers } = mediator;
  const ports = policy.filter(({ action }) => action !== 'record' && action !== 'answer').flatMap(portsOf);
  const ask = `{ ${resolvers.join(', ')} }`;
  const resolve = `    ip daddr ${ask} udp dport 53 accept\n    ip daddr ${ask} tcp dport 53 accept\n`;
  const connect = `    tcp dport { ${ports.join(', ')} } ct state new limit rate ${2 * limits.connections}/minute burst ${limits.connections} packets accept\n`;
  return `
  chain mediator {
    type filter hook output priority filter - 20; policy accept;
    meta skuid ${uid} goto mediator_out
  }
  chain mediator_out {
    ct state established,related limit rate ${10 * limits.packets}/second accept
${resolvers.length === 0 ? '' : resolve}    meta nfproto != ipv4 counter name mediator_dropped drop
    ip daddr { ${neverNetworks.join(', ')} } counter name mediator_dropped drop
    fib daddr type != unicast counter name mediator_dropped drop
    tcp dport { ${[hostPort, ...neverPorts.map(rangeOf)].join(', ')} } counter name mediator_dropped drop
${ports.length === 0 ? '' : connect}    counter name mediator_dropped drop
  }
`;
}

/** Data connections of passive FTP go to ports of the server's choice. */
function portsOf({ name, action }: EgressRow): string[] {
  const listed = egressClasses[name].ports.map(rangeOf);
  return name === 'ftp' && action === 'store' ? [...listed, '1024-65535'] : listed;
}

/** A range of ports as nft writes it. */
export function rangeOf([first, last]: readonly [number, number]): string {
  return first === last ? `${first}` : `${first}-${last}`;
}

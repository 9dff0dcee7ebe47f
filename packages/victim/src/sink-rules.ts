/**
 * The nftables rules inside the sink. Everything is dropped before connection tracking sees it but what a line of the
 * policy allows; that goes to the mediators' sockets, within limits that the kernel keeps by itself.
 */
import { type EgressLimits, type EgressRow, egressClasses, neverNetworks, neverPorts } from './egress/policy.ts';
import { attemptSets, ISOLATED_RULE, listAttempt, rangeOf } from './ruleset.ts';

export interface SinkRulesetOptions {
  readonly table: string;
  readonly victimAddress: string;
  /** Addresses of the host: attempts on these are counted apart. */
  readonly hosts: readonly string[];
  readonly policy: readonly EgressRow[];
  readonly limits: EgressLimits;
  readonly isolated: boolean;
}

/** Where the mediators listen inside the sink. */
export const MEDIATOR_PORTS = { tcp: 4000, dns: 4053, tftp: 4069 } as const;

export function sinkRuleset(options: SinkRulesetOptions): string {
  const { table, victimAddress, hosts, limits, isolated } = options;
  return `table inet ${table} {}
delete table inet ${table}
table inet ${table} {
  counter egress_dropped {}
  counter host_dropped {}
  counter over_limit {}
  counter mediated {}

${attemptSets}
  set hosts {
    type ipv4_addr
    elements = { ${['127.0.0.1', ...hosts.filter((address) => address !== '127.0.0.1')].join(', ')} }
  }
  set never {
    type ipv4_addr
    flags interval
    elements = { ${neverNetworks.join(', ')} }
  }

${listAttempt}
  chain dropped {
    jump list_attempt
    ip daddr @hosts counter name host_dropped drop
    fib daddr type { local, broadcast } counter name host_dropped drop
    counter name egress_dropped drop
  }
  chain isolated {
${isolated ? ISOLATED_RULE : ''}  }
  chain arrive {
    type filter hook prerouting priority raw; policy drop;
    iifname "lo" accept
    jump isolated
    iifname != "eth0" drop
    meta nfproto != ipv4 goto dropped
    ip saddr != ${victimAddress} goto dropped
${allowed(options)}    goto dropped
  }
  chain mediate {
    type filter hook prerouting priority mangle; policy drop;
    iifname "lo" accept
    limit rate over ${limits.packets}/second burst ${limits.packets} packets counter name over_limit drop
    ct bytes > ${limits.bytes} counter name over_limit drop
    meta l4proto udp ct state new limit rate over ${limits.questions}/minute burst ${limits.questions} packets counter name over_limit drop
    meta l4proto tcp ct state new limit rate over ${limits.connections}/minute burst ${limits.connections} packets counter name over_limit drop
    ct state new counter name mediated
    meta l4proto tcp tproxy ip to :${MEDIATOR_PORTS.tcp} accept
    meta l4proto udp accept
  }
  chain to_mediator {
    type nat hook prerouting priority dstnat; policy accept;
    udp dport 53 redirect to :${MEDIATOR_PORTS.dns}
    udp dport 69 redirect to :${MEDIATOR_PORTS.tftp}
  }
  chain leave {
    type filter hook output priority filter; policy drop;
    oifname "lo" accept
    oifname "eth0" ip daddr ${victimAddress} accept
  }
}
`;
}

/** One accept per class, after what is never allowed. A resolver is asked at any address, the others at public ones. */
function allowed({ policy, hosts }: SinkRulesetOptions): string {
  const ports = (name: EgressRow['name']) => egressClasses[name].ports.map(rangeOf).join(', ');
  const dns = policy.filter(({ name }) => name === 'dns');
  const rest = policy.filter(({ name }) => name !== 'dns');
  const lines = dns.map(({ name }) => `udp dport { ${ports(name)} } accept`);
  if (rest.length > 0) {
    lines.push('ip daddr @never goto dropped');
    if (hosts.length > 0) lines.push('ip daddr @hosts goto dropped');
    lines.push(`tcp dport { ${neverPorts.map(rangeOf).join(', ')} } goto dropped`);
  }
  for (const { name } of rest) lines.push(`${egressClasses[name].protocol} dport { ${ports(name)} } accept`);
  // The data connections of passive FTP; the mediator closes those that it does not expect.
  if (policy.some(({ name, action }) => name === 'ftp' && action === 'store'))
    lines.push('tcp dport 1024-65535 accept');
  return lines.map((line) => `    ${line}\n`).join('');
}

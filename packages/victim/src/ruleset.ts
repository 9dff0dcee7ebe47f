/**
 * The nftables rules of one instance, as text for one atomic `nft -f -`. A drop is final whatever other tables accept,
 * and the rules stay in the kernel when every process of ours is gone.
 *
 *  - to the victim: only what came in by the published port;
 *  - from the victim: only replies on those connections. All else is counted, listed by destination, and dropped.
 */

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
}

/** What a table says about itself, so that a later process knows what to restore. */
function tableComment({ hostPort, wasForwarding }: RulesetOptions): string {
  return `waspglass port=${hostPort} forwarding=${wasForwarding ? 1 : 0}`;
}

export function ruleset(options: RulesetOptions): string {
  const { table, device, victimAddress, victimPort, hostPort, listenAddress, wasForwarding } = options;
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

  set egress_seen {
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

  chain list_attempt {
    meta nfproto ipv4 meta l4proto { tcp, udp } update @egress_seen { ip daddr . meta l4proto . th dport counter }
    meta nfproto ipv4 meta l4proto != { tcp, udp } update @egress_other { ip daddr . meta l4proto counter }
  }
  chain replies_only {
    meta nfproto ipv4 ip saddr ${victimAddress} ct state established ct direction reply ct status dnat accept
    meta nfproto ipv4 ip saddr ${victimAddress} ct state related meta l4proto icmp ct status dnat accept
  }

  chain through {
    type filter hook forward priority filter - 10; policy accept;
    iifname "${device}" goto from_victim
    oifname "${device}" goto to_victim
  }
  chain from_victim {
    oifname != "${device}" jump replies_only
    jump list_attempt
    counter name egress_dropped drop
  }
  chain to_victim {
    ct state new ct status dnat counter name published
    ct status dnat accept
    counter name inbound_dropped drop
  }

  chain to_host {
    type filter hook input priority filter - 10; policy accept;
    iifname "${device}" jump to_host_from_victim
  }
  chain to_host_from_victim {
    jump replies_only
    jump list_attempt
    counter name host_dropped drop
  }
  chain from_host {
    type filter hook output priority filter - 10; policy accept;
    oifname "${device}" goto to_victim
  }
${wasForwarding ? '' : notARouter}}
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

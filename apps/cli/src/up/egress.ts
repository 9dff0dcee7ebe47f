/** The configuration's words about what a victim may do outside, as the victim package wants them. */
import { readFileSync } from 'node:fs';
import { isIPv4 } from 'node:net';
import { type EgressLimits, type EgressRow, parsePolicy } from '@waspglass/victim';
import type { Config } from '../config/options.ts';
import { fail } from '../errors.ts';

const RESOLVERS = '/etc/resolv.conf';

export interface EgressSettings {
  readonly policy: readonly EgressRow[];
  readonly limits: EgressLimits;
  /** Our resolver; none when the policy has no use for it. */
  readonly resolvers: readonly string[];
}

export function egressSettings(config: Config): EgressSettings {
  const policy = parsePolicy(config['victim.egress']);
  return {
    policy,
    limits: {
      connections: config['victim.egress_connections'],
      packets: config['victim.egress_packets'],
      questions: config['victim.egress_questions'],
      bytes: config['victim.egress_mib'] * 2 ** 20,
    },
    resolvers: policy.some(({ name }) => name === 'dns') ? [config['victim.egress_resolver'] || systemResolver()] : [],
  };
}

function systemResolver(): string {
  const found = readFileSync(RESOLVERS, 'utf8').matchAll(/^nameserver\s+(\S+)/gm);
  const address = [...found].map(([, name = '']) => name).find((name) => isIPv4(name));
  if (address === undefined) throw fail('WG_UP_NO_RESOLVER', { file: RESOLVERS });
  return address;
}

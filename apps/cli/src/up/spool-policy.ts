/** What the configuration says about the spool: its bounds, what counts as safe, and what travels beside the captures. */
import path from 'node:path';
import type { SpoolPolicy } from '@waspglass/evidence';
import type { Config } from '../config/options.ts';
import { type InstancePaths, wantsEgress } from './paths.ts';

const MIB = 2 ** 20;

export const ledgerFile = (paths: InstancePaths): string => path.join(paths.ship, 'ledger.jsonl');
export const receiptsDirectory = (paths: InstancePaths): string => path.join(paths.ship, 'receipts');

/** Without a target nothing is ever safe elsewhere, and only the hard limit frees. */
export function spoolPolicy(config: Config, paths: InstancePaths): SpoolPolicy {
  const limitBytes = config['evidence.spool_mib'] * MIB;
  const merged = path.join(paths.state, 'victim/merged');
  const logs = ['auth.log', 'syslog'].map((name) => ({
    name: `victim-${name.replace('.log', '')}`,
    file: path.join(merged, 'var/log', name),
    within: merged,
  }));
  return {
    limitBytes,
    hardBytes: Math.max(limitBytes, config['evidence.spool_hard_mib'] * MIB),
    targets: [config['evidence.directory'], config['evidence.smb_share']].filter((target) => target !== ''),
    ledger: ledgerFile(paths),
    receipts: config['evidence.receipts'] === '' ? '' : receiptsDirectory(paths),
    streams: [
      { name: 'alerts', file: paths.alerts },
      ...logs,
      ...(wantsEgress(config) ? [{ name: 'egress', file: paths.egressLog }] : []),
    ],
    ...(wantsEgress(config) ? { objects: paths.objects } : {}),
  };
}

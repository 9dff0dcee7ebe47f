/** `waspglass ship`: copies sealed captures to the configured targets, as the unprivileged user. */
import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import {
  directoryTransport,
  Ledger,
  lockSpool,
  type MountRule,
  readCredentials,
  receiptsInDirectory,
  receiptsOnShare,
  Shipper,
  type SmbServer,
  smbDropTransport,
  smbTransport,
  type Transport,
  VERIFY_KEY,
  writeSpoolPolicy,
} from '@waspglass/evidence';
import { createLogger } from '@waspglass/kit';
import type { Command } from '../command.ts';
import type { Config } from '../config/options.ts';
import { loadConfig } from '../config/read.ts';
import { fail } from '../errors.ts';
import { CONFIG_OPTION, parseOptions } from '../options.ts';
import { makeDirectories } from '../up/directories.ts';
import { type InstancePaths, pathsOf, userStatusFile, wantsShipping, wantsSmb } from '../up/paths.ts';
import { ledgerFile, receiptsDirectory, spoolPolicy } from '../up/spool-policy.ts';
import { type ShipStatus, writeStatus } from '../up/status.ts';
import { dropPrivileges, ensureUser } from '../up/user.ts';

export const ship: Command = {
  name: 'ship',
  summary: 'Copies each finished capture to the share, checks the copy by its hash, and goes on until it is stopped.',
  usage: '[--config FILE] [--once]',
  options: [
    CONFIG_OPTION,
    { flags: '--once', doc: 'ship what is finished now, then end (exit code 1 when something failed)' },
  ],
  examples: [
    ['waspglass ship --config /etc/waspglass/waspglass.yaml', 'as a service on the honeypot'],
    ['waspglass ship --once', 'by hand, before a machine is taken away'],
  ],
  async run(args, io) {
    const options = parseOptions(args, { config: 'value', once: 'flag' });
    const config = loadConfig(options.config);
    const paths = pathsOf(config);
    if (!wantsShipping(config)) throw fail('WG_SHIP_NO_TARGET');
    const user = config['console.user'];
    makeDirectories(paths, ensureUser(user));
    // As root: the credentials are root's, and so is what the sensor goes by when it frees the spool.
    const server = serverOf(config);
    if (process.getuid?.() === 0) writeSpoolPolicy(paths.captures, spoolPolicy(config, paths));
    dropPrivileges(user);
    const unlock = await lockSpool(paths.captures);
    const ledger = new Ledger(ledgerFile(paths));
    const logger = createLogger({ name: 'ship' });
    const firstKey = path.join(paths.captures, VERIFY_KEY);
    if (existsSync(firstKey))
      logger.warn(`move ${firstKey} to the verifying machine: who reads it here can forge seals`);
    if (wantsSmb(config) && config['evidence.smb_mode'] === 'drop' && config['evidence.receipts'] === '')
      logger.warn('evidence.smb_mode drop without evidence.receipts: nothing says what arrived, so nothing is freed');
    const onStatus = () => {
      const status: ShipStatus = { ready: true, time: new Date().toISOString(), ...shipper.status };
      writeStatus(userStatusFile(paths, 'ship'), status);
    };
    const transports = transportsOf(config, server, ledger);
    const receipts = receiptsOf(config, paths, server);
    const shipper = new Shipper({ directory: paths.captures, transports, ledger, logger, onStatus, ...receipts });
    onStatus();
    try {
      if (!options.once) await shipper.run(io.signal);
      else return (await shipOnce(shipper, transports, io.signal)) ? 0 : 1;
    } finally {
      ledger.close();
      await unlock();
    }
    return 0;
  },
};

async function shipOnce(shipper: Shipper, transports: readonly Transport[], signal: AbortSignal): Promise<boolean> {
  const results = await Promise.all(transports.map((transport) => shipper.pass(transport, signal)));
  return (await shipper.takeReceipts(signal)) && results.every((good) => good);
}

const isShare = (place: string): boolean => place.startsWith('//');

function serverOf(config: Config): SmbServer | undefined {
  if (!wantsSmb(config) && !isShare(config['evidence.receipts'])) return undefined;
  return {
    share: config['evidence.smb_share'],
    port: config['evidence.smb_port'],
    credentials: readCredentials(config['evidence.smb_credentials']),
    encrypt: config['evidence.encrypt'],
  };
}

function transportsOf(config: Config, server: SmbServer | undefined, ledger: Ledger): Transport[] {
  const host = config['victim.hostname'];
  const transports: Transport[] = [];
  const directory = config['evidence.directory'];
  // The kind admits nothing else.
  const requireMount = config['evidence.require_mount'] as MountRule;
  if (directory !== '') transports.push(directoryTransport({ directory, host, requireMount }));
  if (server === undefined || !wantsSmb(config)) return transports;
  const isDrop = config['evidence.smb_mode'] === 'drop';
  transports.push(isDrop ? smbDropTransport({ ...server, ledger }) : smbTransport({ ...server, host }));
  return transports;
}

function receiptsOf(config: Config, paths: InstancePaths, server: SmbServer | undefined) {
  const place = config['evidence.receipts'];
  if (place === '') return {};
  const directory = receiptsDirectory(paths);
  mkdirSync(directory, { recursive: true, mode: 0o750 });
  const source =
    server !== undefined && isShare(place)
      ? receiptsOnShare({ ...server, share: place }, paths.ship)
      : receiptsInDirectory(place);
  return { receipts: { source, directory } };
}

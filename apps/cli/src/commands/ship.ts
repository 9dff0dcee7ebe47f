/** `waspglass ship`: copies sealed captures to the configured targets, as the unprivileged user. */
import path from 'node:path';
import {
  directoryTransport,
  Ledger,
  readCredentials,
  Shipper,
  smbTransport,
  type Transport,
} from '@waspglass/evidence';
import { createLogger } from '@waspglass/kit';
import type { Command } from '../command.ts';
import type { Config } from '../config/options.ts';
import { loadConfig } from '../config/read.ts';
import { fail } from '../errors.ts';
import { CONFIG_OPTION, parseOptions } from '../options.ts';
import { makeDirectories } from '../up/directories.ts';
import { pathsOf, userStatusFile, wantsSmb } from '../up/paths.ts';
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
    const transports = transportsOf(config);
    if (transports.length === 0) throw fail('WG_SHIP_NO_TARGET');
    const user = config['console.user'];
    makeDirectories(paths, ensureUser(user));
    dropPrivileges(user);
    const ledger = new Ledger(path.join(paths.ship, 'ledger.jsonl'));
    const logger = createLogger({ name: 'ship' });
    const onStatus = () => {
      const status: ShipStatus = { ready: true, time: new Date().toISOString(), ...shipper.status };
      writeStatus(userStatusFile(paths, 'ship'), status);
    };
    const shipper = new Shipper({ directory: paths.captures, transports, ledger, logger, onStatus });
    onStatus();
    if (options.once) {
      const results = await Promise.all(transports.map((t) => shipper.pass(t, io.signal)));
      return results.every((good) => good) ? 0 : 1;
    }
    await shipper.run(io.signal);
    ledger.close();
    return 0;
  },
};

/** Built as root: the credentials file is root's. */
function transportsOf(config: Config): Transport[] {
  const host = config['victim.hostname'];
  const transports: Transport[] = [];
  if (config['evidence.directory'] !== '') transports.push(directoryTransport(config['evidence.directory'], host));
  if (wantsSmb(config)) {
    const credentials = readCredentials(config['evidence.smb_credentials']);
    const share = config['evidence.smb_share'];
    const encrypt = config['evidence.encrypt'];
    transports.push(smbTransport({ share, port: config['evidence.smb_port'], credentials, host, encrypt }));
  }
  return transports;
}

/** `waspglass egress`: does outside for the victim what the policy allows, as a user of its own. Started by `up`. */
import { once } from 'node:events';
import { EgressLog, Mediator, ObjectStore, sinkSockets } from '@waspglass/victim';
import type { Command } from '../command.ts';
import { loadConfig } from '../config/read.ts';
import { CONFIG_OPTION, parseOptions } from '../options.ts';
import { egressSettings } from '../up/egress.ts';
import { egressStatusFile, pathsOf } from '../up/paths.ts';
import { type EgressProcessStatus, writeStatus } from '../up/status.ts';
import { dropPrivileges } from '../up/user.ts';

const STATUS_EVERY = 1000;
const MIB = 2 ** 20;

export const egress: Command = {
  name: 'egress',
  summary: 'Does outside what the policy allows the victim: resolver, downloads, sinkhole. Started by waspglass up.',
  usage: '[--config FILE]',
  options: [CONFIG_OPTION],
  examples: [
    ['waspglass config sample', 'shows the options victim.egress…; up starts this process when they ask for it'],
  ],
  async run(args, io) {
    const { config: file } = parseOptions(args, { config: 'value' });
    const config = loadConfig(file);
    const paths = pathsOf(config);
    const descriptors = sinkSockets();
    const { policy, limits, resolvers } = egressSettings(config);
    dropPrivileges(config['victim.egress_user']);
    process.umask(0o027);
    const log = new EgressLog(paths.egressLog);
    const objects = new ObjectStore(paths.objects, limits.bytes, config['victim.objects_mib'] * MIB);
    const mediator = new Mediator({ descriptors, policy, limits, log, objects, upstream: resolvers[0] ?? '' });
    const tell = () => {
      const status: EgressProcessStatus = { ready: true, time: new Date().toISOString(), ...log.status() };
      writeStatus(egressStatusFile(paths), status);
    };
    tell();
    const timer = setInterval(tell, STATUS_EVERY);
    if (!io.signal.aborted) await once(io.signal, 'abort');
    clearInterval(timer);
    mediator.close();
    tell();
    return 0;
  },
};

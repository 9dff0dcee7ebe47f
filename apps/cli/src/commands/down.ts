/** `waspglass down`: takes down a honeypot, or what a killed one left. */
import type { Command } from '../command.ts';
import { loadConfig } from '../config/read.ts';
import { fail } from '../errors.ts';
import { CONFIG_OPTION, parseOptions } from '../options.ts';
import { takeDown } from '../up/honeypot.ts';
import { instanceLock, pathsOf, pidFile } from '../up/paths.ts';
import { readPidFile, terminate } from '../up/process-id.ts';

/** `up` needs this long to stop victim, sensor, shipper and collector in turn, in ms. */
const UP_GRACE = 60_000;

export const down: Command = {
  name: 'down',
  summary: 'Takes down the honeypot of this machine, whatever state it is in; captures and the store stay.',
  usage: '[--config FILE]',
  options: [CONFIG_OPTION],
  examples: [['sudo waspglass down', 'also after a crash: no process, namespace, mount, table or BPF program stays']],
  async run(args, io) {
    const { config: file } = parseOptions(args, { config: 'value' });
    const config = loadConfig(file);
    const uid = process.getuid?.() ?? -1;
    if (uid !== 0) throw fail('WG_UP_NOT_ROOT', { uid });
    const running = readPidFile(instanceLock(config.instance)) ?? readPidFile(pidFile(pathsOf(config), 'up'));
    if (running !== undefined) await terminate(running, UP_GRACE);
    await takeDown(config);
    await io.out(`waspglass: ${config.instance} is down\n`);
    return 0;
  },
};

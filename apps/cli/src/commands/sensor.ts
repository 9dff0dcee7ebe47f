/** `waspglass sensor`: records and judges what a victim does. */
import type { Command } from '../command.ts';
import { loadConfig } from '../config/read.ts';
import { fail } from '../errors.ts';
import { CONFIG_OPTION, parseOptions } from '../options.ts';
import { SensorProcess } from '../sensor-process/process.ts';

export const sensor: Command = {
  name: 'sensor',
  summary: 'Records what the victim does, judges it by rules, tells its sessions as documents; ends on SIGTERM.',
  usage: '[--config FILE]',
  options: [CONFIG_OPTION],
  examples: [['waspglass sensor --config /etc/waspglass/waspglass.yaml', 'as a service, beside a victim that is up']],
  async run(args, io) {
    const { config: file } = parseOptions(args, { config: 'value' });
    const config = loadConfig(file);
    const uid = process.getuid?.() ?? -1;
    if (uid !== 0) throw fail('WG_UP_NOT_ROOT', { uid });
    return SensorProcess.run(config, io.signal);
  },
};

/** `waspglass collect`: documents → store → API and console, as the unprivileged user. */

import { once } from 'node:events';
import { type MachineStatus, runCollector } from '@waspglass/collector';
import { createLogger } from '@waspglass/kit';
import type { Command } from '../command.ts';
import { loadConfig } from '../config/read.ts';
import { CONFIG_OPTION, parseOptions } from '../options.ts';
import { type InstancePaths, pathsOf, statusFile, userStatusFile } from '../up/paths.ts';
import { type CollectorStatus, readStatus, type SensorStatus, writeStatus } from '../up/status.ts';
import { dropPrivileges } from '../up/user.ts';

/** A sensor that has said nothing for this long counts as down, in ms. It speaks every second. */
const SENSOR_SILENCE = 10_000;

export const collect: Command = {
  name: 'collect',
  summary: 'Takes documents from the queue into the store and serves API and console until it is stopped.',
  usage: '[--config FILE]',
  options: [CONFIG_OPTION],
  examples: [['waspglass collect --config /etc/waspglass/waspglass.yaml', 'as a service']],
  async run(args, io) {
    const { config: file } = parseOptions(args, { config: 'value' });
    const config = loadConfig(file);
    const paths = pathsOf(config);
    dropPrivileges(config['console.user']);
    const collector = await runCollector({
      storeDirectory: paths.store,
      documentsDirectory: paths.documents,
      consoleDirectory: paths.console,
      runDirectory: paths.userRun,
      host: config['console.listen'],
      port: config['console.port'],
      loginHelp: 'sudo waspglass login',
      status: () => machineStatus(paths),
      logger: createLogger({ name: 'collect' }),
    });
    const status: CollectorStatus = { ready: true, time: new Date().toISOString(), url: collector.url };
    writeStatus(userStatusFile(paths, 'collect'), status);
    if (!io.signal.aborted) await once(io.signal, 'abort');
    await collector.close();
    return 0;
  },
};

function machineStatus(paths: InstancePaths): MachineStatus {
  const sensor = readStatus<SensorStatus>(statusFile(paths, 'sensor'));
  if (sensor === undefined) return { victim: 'unknown', sensor: 'down' };
  const alive = Date.now() - Date.parse(sensor.time) < SENSOR_SILENCE;
  return { victim: sensor.victimAlive ? 'up' : 'down', sensor: alive ? 'up' : 'down', lostEvents: sensor.lost };
}

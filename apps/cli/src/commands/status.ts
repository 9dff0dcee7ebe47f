/** `waspglass status`: what runs, what was recorded, what was lost. */
import { escapeControl } from '@waspglass/kit';
import type { Command } from '../command.ts';
import type { Config } from '../config/options.ts';
import { loadConfig } from '../config/read.ts';
import { fail } from '../errors.ts';
import { CONFIG_OPTION, parseOptions } from '../options.ts';
import {
  type InstancePaths,
  pathsOf,
  pidFile,
  statusFile,
  userStatusFile,
  wantsEgress,
  wantsShipping,
} from '../up/paths.ts';
import { readPidFile } from '../up/process-id.ts';
import { type CollectorStatus, readStatus, type SensorStatus, type ShipStatus } from '../up/status.ts';

interface Report {
  readonly instance: string;
  readonly processes: Readonly<Record<string, number | null>>;
  readonly sensor: SensorStatus | null;
  readonly ship: ShipStatus | null;
  readonly collector: { readonly url: string } | null;
}

export const status: Command = {
  name: 'status',
  summary: 'Shows what runs, what was recorded and what was lost. Exit code 1 when a process is missing.',
  usage: '[--config FILE] [--json]',
  options: [CONFIG_OPTION, { flags: '--json', doc: 'one JSON object, for programs' }],
  examples: [['sudo waspglass status --json', 'for monitoring']],
  async run(args, io) {
    const options = parseOptions(args, { config: 'value', json: 'flag' });
    const config = loadConfig(options.config);
    const report = reportOf(config, pathsOf(config));
    if (report.processes.up === null && report.processes.sensor === null) {
      throw fail('WG_UP_NOT_RUNNING', { directory: config.run_directory });
    }
    await io.out(options.json ? `${JSON.stringify(report)}\n` : print(report));
    return Object.values(report.processes).includes(null) ? 1 : 0;
  },
};

function reportOf(config: Config, paths: InstancePaths): Report {
  const names = [
    ...['up', 'sensor', 'collect'],
    ...(wantsShipping(config) ? ['ship'] : []),
    ...(wantsEgress(config) ? ['egress'] : []),
  ];
  const url = readStatus<CollectorStatus>(userStatusFile(paths, 'collect'))?.url;
  return {
    instance: config.instance,
    processes: Object.fromEntries(names.map((name) => [name, readPidFile(pidFile(paths, name))?.pid ?? null])),
    sensor: readStatus<SensorStatus>(statusFile(paths, 'sensor')) ?? null,
    ship: readStatus<ShipStatus>(userStatusFile(paths, 'ship')) ?? null,
    collector: url === undefined ? null : { url },
  };
}

function print({ instance, processes, sensor, ship, collector }: Report): string {
  const rows: [string, string][] = [['instance', instance]];
  for (const [name, pid] of Object.entries(processes))
    rows.push([name, pid === null ? 'NOT RUNNING' : `process ${pid}`]);
  if (sensor !== null) {
    rows.push(['capture', sensor.capture], ['events', String(sensor.events)], ['bytes', String(sensor.bytes)]);
    rows.push(['lost events', lostText(sensor)], ['alerts', String(sensor.alerts)]);
    for (const [name, stats] of Object.entries(sensor.outputs ?? {})) rows.push([`to ${name}`, outputText(stats)]);
    rows.push(['packets', packetText(sensor.packets)]);
    rows.push(['sessions', String(sensor.sessions)], ['not written', String(sensor.failures)]);
  }
  if (ship !== null) {
    rows.push(['shipped', String(ship.shipped)], ['to be shipped', String(ship.pending)]);
    rows.push(['unconfirmed', String(ship.unconfirmed)], ['gaps', String(ship.gaps)]);
    if (ship.lastError !== '') rows.push(['last failure', `${ship.failures}: ${ship.lastError}`]);
  }
  if (collector !== null) rows.push(['console', collector.url]);
  const width = Math.max(...rows.map(([key]) => key.length));
  return rows.map(([key, value]) => `${key.padEnd(width)}  ${escapeControl(value)}\n`).join('');
}

function lostText({ lost, lanes }: SensorStatus): string {
  const { lostFirst, lostBulk, thinned, cut } = lanes;
  return `${lost} (${lostFirst} security, ${lostBulk} bulk, ${thinned} thinned); data cut in ${cut}`;
}

function packetText(packets: SensorStatus['packets'] | undefined): string {
  if (packets === null || packets === undefined) return 'not recorded';
  return `${packets.packets} (${packets.bytes} bytes) to ${packets.file}, ${packets.lost} lost`;
}

function outputText({ sent, folded, waiting, lost, lastError }: SensorStatus['outputs'][string]): string {
  const counts = `${sent} sent, ${folded} folded, ${waiting} waiting, ${lost} lost`;
  return lastError === '' ? counts : `${counts}; last failure: ${lastError}`;
}

/** `waspglass sensor`: records and judges what a victim does. */
import { escapeControl } from '@waspglass/kit';
import { buildObject, checkKernel, type KernelCheck } from '@waspglass/sensor';
import type { Command, Io } from '../command.ts';
import { loadConfig } from '../config/read.ts';
import { fail } from '../errors.ts';
import { CONFIG_OPTION, parseOptions } from '../options.ts';
import { SensorProcess } from '../sensor-process/process.ts';
import { BPF_OBJECT } from '../up/paths.ts';

export const sensor: Command = {
  name: 'sensor',
  summary: 'Records what the victim does, judges it by rules, tells its sessions as documents; ends on SIGTERM.',
  usage: '[--config FILE] [--takeover] | --check',
  options: [
    CONFIG_OPTION,
    {
      flags: '--takeover',
      doc: 'takes over from the sensor that runs, without a gap, and ends it: for an upgrade; `up` goes on with this one',
    },
    { flags: '--check', doc: 'says for each thing that is needed of the kernel: there, or what to do' },
  ],
  examples: [
    ['waspglass sensor --config /etc/waspglass/waspglass.yaml', 'as a service, beside a victim that is up'],
    ['setsid waspglass sensor --takeover &', 'after an upgrade, while the victim runs'],
    ['waspglass sensor --check', 'exit code 1 when something needed is missing'],
  ],
  async run(args, io) {
    const { config: file, check, takeover } = parseOptions(args, { config: 'value', check: 'flag', takeover: 'flag' });
    if (check) return printChecks(io);
    const config = loadConfig(file);
    const uid = process.getuid?.() ?? -1;
    if (uid !== 0) throw fail('WG_UP_NOT_ROOT', { uid });
    return SensorProcess.run(config, io.signal, takeover);
  },
};

async function printChecks(io: Io): Promise<number> {
  buildObject(BPF_OBJECT);
  const rows = checkKernel(BPF_OBJECT);
  const width = Math.max(...rows.map(({ name }) => name.length));
  await io.out(rows.map((row) => `${row.name.padEnd(width)}  ${escapeControl(verdict(row))}\n`).join(''));
  return rows.some(({ ok, needed }) => needed && !ok) ? 1 : 0;
}

function verdict({ ok, needed, found, hint }: KernelCheck): string {
  if (ok) return `ok       ${found}`;
  return `${needed ? 'MISSING' : 'advice '}  ${found}: ${hint}`;
}

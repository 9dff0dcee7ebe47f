/** `waspglass victim`: the kill switch, and what the containment has counted. One row per action. */
import { existsSync, writeFileSync } from 'node:fs';
import { escapeControl, waitFor } from '@waspglass/kit';
import { auditVictim, Containment, type ContainmentCounters, Victim } from '@waspglass/victim';
import { type Command, type Io, UsageError } from '../command.ts';
import { type Config, options } from '../config/options.ts';
import { loadConfig } from '../config/read.ts';
import { fail } from '../errors.ts';
import { CONFIG_OPTION, parseOptions } from '../options.ts';
import { egressStatusFile, pathsOf, pidFile, resetRequest } from '../up/paths.ts';
import { readPidFile } from '../up/process-id.ts';
import { type EgressProcessStatus, readStatus } from '../up/status.ts';

interface Options {
  readonly json: boolean;
}

type Action = (config: Config, io: Io, options: Options) => Promise<number>;

const actions: Readonly<Record<string, Action>> = { audit, isolate, release, reset, status };

/** A difference of many files takes longest, in ms. */
const RESET_LIMIT = 120_000;
/** Rows of attempts that `status` prints. */
const MOST_ATTEMPTS = 20;

export const victim: Command = {
  name: 'victim',
  summary:
    'isolate cuts every connection to and from the victim at once, release ends that; reset starts it afresh and keeps what became of its files as evidence; audit lists what gives it away; status shows what the walls counted.',
  usage: `${Object.keys(actions).join(' | ')} [--config FILE] [--json]`,
  options: [CONFIG_OPTION, { flags: '--json', doc: 'audit, status: JSON, for programs' }],
  examples: [
    ['sudo waspglass victim isolate', 'the kill switch: attackers are cut off too, recording goes on'],
    ['sudo waspglass victim reset', 'after an attack that is worth no more watching'],
    ['sudo waspglass victim status', 'what the victim tried outside, and what became of it'],
  ],
  async run([name = '', ...args], io) {
    const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
    if (action === undefined) {
      throw new UsageError(`found "${name}", expected ${Object.keys(actions).join(', ')}`);
    }
    const { config: file, json } = parseOptions(args, { config: 'value', json: 'flag' });
    const config = loadConfig(file);
    const uid = process.getuid?.() ?? -1;
    if (uid !== 0) throw fail('WG_UP_NOT_ROOT', { uid });
    return action(config, io, { json });
  },
};

async function isolate(config: Config, io: Io): Promise<number> {
  await (await containmentOf(config)).isolate();
  await io.out(`waspglass: ${config.instance} is cut off; waspglass victim release ends that\n`);
  return 0;
}

async function release(config: Config, io: Io): Promise<number> {
  await (await containmentOf(config)).release();
  await io.out(`waspglass: ${config.instance} is reachable again\n`);
  return 0;
}

async function reset(config: Config, io: Io): Promise<number> {
  const paths = pathsOf(config);
  const directory = config.run_directory;
  if (readPidFile(pidFile(paths, 'up')) === undefined) throw fail('WG_UP_NOT_RUNNING', { directory });
  const request = resetRequest(paths);
  writeFileSync(request, '');
  await waitFor(() => !existsSync(request), { limit: RESET_LIMIT, what: 'a fresh victim' });
  await io.out(
    `waspglass: ${config.instance} has a fresh victim; what became of the old one is in ${paths.captures}\n`,
  );
  return 0;
}

/** Exit code 1 when something gives the victim away. */
async function audit(config: Config, io: Io, { json }: Options): Promise<number> {
  const { instance, run_directory: directory, state_directory: stateDirectory } = config;
  const running = await Victim.adopt({ instance, stateDirectory, runDirectory: directory }, config['victim.network']);
  if (running === undefined) throw fail('WG_UP_NOT_RUNNING', { directory });
  const findings = await auditVictim({
    mergedRoot: running.mergedRoot,
    initPid: running.initPid,
    instance,
    hostname: config['victim.hostname'],
    usualHostname: options['victim.hostname'].default,
    passwords: config['victim.accounts'].map(({ password }) => password),
    memory: config['victim.memory_mib'] * 2 ** 20,
  });
  const lines = findings.map(({ check, shows, remedy }) =>
    shows === undefined ? `  good  ${check}` : `  SHOWS ${check}: ${shows} (${remedy})`,
  );
  await io.out(json ? `${JSON.stringify(findings)}\n` : `${lines.map(escapeControl).join('\n')}\n`);
  return findings.some(({ shows }) => shows !== undefined) ? 1 : 0;
}

async function status(config: Config, io: Io, { json }: Options): Promise<number> {
  const containment = await containmentOf(config);
  const counters = await containment.counters();
  const isolated = await containment.isIsolated();
  const egress = readStatus<EgressProcessStatus>(egressStatusFile(pathsOf(config))) ?? null;
  await io.out(json ? `${JSON.stringify({ isolated, ...counters, egress })}\n` : print(isolated, counters, egress));
  return 0;
}

async function containmentOf({ instance, run_directory: directory }: Config): Promise<Containment> {
  const containment = Containment.of(instance);
  if (!(await containment.isApplied())) throw fail('WG_UP_NOT_RUNNING', { directory });
  return containment;
}

function print(isolated: boolean, counters: ContainmentCounters, egress: EgressProcessStatus | null): string {
  const rows: [string, string][] = [
    ['isolated', isolated ? 'YES: nothing passes to or from the victim' : 'no'],
    ['connections to it', `${counters.published.packets}`],
    ['dropped, to the outside', `${counters.egressDropped.packets} packets`],
    ['dropped, to this machine', `${counters.hostDropped.packets} packets`],
    ['dropped, to the victim', `${counters.inboundDropped.packets} packets`],
    ['dropped, beyond a limit', `${counters.overLimit.packets} packets`],
    ['dropped, of the mediators', `${counters.mediatorDropped.packets} packets`],
    ['given to the mediators', `${counters.mediated.packets} connections and questions`],
  ];
  if (egress !== null) {
    for (const [what, count] of Object.entries(egress.counts)) rows.push([what, `${count}`]);
    rows.push(['alarms', `${egress.alarms}`], ['objects stored', `${egress.bytesStored} bytes`]);
  }
  const width = Math.max(...rows.map(([key]) => key.length));
  const lines = rows.map(([key, value]) => `${key.padEnd(width)}  ${escapeControl(value)}\n`);
  const tried = [...counters.attempts].sort((a, b) => b.packets - a.packets).slice(0, MOST_ATTEMPTS);
  for (const { address, protocol, port, packets } of tried) {
    lines.push(`  tried ${address} ${protocol}${port === 0 ? '' : ` ${port}`}: ${packets} packets\n`);
  }
  return lines.join('');
}

/**
 * One honeypot on this machine: brings up containment, victim and processes in the order in which nothing is lost and
 * nothing can escape (rules before the interface, sensor before the victim's first instruction), keeps them running, and
 * takes them down. Whatever fails on the way up is taken down again.
 */
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { delay, type Logger, messageOf, waitFor } from '@waspglass/kit';
import { type BuildProgress, buildImage, Containment, linkAddresses, Victim, withSinkSockets } from '@waspglass/victim';
import { stringify } from 'yaml';
import type { Config } from '../config/options.ts';
import { fail } from '../errors.ts';
import { copyConsole, makeDirectories, makeEgressDirectories } from './directories.ts';
import { egressSettings } from './egress.ts';
import {
  egressStatusFile,
  type InstancePaths,
  instanceLock,
  logFile,
  PROGRAM,
  pathsOf,
  pidFile,
  statusFile,
  userStatusFile,
  wantsEgress,
  wantsShipping,
} from './paths.ts';
import { preflight } from './preflight.ts';
import { identify, readPidFile, terminate, writePidFile } from './process-id.ts';
import { type CollectorStatus, readStatus, type SensorStatus } from './status.ts';
import { type ChildSpec, Supervisor } from './supervisor.ts';
import { ensureUser } from './user.ts';

export interface HoneypotOptions {
  readonly config: Config;
  readonly logger: Logger;
  readonly onProgress: (progress: BuildProgress) => void;
}

/** Longest wait for a process to say that it is ready, in ms. */
const READY_LIMIT = 30_000;
const LOOK_EVERY = 250;
const MIB = 2 ** 20;
/** Looks between two at the containment: two seconds. */
const CONTAINMENT_ROUNDS = 8;
/** Between two tries to make a new victim after one that failed, in ms. */
const VICTIM_PAUSE = 5000;

/** The processes in the order in which they end: what one leaves, the next still takes. */
const CHILDREN = ['egress', 'sensor', 'ship', 'collect'] as const;
type ChildName = (typeof CHILDREN)[number];

export class Honeypot {
  readonly paths: InstancePaths;
  private readonly options: HoneypotOptions;
  private readonly supervisor: Supervisor;
  private victim: Victim | undefined;
  private round = 0;

  constructor(options: HoneypotOptions) {
    this.options = options;
    this.paths = pathsOf(options.config);
    this.supervisor = new Supervisor(options.logger);
  }

  async up(): Promise<void> {
    const { config } = this.options;
    const lock = instanceLock(config.instance);
    const other = readPidFile(lock) ?? readPidFile(pidFile(this.paths, 'up'));
    if (other !== undefined) throw fail('WG_UP_RUNNING', { instance: config.instance, pid: other.pid });
    const running = await this.runningVictim();
    if (running === undefined) {
      // Without a victim, whatever an earlier run left is only in the way.
      if (process.getuid?.() === 0 && existsSync(this.paths.run)) await takeDown(config);
      await preflight(config);
    }
    const user = ensureUser(config['console.user']);
    makeDirectories(this.paths, user);
    if (wantsEgress(config)) makeEgressDirectories(this.paths, ensureUser(config['victim.egress_user']), user);
    const self = identify(process.pid) ?? { pid: process.pid, startTime: '0' };
    for (const file of [lock, pidFile(this.paths, 'up')]) writePidFile(file, self);
    try {
      await this.bringUp(running);
    } catch (error) {
      await this.down();
      throw error;
    }
  }

  /**
   * Until the signal: a victim whose init ended (somebody inside halted or rebooted it) goes on with its files; one whose
   * containment is gone (somebody flushed the host's rules) is stopped first and contained anew.
   */
  async watch(signal: AbortSignal): Promise<void> {
    const { logger } = this.options;
    while (!signal.aborted) {
      await delay(LOOK_EVERY);
      if (signal.aborted || ((await this.isContained()) && this.victim?.isRunning() === true)) continue;
      logger.warn('the victim has ended; it is started again with its files');
      await this.renewVictim().catch(async (error: unknown) => {
        logger.error(`no new victim: ${messageOf(error)}`);
        await delay(VICTIM_PAUSE);
      });
    }
  }

  async down(): Promise<void> {
    await Victim.removeLeftovers(this.place());
    await this.supervisor.stop(CHILDREN);
    await takeDown(this.options.config);
  }

  /** What the person who started it needs to know. */
  collector(): CollectorStatus | undefined {
    return readStatus<CollectorStatus>(userStatusFile(this.paths, 'collect'));
  }

  private async bringUp(running: Victim | undefined): Promise<void> {
    const { config } = this.options;
    copyConsole(this.paths);
    writeFileSync(this.paths.configCopy, stringify(nested(config)), { mode: 0o600 });
    // All start while the victim is made; the sensor waits for its first process.
    this.supervisor.add(this.child('sensor'));
    this.supervisor.add(this.child('collect'));
    if (wantsShipping(config)) this.supervisor.add(this.child('ship'));
    const image = await buildImage(this.imageOptions());
    // Rules that are in force around a running victim stay, and their counters with them.
    if (running === undefined || !(await Containment.of(config.instance).isApplied())) await this.contain();
    if (wantsEgress(config)) this.supervisor.add(this.child('egress'));
    this.victim = running ?? (await this.createVictim(image.root, false));
    await this.sensorReady(this.victim.initPid);
    if (running === undefined) await this.victim.start();
    await this.ready('collect', () => this.collector()?.ready === true);
    await this.victim.waitForPort();
  }

  private async contain(): Promise<void> {
    const { config } = this.options;
    const listen = config['victim.ssh_listen'];
    const egress = wantsEgress(config)
      ? { uid: ensureUser(config['victim.egress_user']).uid, ...egressSettings(config) }
      : undefined;
    await Containment.apply({
      instance: config.instance,
      hostPort: config['victim.ssh_port'],
      victimAddress: linkAddresses(config['victim.network']).victim,
      ...(listen === '0.0.0.0' ? {} : { listenAddress: listen }),
      ...(egress === undefined ? {} : { egress }),
    });
  }

  /** Looks at the rules every few rounds only: it takes a process. A victim without a wall is ended at once. */
  private async isContained(): Promise<boolean> {
    if (this.round++ % CONTAINMENT_ROUNDS !== 0) return true;
    if (await Containment.of(this.options.config.instance).isApplied()) return true;
    this.options.logger.error('the containment is gone: the victim is stopped');
    await this.victim?.stop();
    return false;
  }

  private createVictim(image: string, keepFiles: boolean): Promise<Victim> {
    const { config } = this.options;
    return Victim.create({
      ...this.place(),
      image,
      keepFiles,
      hostname: config['victim.hostname'],
      accounts: config['victim.accounts'],
      network: config['victim.network'],
      limits: {
        processes: config['victim.processes'],
        memory: config['victim.memory_mib'] * MIB,
        processor: config['victim.cpu_percent'],
        disk: config['victim.disk_mib'] * MIB,
      },
    });
  }

  private async renewVictim(): Promise<void> {
    const image = await buildImage(this.imageOptions());
    await this.supervisor.pause('sensor');
    await this.supervisor.pause('egress');
    try {
      await Victim.removeLeftovers(this.place());
      await this.contain();
      this.victim = await this.createVictim(image.root, true);
    } finally {
      // A new sink has none of the old sockets.
      for (const name of ['sensor', 'egress']) this.supervisor.resume(name);
    }
    await this.sensorReady(this.victim.initPid);
    await this.victim.start();
  }

  private imageOptions() {
    const { config, onProgress } = this.options;
    return {
      profile: config['victim.profile'],
      imagesDirectory: path.join(config.cache_directory, 'images'),
      cacheDirectory: path.join(config.cache_directory, 'packages'),
      onProgress,
    };
  }

  private runningVictim(): Promise<Victim | undefined> {
    return Victim.adopt(this.place(), this.options.config['victim.network']);
  }

  private place() {
    const { instance, state_directory: stateDirectory, run_directory: runDirectory } = this.options.config;
    return { instance, stateDirectory, runDirectory };
  }

  private sensorReady(victim: number): Promise<void> {
    return this.ready('sensor', () => {
      const status = readStatus<SensorStatus>(statusFile(this.paths, 'sensor'));
      return status?.ready === true && status.victim === victim;
    });
  }

  private async ready(name: ChildName, probe: () => boolean): Promise<void> {
    await waitFor(probe, { limit: READY_LIMIT, what: name }).catch((cause: unknown) => {
      const log = logFile(this.paths, name);
      throw fail('WG_UP_NOT_READY', { process: name, seconds: READY_LIMIT / 1000, log }, { cause });
    });
  }

  private statusFileOf(name: ChildName): string {
    if (name === 'egress') return egressStatusFile(this.paths);
    return name === 'sensor' ? statusFile(this.paths, name) : userStatusFile(this.paths, name);
  }

  private child(name: ChildName): ChildSpec {
    const command = [PROGRAM, name, '--config', this.paths.configCopy] as const;
    const { instance } = this.options.config;
    const [program, ...args] = name === 'egress' ? withSinkSockets(instance, process.pid, command) : command;
    return {
      name,
      program,
      args,
      pidFile: pidFile(this.paths, name),
      statusFile: this.statusFileOf(name),
      logFile: logFile(this.paths, name),
      grace: 15_000,
    };
  }
}

/** Takes down whatever an instance left, in any state. Idempotent. */
export async function takeDown(config: Config): Promise<void> {
  const paths = pathsOf(config);
  const { instance, state_directory: stateDirectory, run_directory: runDirectory } = config;
  await Victim.removeLeftovers({ instance, stateDirectory, runDirectory });
  for (const name of CHILDREN) {
    const id = readPidFile(pidFile(paths, name));
    if (id !== undefined) await terminate(id, 15_000);
  }
  await Containment.of(instance).remove();
  rmSync(paths.run, { recursive: true, force: true });
  rmSync(instanceLock(instance), { force: true });
}

/** `{ 'a.b': 1 }` → `{ a: { b: 1 } }`: the configuration as a file again, with the defaults of today written out. */
function nested(config: Config): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(config)) {
    const [head = '', tail] = name.split('.');
    if (tail === undefined) out[head] = value;
    else out[head] = { ...(out[head] as object | undefined), [tail]: value };
  }
  return out;
}

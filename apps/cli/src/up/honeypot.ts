/**
 * One honeypot on this machine: brings up containment, victim and processes in the order in which nothing is lost and
 * nothing can escape (rules before the interface, sensor before the victim's first instruction), keeps them running, and
 * takes them down. Whatever fails on the way up is taken down again.
 */
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { writeSpoolPolicy } from '@waspglass/evidence';
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
  resetRequest,
  statusFile,
  userStatusFile,
  wantsEgress,
  wantsShipping,
} from './paths.ts';
import { preflight } from './preflight.ts';
import { identify, readPidFile, terminate, writePidFile } from './process-id.ts';
import { activityOf, forgetRequest, ResetPolicy } from './reset-policy.ts';
import { spoolPolicy } from './spool-policy.ts';
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
/** Looks between two at what a reset depends on: one second. */
const RESET_ROUNDS = 4;
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
  private readonly resetPolicy: ResetPolicy;
  /** A reset has begun: until it has succeeded, no victim gets the old files. */
  private isFreshDue = false;

  constructor(options: HoneypotOptions) {
    this.options = options;
    this.paths = pathsOf(options.config);
    this.supervisor = new Supervisor(options.logger);
    this.resetPolicy = new ResetPolicy(options.config);
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
    // Also when nothing is shipped (any more): the spool has bounds all the same.
    writeSpoolPolicy(this.paths.captures, spoolPolicy(config, this.paths));
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
      if (signal.aborted) continue;
      const isWell = (await this.isContained()) && this.victim?.isRunning() === true;
      const reason = isWell ? this.resetDue() : undefined;
      if (isWell && reason === undefined) continue;
      if (reason === undefined) logger.warn('the victim has ended; it is started again with its files');
      else logger.info(`the victim starts afresh: ${reason}`);
      if (reason !== undefined) this.isFreshDue = true;
      await this.renewVictim(!this.isFreshDue).catch(async (error: unknown) => {
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

  private resetDue(): string | undefined {
    if (this.victim === undefined || this.round % RESET_ROUNDS !== 0) return undefined;
    const { state_directory: state } = this.options.config;
    return this.resetPolicy.due(activityOf(this.victim.initPid, state, resetRequest(this.paths)));
  }

  /** A new victim with the files of the last, or a fresh one; then what became of the old one's files is evidence. */
  private async renewVictim(keepFiles: boolean): Promise<void> {
    const image = await buildImage(this.imageOptions());
    const began = performance.now();
    const place = this.place();
    await Victim.end(place);
    const isContained = await Containment.of(place.instance).isApplied();
    try {
      await Promise.all([
        this.supervisor.pause('sensor'),
        // A new sink has none of the old sockets.
        ...(isContained ? [] : [this.supervisor.pause('egress')]),
        keepFiles ? undefined : Victim.keepDifference(place, this.differenceFile()),
      ]);
      await Victim.removeLeftovers(place);
      if (!isContained) await this.contain();
    } finally {
      // The sensor starts while the victim is made, and waits for its first process.
      for (const name of ['sensor', 'egress']) this.supervisor.resume(name);
    }
    const ended = performance.now();
    this.victim = await this.createVictim(image.root, keepFiles);
    const made = performance.now();
    await this.sensorReady(this.victim.initPid);
    const watched = performance.now();
    await this.victim.start();
    if (keepFiles) return;
    await this.victim.waitForPort();
    this.resetPolicy.restart();
    this.isFreshDue = false;
    const up = performance.now();
    const stages = { end: ended - began, make: made - ended, sensor: watched - made, boot: up - watched };
    const text = Object.entries(stages).map(([name, time]) => `${name} ${Math.round(time)}`);
    this.options.logger.info(`a fresh victim after ${Math.round(up - began)} ms (${text.join(', ')})`);
    forgetRequest(resetRequest(this.paths));
  }

  /** Named as evidence is: the sensor seals it when it starts, and it is shipped. */
  private differenceFile(): string {
    const stamp = new Date().toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-');
    const count = readdirSync(this.paths.captures).filter((name) => /^difference\.[^s]*\.jsonl\.gz$/.test(name)).length;
    return path.join(this.paths.captures, `difference.${stamp}.${String(count + 1).padStart(6, '0')}.jsonl.gz`);
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

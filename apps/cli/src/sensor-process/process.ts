/**
 * The sensor process: kernel → chunks → capture files and inspector → rules and sessions → alerts and documents. Everything
 * but compressing runs on this one thread, so an event's place, state and consequences are known together. It keeps going
 * whatever happens to the other processes.
 */
import { once } from 'node:events';
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { Pieces, type Seal, sealLeftovers } from '@waspglass/evidence';
import { Inspector } from '@waspglass/inspect';
import { createLogger, delay, type Logger, messageOf, readTextIfThere } from '@waspglass/kit';
import { type CaptureReference, newestDocuments } from '@waspglass/logs';
import {
  type Chunk,
  type Counters,
  type Dialect,
  type Sensor,
  type SensorOptions,
  startSensor,
} from '@waspglass/sensor';
import { commandsTold } from '@waspglass/sessions';
import { hostInterface } from '@waspglass/victim';
import type { Config } from '../config/options.ts';
import { ruleChoiceOf } from '../config/rule-options.ts';
import { BPF_OBJECT, type InstancePaths, pathsOf, rulesOf, statusFile, wantsShipping } from '../up/paths.ts';
import { identify, type ProcessId } from '../up/process-id.ts';
import { type SensorStatus, writeStatus } from '../up/status.ts';
import { alertOutputs } from './alert-outputs.ts';
import { CaptureFiles } from './capture-files.ts';
import { presentSensor, recordUntil, takeOver } from './hand-over.ts';
import { Judge } from './judge.ts';
import { listsOfMachine, listsOfState } from './lists.ts';
import { Outputs } from './outputs.ts';
import { PacketFiles } from './packet-files.ts';
import { beginOf, missedExits, replay } from './replay.ts';
import { Story } from './story.ts';

const MIB = 2 ** 20;
type FullData = NonNullable<SensorOptions['fullData']>;
const PID_MS = 20;

export class SensorProcess {
  private readonly config: Config;
  private readonly paths: InstancePaths;
  private readonly logger: Logger = createLogger({ name: 'sensor' });
  private readonly inspector = new Inspector();
  private readonly outputs: Outputs;
  private readonly story: Story;
  private readonly files: CaptureFiles;
  private packets: PacketFiles | undefined;
  private pieces: Pieces | undefined;
  private readonly victim: number;
  /** Chunks that come before the lists have been written. */
  private early: Chunk[] | undefined = [];
  private sensor: Sensor | undefined;
  /** The capture that is being taken in again, and the events of the stream before it. */
  private replayed: { readonly file: string; readonly base: number } | undefined;
  /** What the process before told: looked at before this one writes into the queue. */
  private readonly told: ReadonlyMap<string, number>;
  private readonly ended = new AbortController();

  private constructor(config: Config, victim: number) {
    this.config = config;
    this.paths = pathsOf(config);
    this.victim = victim;
    const host = config['victim.hostname'];
    this.told = existsSync(this.paths.documents) ? commandsTold(newestDocuments(this.paths.documents)) : new Map();
    this.outputs = new Outputs({
      alertsFile: this.paths.alerts,
      documentsDirectory: this.paths.documents,
      outputs: alertOutputs(config, host, this.logger),
      logger: this.logger,
    });
    this.files = new CaptureFiles({
      ...this.recording(),
      lists: () => this.listsNow(),
      events: () => this.inspector.state.num,
    });
    this.story = new Story({
      inspector: this.inspector,
      outputs: this.outputs,
      host,
      root: path.join(this.paths.state, 'victim/merged'),
      machine: machineOf(path.join(this.paths.state, 'victim/disk/upper')),
      baselineFile: path.join(this.paths.state, 'growth-baseline.json'),
      positionFile: path.join(this.paths.state, 'log-positions.json'),
      instance: config.instance,
      logger: this.logger,
      reference: (event) => this.reference(event),
      traffic: (address, port) => this.packets?.totals(address, port),
      judge: (handlers) =>
        new Judge({
          inspector: this.inspector,
          files: rulesOf(config),
          ...ruleChoiceOf(config),
          hostname: host,
          logger: this.logger,
          ...handlers,
        }),
    });
  }

  /** What captures and packets have in common. */
  private recording() {
    const { config } = this;
    return {
      directory: this.paths.captures,
      rotateBytes: config['recorder.rotate_mib'] * MIB,
      rotateMs: config['recorder.rotate_minutes'] * 60_000,
      level: config['recorder.level'],
      fsync: config['recorder.fsync'],
      logger: this.logger,
      onSealed: (seal: Seal) => this.story.sealed(seal),
    };
  }

  /**
   * Waits for the victim, then records it until the signal, or until the sensor ends by itself. Returns the exit code.
   * `takesOver`: from the sensor process that runs.
   */
  static async run(config: Config, signal: AbortSignal, takesOver = false): Promise<number> {
    const paths = pathsOf(config);
    const old = takesOver ? presentSensor(paths) : undefined;
    const victim = await victimPid(paths, signal);
    return victim === undefined ? 0 : new SensorProcess(config, victim).run(signal, old);
  }

  private async run(signal: AbortSignal, old: ProcessId | undefined): Promise<number> {
    this.sensor = await this.startSensor(old !== undefined);
    if (this.config['recorder.packets']) {
      this.packets = PacketFiles.start({ ...this.recording(), interface: hostInterface(this.config.instance) });
    }
    if (old !== undefined) await takeOver(this.paths, old, this.sensor.from);
    const own = this.packets?.stats.file;
    for (const seal of await sealLeftovers(this.paths.captures, own)) this.story.sealed(seal);
    await this.takeInAgain(this.sensor);
    this.begin(this.sensor);
    const end = AbortSignal.any([signal, this.ended.signal]);
    if (!end.aborted) await once(end, 'abort');
    return this.stop(this.sensor);
  }

  private startSensor(takesOver: boolean): Promise<Sensor> {
    return startSensor({
      objectPath: BPF_OBJECT,
      victim: { initPid: this.victim },
      snapLength: this.config['sensor.snap_length'],
      ringBytes: this.config['sensor.ring_mib'] * MIB,
      fullData: this.config['sensor.full_data'] as FullData,
      dialect: this.config['capture.dialect'] as Dialect,
      onChunk: (chunk) => this.take(chunk),
      onStatus: (counters) => this.tell(counters),
      onError: (error) => this.broken(error),
      takesOver,
    });
  }

  /** What an earlier process recorded of this victim; chunks that come meanwhile wait. */
  private async takeInAgain(sensor: Sensor): Promise<void> {
    const { inspector, logger } = this;
    const { state } = inspector;
    const taken = await replay({
      inspector,
      directory: this.paths.captures,
      since: beginOf(this.victim),
      logger,
      onFile: (file) => {
        this.replayed = { file, base: state.num };
      },
    });
    this.replayed = undefined;
    if (taken === 0) return;
    this.story.goOnBehind(this.told);
    const alive = new Set(sensor.snapshot.processes.map(({ tid }) => tid));
    const exits = missedExits(state, alive, Date.now());
    if (exits !== undefined) inspector.feed(exits);
    logger.info(`took in again ${taken} events of this victim`);
  }

  private reference(event: number): CaptureReference {
    const { replayed } = this;
    return replayed === undefined ? this.files.reference(event) : { file: replayed.file, event: event - replayed.base };
  }

  private begin(sensor: Sensor): void {
    const lists = listsOfMachine(sensor.snapshot);
    this.files.begin(lists.slice());
    this.inspector.feed(lists);
    const early = this.early ?? [];
    this.early = undefined;
    for (const chunk of early) this.take(chunk);
    this.pieces = this.startPieces();
    this.story.start();
    this.tell(sensor.counters);
    this.logger.info(`recording into ${this.files.current}`);
  }

  private startPieces(): Pieces | undefined {
    const every = this.config['evidence.piece_ms'];
    if (every === 0 || !wantsShipping(this.config)) return undefined;
    const { logger } = this;
    return new Pieces({ directory: this.paths.captures, every, current: () => this.files.current, logger });
  }

  private take(chunk: Chunk): void {
    if (this.early !== undefined) {
      this.early.push({ ...chunk, data: chunk.data.slice() });
      return;
    }
    this.files.write(chunk.data, chunk.events);
    this.inspector.feed(chunk.data);
    this.story.grew(chunk.events, chunk.data.length);
  }

  private listsNow(): Uint8Array {
    if (this.sensor === undefined) throw new Error('lists were asked for before the sensor began');
    return listsOfState(this.inspector.state, this.sensor.snapshot);
  }

  private tell({ lost, lostFirst, lostBulk, thinned, cut }: Counters): void {
    if (this.early !== undefined) return;
    const lostAll = lost + this.files.lostEvents;
    this.story.lost(lostAll);
    const status: SensorStatus = {
      ready: true,
      time: new Date().toISOString(),
      victim: this.victim,
      victimAlive: identify(this.victim) !== undefined,
      capture: this.files.current,
      events: this.inspector.events,
      bytes: this.files.bytes,
      lost: lostAll,
      lanes: { lostFirst, lostBulk, thinned, cut },
      alerts: this.outputs.alerts,
      outputs: this.outputs.stats,
      sessions: this.story.sessions,
      packets: this.packets?.stats ?? null,
      failures: this.files.failures + (this.packets?.failures ?? 0) + this.outputs.failures,
    };
    writeStatus(statusFile(this.paths, 'sensor'), status);
  }

  private broken(error: Error): void {
    this.logger.error(messageOf(error));
    this.ended.abort();
  }

  private async stop(sensor: Sensor): Promise<number> {
    const isBroken = this.ended.signal.aborted;
    if (!isBroken) await sensor.stop(recordUntil(this.paths));
    await this.story.stop();
    await this.pieces?.close();
    await this.files.close();
    await this.packets?.close();
    await this.outputs.close();
    return isBroken ? 1 : 0;
  }
}

/** Process 1 of the victim, as soon as there is one: this process is started while the victim is still being made. */
async function victimPid(paths: InstancePaths, signal: AbortSignal): Promise<number | undefined> {
  const file = path.join(paths.run, 'victim.pid');
  while (!signal.aborted) {
    const text = readTextIfThere(file) ?? '';
    if (/^\d{1,10}\n?$/.test(text)) return Number(text);
    await delay(PID_MS);
  }
  return undefined;
}

/** A fresh victim has a fresh upper directory; one that goes on with its files has the same. */
function machineOf(upper: string): string {
  const { ino, birthtimeMs } = statSync(upper);
  return `${ino}.${birthtimeMs}`;
}

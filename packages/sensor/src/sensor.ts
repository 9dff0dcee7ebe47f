/**
 * The sensor as its owner sees it: start, chunks of event blocks, counters, stop. The work is done in a thread of its own, so
 * that a busy owner does not lose events.
 */
import { Worker } from 'node:worker_threads';
import { messageOf, WaspglassError } from '@waspglass/kit';
import { syscallByName } from '@waspglass/schema';
import type { Dialect } from './call-table.ts';
import { quietCalls } from './calls.ts';
import { fail } from './errors.ts';
import type { Counters, FromWorker, FullData, ToWorker, WorkerOptions } from './messages.ts';
import type { Snapshot } from './proc-snapshot.ts';
import { SNAP_MAX } from './record.gen.ts';

export interface Chunk {
  /** Whole event blocks. The memory is used again: what is to outlast `onChunk` is copied. */
  readonly data: Uint8Array<ArrayBuffer>;
  readonly events: number;
}

export interface SensorOptions {
  /** What `buildObject` made. */
  readonly objectPath: string;
  /** The victim's first process, as the host numbers it. */
  readonly victim: { readonly initPid: number };
  /** Bytes of read and written data kept per call, 0–4096; default 2048. */
  readonly snapLength?: number;
  /** Whose data is kept whole, whatever the length; default `sessions`. */
  readonly fullData?: FullData;
  /** Bytes of the bulk ring between kernel and sensor: a power of two from 64 KiB; default 16 MiB. The first lane has an eighth of it. */
  readonly ringBytes?: number;
  /** System calls that are not to be recorded; default: those that only ask (`quietCalls`). */
  readonly skip?: readonly string[];
  /** Event types of the capture; default `classic`. */
  readonly dialect?: Dialect;
  /** Another sensor records this victim and goes on until `Sensor.from`; default: false. */
  readonly takesOver?: boolean;
  onChunk(chunk: Chunk): void;
  /** Once a second. */
  onStatus?(counters: Counters): void;
  /** The sensor has ended by itself. */
  onError(error: Error): void;
}

export interface Sensor {
  /** The victim as it was just after the programs were attached. */
  readonly snapshot: Snapshot;
  readonly counters: Counters;
  /** Nice value that the thread got. */
  readonly priority: number;
  /** With `takesOver`: from when on it delivers events (CLOCK_BOOTTIME, ns); 0 otherwise. */
  readonly from: number;
  /**
   * Delivers what the ring still holds, then takes everything out of the kernel. `until` (CLOCK_BOOTTIME, ns): goes on until
   * then, and leaves what is younger to the sensor that takes over.
   */
  stop(until?: number): Promise<Counters>;
}

const DEFAULT_SNAP = 2048;
/** An 8 MiB write of which all is kept fits, even when nothing is read meanwhile. */
const DEFAULT_RING = 16 * 1024 * 1024;
const SMALLEST_RING = 64 * 1024;
const LARGEST_RING = 512 * 1024 * 1024;

/** The thread makes next to no objects: a young generation of the usual size would only fill memory. */
const HEAP = { maxYoungGenerationSizeMb: 4 };

const NOTHING: Counters = {
  seen: 0,
  sent: 0,
  lost: 0,
  lostFirst: 0,
  lostBulk: 0,
  thinned: 0,
  cut: 0,
  bytes: 0,
  drained: 0,
  events: 0,
  unreadable: 0,
  overflow: 0,
  malformed: 0,
};

/** Resolves when the programs are attached and the snapshot has been taken. Chunks come afterwards. */
export async function startSensor(options: SensorOptions): Promise<Sensor> {
  const { promise, resolve, reject } = Promise.withResolvers<Sensor>();
  const workerData = workerOptions(options);
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData, resourceLimits: HEAP });
  worker.once('error', (error) => reject(workerFailure(messageOf(error), error)));
  worker.once('exit', (code) => reject(workerFailure(`exit code ${code}`)));
  worker.once('message', (message: FromWorker) => {
    if (message.type === 'ready') resolve(new RunningSensor(options, worker, workerData.taken, message));
    else if (message.type === 'failed') reject(new WaspglassError(message.code, message.text));
    else reject(workerFailure(`said "${message.type}" before it was ready`));
  });
  return promise;
}

function workerFailure(reason: string, cause?: unknown): WaspglassError {
  return fail('WG_SENSOR_WORKER', { reason }, { cause });
}

function workerOptions(options: SensorOptions): WorkerOptions {
  const { objectPath, victim, snapLength = DEFAULT_SNAP, ringBytes = DEFAULT_RING, fullData = 'sessions' } = options;
  const { dialect = 'classic', takesOver = false } = options;
  const skip = options.skip ?? [...quietCalls];
  if (!Number.isInteger(snapLength) || snapLength < 0 || snapLength > SNAP_MAX)
    throw fail('WG_SENSOR_OPTION', { name: 'snapLength', found: snapLength, expected: `0 to ${SNAP_MAX}` });
  const isPower = Number.isInteger(ringBytes) && Number.isInteger(Math.log2(ringBytes));
  if (!isPower || ringBytes < SMALLEST_RING || ringBytes > LARGEST_RING)
    throw fail('WG_SENSOR_OPTION', { name: 'ringBytes', found: ringBytes, expected: 'a power of two from 64 KiB' });
  for (const name of skip) {
    if (syscallByName(name) === undefined)
      throw fail('WG_SENSOR_OPTION', { name: 'skip', found: name, expected: 'a system call' });
  }
  const taken = new SharedArrayBuffer(8);
  return { objectPath, initPid: victim.initPid, snapLength, ringBytes, fullData, skip, dialect, takesOver, taken };
}

class RunningSensor implements Sensor {
  readonly snapshot: Snapshot;
  readonly priority: number;
  readonly from: number;
  counters = NOTHING;
  private readonly options: SensorOptions;
  private readonly worker: Worker;
  private readonly taken: BigInt64Array;
  private stopping: PromiseWithResolvers<Counters> | undefined;
  private stopped = false;
  private over = false;

  constructor(
    options: SensorOptions,
    worker: Worker,
    taken: SharedArrayBuffer,
    { snapshot, priority, from }: Pick<Sensor, 'snapshot' | 'priority' | 'from'>,
  ) {
    this.options = options;
    this.worker = worker;
    this.taken = new BigInt64Array(taken);
    this.snapshot = snapshot;
    this.priority = priority;
    this.from = from;
    worker.on('message', (message: FromWorker) => this.take(message));
    worker.on('error', (error) => this.end(workerFailure(messageOf(error), error)));
    worker.on('exit', (code) => this.end(workerFailure(`exit code ${code}`)));
  }

  stop(until?: number): Promise<Counters> {
    if (this.stopping === undefined) {
      this.stopping = Promise.withResolvers();
      this.worker.postMessage({ type: 'stop', until } satisfies ToWorker);
    }
    return this.stopping.promise;
  }

  private take(message: FromWorker): void {
    if (message.type === 'chunk') this.takeChunk(message);
    else if (message.type === 'failed') this.end(new WaspglassError(message.code, message.text));
    else if (message.type === 'status' || message.type === 'stopped') {
      this.counters = message.counters;
      if (message.type === 'stopped') this.stopped = true;
      else this.options.onStatus?.(message.counters);
    }
  }

  private takeChunk({ data, events }: Chunk): void {
    const { buffer, length } = data;
    try {
      this.options.onChunk({ data, events });
    } finally {
      Atomics.add(this.taken, 0, BigInt(length));
      this.worker.postMessage({ type: 'spare', buffer } satisfies ToWorker, [buffer]);
    }
  }

  /** The thread is gone: because it was told to, or by itself. */
  private end(error: Error): void {
    if (this.over) return;
    this.over = true;
    if (this.stopped) this.stopping?.resolve(this.counters);
    else if (this.stopping !== undefined) this.stopping.reject(error);
    else this.options.onError(error);
  }
}

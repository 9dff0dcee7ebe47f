/**
 * The sensor's thread: loads the probes, then reads the ring in bounded turns, encodes, and posts chunks. It stops reading
 * when its owner has fallen 64 MiB behind: the ring fills, and what is lost is counted where it is lost.
 */
import { existsSync } from 'node:fs';
import os from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { messageOf, WaspglassError } from '@waspglass/kit';
import { EventEncoder } from '@waspglass/scap';
import { callPlans, compatCodes, probeWords } from './call-table.ts';
import { RecordEncoder } from './encoder.hot.ts';
import { fail } from './errors.ts';
import { bootTime, epochOffset, Probes } from './libbpf.ts';
import type { Counters, FromWorker, ToWorker, WorkerOptions } from './messages.ts';
import { type Snapshot, snapshotProc } from './proc-snapshot.ts';
import { victimNamespace, victimPids } from './proc-tree.ts';
import * as R from './record.gen.ts';
import { type RecordSink, Ring } from './ring.hot.ts';

const PRIORITY = -15;
const TURN_RECORDS = 20_000;
const CHUNK_BYTES = 256 * 1024;
const CHUNK_MS = 30;
const STATUS_MS = 1000;
const SHORTEST_NAP_MS = 2;
const LONGEST_NAP_MS = 20;
const MOST_BEHIND = 64 * 1024 * 1024;
/** Differences below this are noise of the measurement: times must not go back for it. */
const CLOCK_NOISE_NS = 500_000n;

class SensorThread implements RecordSink {
  private readonly options: WorkerOptions;
  private readonly probes: Probes;
  private readonly ring: Ring;
  private readonly out = new EventEncoder();
  private readonly encoder: RecordEncoder;
  private readonly taken: BigInt64Array;
  private posted = 0;
  private events = 0;
  private lostNoted = 0;
  private clockOffset = 0n;
  private chunkAt = 0;
  private statusAt = 0;
  private nap = SHORTEST_NAP_MS;
  private timer: NodeJS.Timeout | undefined;
  private immediate: NodeJS.Immediate | undefined;

  constructor(options: WorkerOptions) {
    const arch = process.arch === 'arm64' ? 'aarch64' : 'x86_64';
    const config = configOf(options, arch);
    this.options = options;
    this.probes = new Probes({ objectPath: options.objectPath, config, ringBytes: options.ringBytes });
    this.ring = new Ring(this.probes.consumer, this.probes.producer, options.ringBytes);
    this.encoder = new RecordEncoder(this.out, callPlans(arch), compatCodes());
    this.encoder.attach(this.ring.u8, this.ring.view);
    this.taken = new BigInt64Array(options.taken);
    this.setClock();
  }

  start(): Snapshot {
    try {
      this.probes.attach();
      this.watchTree();
      const snapshot = snapshotProc(this.options.initPid);
      for (const { pid, tid, exe, args, comm } of snapshot.processes) {
        if (pid === tid) this.encoder.names.set(pid, { exe, args, comm });
      }
      return snapshot;
    } catch (error) {
      this.probes.close();
      throw error;
    }
  }

  /** Marks the victim's processes; again until a look finds no new one, since they fork meanwhile. */
  private watchTree(): void {
    const { initPid } = this.options;
    const known = new Set<number>();
    for (let looks = 0; looks < 10; looks++) {
      const fresh = victimPids(initPid).filter((pid) => !known.has(pid));
      if (fresh.length === 0) break;
      for (const pid of fresh) {
        known.add(pid);
        this.probes.watch(pid);
      }
    }
    // whose exit came before the mark would leave it to the next process of that number
    for (const pid of known) if (!existsSync(`/proc/${pid}`)) this.probes.unwatch(pid);
    if (known.size === 0) throw fail('WG_SENSOR_NO_VICTIM', { pid: initPid });
  }

  /** Called by the ring for each record. */
  record(at: number, length: number): void {
    this.encoder.record(at, length);
    if (this.out.length >= CHUNK_BYTES) this.post();
  }

  turn = (): void => {
    const now = performance.now();
    const behind = this.posted - Number(Atomics.load(this.taken, 0));
    const n = behind > MOST_BEHIND ? 0 : this.ring.drain(this, TURN_RECORDS);
    if (now - this.chunkAt >= CHUNK_MS) this.post();
    if (now - this.statusAt >= STATUS_MS) this.status(now);
    if (n === TURN_RECORDS) this.immediate = setImmediate(this.turn);
    else this.rest(n);
  };

  private status(now: number): void {
    this.statusAt = now;
    this.setClock();
    this.noteLosses();
    send({ type: 'status', counters: this.counters() });
  }

  /** What was lost stands in the capture too, as an event. */
  private noteLosses(): void {
    const { lost } = this.counters();
    if (lost === this.lostNoted) return;
    this.encoder.notifyLost(lost - this.lostNoted, bootTime(), this.options.initPid);
    this.lostNoted = lost;
  }

  private rest(records: number): void {
    this.nap = records > 0 ? SHORTEST_NAP_MS : Math.min(LONGEST_NAP_MS, this.nap * 2);
    this.timer = setTimeout(this.turn, this.nap);
  }

  stop(): void {
    clearTimeout(this.timer);
    clearImmediate(this.immediate);
    this.probes.detach();
    while (this.ring.drain(this, TURN_RECORDS) > 0);
    this.noteLosses();
    this.post();
    const counters = this.counters();
    this.probes.close();
    send({ type: 'stopped', counters });
  }

  private post(): void {
    this.chunkAt = performance.now();
    const { events, length } = this.out;
    if (length === 0) return;
    const data = this.out.take();
    this.events += events;
    this.posted += length;
    port.postMessage({ type: 'chunk', data, events } satisfies FromWorker, [data.buffer]);
  }

  private setClock(): void {
    const offset = epochOffset();
    const change = offset - this.clockOffset;
    if (change < CLOCK_NOISE_NS && change > -CLOCK_NOISE_NS) return;
    this.clockOffset = offset;
    this.encoder.offsetLow = Number(BigInt.asUintN(32, offset));
    this.encoder.offsetHigh = Number(offset >> 32n);
  }

  private counters(): Counters {
    const sum = (member: number) => {
      let total = 0n;
      for (let i = member / 8; i < this.probes.counters.length; i += R.COUNTERS_SIZE / 8) {
        total += this.probes.counters[i] ?? 0n;
      }
      return Number(total);
    };
    return {
      seen: sum(R.COUNTERS_SEEN),
      sent: sum(R.COUNTERS_SENT),
      lost: sum(R.COUNTERS_LOST),
      bytes: sum(R.COUNTERS_BYTES),
      drained: this.ring.records,
      events: this.events + this.out.events,
      unreadable: sum(R.COUNTERS_UNREADABLE),
      overflow: sum(R.COUNTERS_OVERFLOW),
      malformed: this.encoder.malformed,
    };
  }
}

function configOf(options: WorkerOptions, arch: 'x86_64' | 'aarch64'): Uint8Array {
  const bytes = new Uint8Array(R.CONFIG_SIZE);
  const view = new DataView(bytes.buffer);
  probeWords(arch, new Set(options.skip)).forEach((word, n) => {
    view.setUint32(R.CONFIG_CALLS + 4 * n, word, true);
  });
  view.setUint32(R.CONFIG_SNAP, options.snapLength, true);
  view.setUint32(R.CONFIG_SELF, process.pid, true);
  view.setUint32(R.CONFIG_MOUNT_NS, victimNamespace(options.initPid), true);
  return bytes;
}

/** More processor time than the victim gets; without the right to it, as it is. */
function raisePriority(): number {
  try {
    os.setPriority(0, PRIORITY);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
  }
  return os.getPriority(0);
}

if (parentPort === null) throw new Error('worker.ts runs as a worker thread only');
const port = parentPort;

function send(message: FromWorker): void {
  port.postMessage(message);
}

try {
  const sensor = new SensorThread(workerData as WorkerOptions);
  const snapshot = sensor.start();
  send({ type: 'ready', snapshot, priority: raisePriority() });
  port.on('message', (message: ToWorker) => {
    if (message.type !== 'stop') return;
    sensor.stop();
    port.close();
  });
  sensor.turn();
} catch (error) {
  const known = error instanceof WaspglassError ? error : fail('WG_SENSOR_WORKER', { reason: messageOf(error) });
  send({ type: 'failed', code: known.code, text: known.text });
  port.close();
}

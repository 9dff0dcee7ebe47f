/**
 * The sensor's thread: loads the probes, then reads the rings in bounded turns, encodes, and posts chunks. It stops reading
 * when its owner has fallen 64 MiB behind: the rings fill, and what is lost is counted where it is lost.
 */
import { existsSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { messageOf, WaspglassError } from '@waspglass/kit';
import { BufferPool, EventEncoder } from '@waspglass/scap';
import { probeWords, socketCallNumbers } from './call-table.ts';
import { RecordEncoder } from './encoder.hot.ts';
import { fail } from './errors.ts';
import { Lanes, type RecordSink } from './lanes.hot.ts';
import { bootTime, epochOffset, Probes } from './libbpf.ts';
import type { Counters, FromWorker, ToWorker, WorkerOptions } from './messages.ts';
import { raisePriority } from './priority.ts';
import { type Snapshot, snapshotProc } from './proc-snapshot.ts';
import { isOfSession, victimNamespace, victimPids } from './proc-tree.ts';
import { possibleProcessors } from './processors.ts';
import * as R from './record.gen.ts';
import { Ring } from './ring.hot.ts';

const TURN_RECORDS = 20_000;
const CHUNK_BYTES = 256 * 1024;
/** A chunk's memory: it is posted when it is beyond CHUNK_BYTES, so by one event at most. */
const SPARES = { least: CHUNK_BYTES + 128 * 1024, most: 4, largest: 4 * CHUNK_BYTES };
const CHUNK_MS = 30;
const STATUS_MS = 1000;
const SHORTEST_NAP_MS = 2;
const LONGEST_NAP_MS = 20;
const SMALLEST_RING = 64 * 1024;
/** The first lane's ring is this much smaller. */
const FIRST_LANE_PART = 8;
/** From getting its time to lying in the ring a record takes less than this. */
const HORIZON_NS = 1e6;
const MIB = 2 ** 20;
const FULL_RATE = 32 * MIB;
const FULL_TOTAL = 512 * MIB;
const FULL_FILE = 64 * MIB;
/** Bytes of ring for each event of a process's share while it is crowded. */
const SHARE_BYTES = 4096;
/** A sensor that is taken over from hears of it within this. */
const HAND_OVER_NS = 500e6;
const MOST_BEHIND = 64 * 1024 * 1024;
/** Differences below this are noise of the measurement: times must not go back for it. */
const CLOCK_NOISE_NS = 500_000n;

class SensorThread implements RecordSink {
  private readonly options: WorkerOptions;
  private readonly probes: Probes;
  private readonly lanes: Lanes;
  private attached: Ring | undefined;
  private readonly out = new EventEncoder();
  private readonly spares = new BufferPool(SPARES);
  private readonly encoder: RecordEncoder;
  private readonly taken: BigInt64Array;
  /** What is not younger is another sensor's; 0 when there is none any more. */
  from = 0;
  private posted = 0;
  private events = 0;
  private noted = { first: 0, bulk: 0, thinned: 0 };
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
    const { objectPath, ringBytes: bulkBytes } = options;
    const firstBytes = Math.max(SMALLEST_RING, bulkBytes / FIRST_LANE_PART);
    this.probes = new Probes({ objectPath, config, firstBytes, bulkBytes, processors: possibleProcessors() });
    this.lanes = new Lanes(new Ring(this.probes.first), new Ring(this.probes.bulk));
    this.encoder = new RecordEncoder(this.out, arch, options.dialect);
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
      if (this.options.takesOver) this.from = Number(bootTime()) + HAND_OVER_NS;
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
        this.probes.watch(pid, this.level(pid));
      }
    }
    // whose exit came before the mark would leave it to the next process of that number
    for (const pid of known) if (!existsSync(`/proc/${pid}`)) this.probes.unwatch(pid);
    if (known.size === 0) throw fail('WG_SENSOR_NO_VICTIM', { pid: initPid });
  }

  /** Whose data is kept whole from the start: who is on a terminal or below a service's login. */
  private level(pid: number): number {
    const { fullData } = this.options;
    if (fullData === 'all') return R.LEVEL_FULL;
    return fullData === 'sessions' && isOfSession(pid) ? R.LEVEL_FULL : R.LEVEL_SNAP;
  }

  /** Called for each record. */
  record(ring: Ring, at: number, length: number): void {
    if (ring !== this.attached) {
      this.attached = ring;
      this.encoder.attach(ring.u8, ring.view);
    }
    if (this.from !== 0) this.leaveOlder(ring, at);
    this.encoder.record(at, length);
    if (this.out.length >= CHUNK_BYTES) this.post();
  }

  /** What is another sensor's was encoded for the names in it only. */
  private leaveOlder({ view }: Ring, at: number): void {
    const time = view.getUint32(at + R.RECORD_TIME + 4, true) * 4294967296 + view.getUint32(at + R.RECORD_TIME, true);
    if (time > this.from) this.from = 0;
    else if (this.out.length < CHUNK_BYTES) return;
    this.spares.give(this.out.swap(this.spares.take(0)).buffer);
  }

  turn = (): void => {
    const now = performance.now();
    const behind = this.posted - Number(Atomics.load(this.taken, 0));
    const n = behind > MOST_BEHIND ? 0 : this.lanes.drain(this, TURN_RECORDS, Number(bootTime()) - HORIZON_NS);
    if (now - this.chunkAt >= CHUNK_MS) this.post();
    if (now - this.statusAt >= STATUS_MS) this.status(now);
    if (n === TURN_RECORDS) this.immediate = setImmediate(this.turn);
    else this.rest(n);
  };

  /** The owner has done with this chunk's memory. */
  give(buffer: ArrayBuffer): void {
    this.spares.give(buffer);
  }

  private status(now: number): void {
    this.statusAt = now;
    this.setClock();
    this.noteLosses();
    send({ type: 'status', counters: this.counters() });
  }

  /** What was lost stands in the capture too, as an event. */
  private noteLosses(): void {
    const { lostFirst, lostBulk, thinned } = this.counters();
    const { noted } = this;
    const total = lostFirst + lostBulk + thinned - noted.first - noted.bulk - noted.thinned;
    if (total === 0) return;
    const reasons =
      `first lane full ${lostFirst - noted.first}, bulk lane full ${lostBulk - noted.bulk}, ` +
      `share of a process used up ${thinned - noted.thinned}`;
    this.noted = { first: lostFirst, bulk: lostBulk, thinned };
    const text = `${total} events of the victim were lost: ${reasons}`;
    this.encoder.notify('waspglass.lost', text, bootTime(), this.options.initPid);
  }

  private rest(records: number): void {
    this.nap = records > 0 ? SHORTEST_NAP_MS : Math.min(LONGEST_NAP_MS, this.nap * 2);
    this.timer = setTimeout(this.turn, this.nap);
  }

  stop(until = Number.POSITIVE_INFINITY): void {
    const left = Number.isFinite(until) ? (until - Number(bootTime())) / 1e6 : 0;
    if (left > 0) {
      setTimeout(() => this.stop(until), left + 1);
      return;
    }
    clearTimeout(this.timer);
    clearImmediate(this.immediate);
    this.probes.detach();
    while (this.lanes.drain(this, TURN_RECORDS, until) > 0);
    this.noteLosses();
    this.post();
    const counters = this.counters();
    this.probes.close();
    send({ type: 'stopped', counters });
    port.close();
  }

  private post(): void {
    this.chunkAt = performance.now();
    const { events, length } = this.out;
    if (length === 0 || this.from !== 0) return;
    const data = this.out.swap(this.spares.take(0));
    this.events += events;
    this.posted += length;
    port.postMessage({ type: 'chunk', data, events } satisfies FromWorker, [data.buffer]);
  }

  private setClock(): void {
    const offset = epochOffset();
    const change = offset - this.clockOffset;
    if (change < CLOCK_NOISE_NS && change > -CLOCK_NOISE_NS) return;
    this.clockOffset = offset;
    this.encoder.setOffset(offset);
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
      lost: sum(R.COUNTERS_LOST_FIRST) + sum(R.COUNTERS_LOST_BULK) + sum(R.COUNTERS_THINNED),
      lostFirst: sum(R.COUNTERS_LOST_FIRST),
      lostBulk: sum(R.COUNTERS_LOST_BULK),
      thinned: sum(R.COUNTERS_THINNED),
      cut: sum(R.COUNTERS_CUT),
      bytes: sum(R.COUNTERS_BYTES),
      drained: this.lanes.records,
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
  const skip = new Set(options.skip);
  const words = (at: number, list: Iterable<number>) => {
    for (const word of list) {
      view.setUint32(at, word, true);
      at += 4;
    }
  };
  words(R.CONFIG_CALLS, probeWords(arch, skip));
  if (arch === 'x86_64') {
    words(R.CONFIG_COMPAT, probeWords('i386', skip));
    words(R.CONFIG_SOCKETCALLS, socketCallNumbers());
  } else words(R.CONFIG_COMPAT, new Uint32Array(R.CALLS).fill(R.SHAPE_BARE));
  view.setBigUint64(R.CONFIG_FULL_RATE, BigInt(FULL_RATE), true);
  view.setBigUint64(R.CONFIG_FULL_TOTAL, BigInt(FULL_TOTAL), true);
  view.setBigUint64(R.CONFIG_FULL_FILE, BigInt(FULL_FILE), true);
  view.setBigUint64(R.CONFIG_CROWDED, BigInt(options.ringBytes / 2), true);
  view.setUint32(R.CONFIG_SHARE, options.ringBytes / SHARE_BYTES, true);
  view.setUint32(R.CONFIG_LEVEL, options.fullData === 'all' ? R.LEVEL_FULL : R.LEVEL_SNAP, true);
  view.setUint32(R.CONFIG_SESSIONS, options.fullData === 'sessions' ? 1 : 0, true);
  view.setUint32(R.CONFIG_SNAP, options.snapLength, true);
  view.setUint32(R.CONFIG_SELF, process.pid, true);
  view.setUint32(R.CONFIG_MOUNT_NS, victimNamespace(options.initPid), true);
  return bytes;
}

if (parentPort === null) throw new Error('worker.ts runs as a worker thread only');
const port = parentPort;

function send(message: FromWorker): void {
  port.postMessage(message);
}

try {
  const sensor = new SensorThread(workerData as WorkerOptions);
  const snapshot = sensor.start();
  send({ type: 'ready', snapshot, priority: raisePriority(), from: sensor.from });
  port.on('message', (message: ToWorker) => {
    if (message.type === 'spare') {
      sensor.give(message.buffer);
      return;
    }
    sensor.stop(message.until);
  });
  sensor.turn();
} catch (error) {
  const known = error instanceof WaspglassError ? error : fail('WG_SENSOR_WORKER', { reason: messageOf(error) });
  send({ type: 'failed', code: known.code, text: known.text });
  port.close();
}

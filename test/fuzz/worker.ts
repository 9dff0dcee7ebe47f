/** Checks one mutant after the other, from a seed on, and says before each which one it is. */
import { setImmediate } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '@waspglass/kit';
import { corpus } from './corpus.ts';
import { Finding, Probe } from './probe.ts';

export interface FuzzTask {
  /** The first mutant's seed and how many there are. */
  readonly seed: number;
  readonly mutants: number;
  /** Only of this capture. */
  readonly capture: string | undefined;
  /** Bytes of events per capture. */
  readonly size: number;
  /** Two numbers: the present seed and how many mutants are done. */
  readonly present: SharedArrayBuffer;
  readonly stop: SharedArrayBuffer;
}

export interface FuzzReport {
  readonly seed: number;
  readonly capture: string;
  readonly text: string;
}

const TURN_EVERY = 10;

const task = workerData as FuzzTask;
const present = new Int32Array(task.present);
const stop = new Int32Array(task.stop);

async function run(): Promise<void> {
  const all = corpus(task.size);
  const originals = all.filter(({ name }) => task.capture === undefined || name === task.capture);
  if (originals.length === 0) throw new Error(`no capture "${task.capture}"; ${all.map(({ name }) => name).join(' ')}`);
  const probe = new Probe();
  for (let i = 0; i < task.mutants && Atomics.load(stop, 0) === 0; i++) {
    const seed = task.seed + i;
    const original = originals[seed % originals.length];
    if (original === undefined) continue;
    Atomics.store(present, 0, seed);
    try {
      await probe.check(original, seed);
    } catch (error) {
      parentPort?.postMessage({ seed, capture: original.name, text: textOf(error) } satisfies FuzzReport);
    }
    Atomics.add(present, 1, 1);
    // What a reading has closed is freed in a turn of the event loop.
    if (i % TURN_EVERY === 0) await setImmediate();
  }
}

/** What is wrong in one line; where a bug is, in several. */
function textOf(error: unknown): string {
  if (error instanceof Finding) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : messageOf(error);
}

await run();

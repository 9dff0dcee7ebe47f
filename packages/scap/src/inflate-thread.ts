/**
 * Reads a compressed file with a second thread that inflates it straight into the reader's ring. The parsing thread
 * blocks while it waits, for a few milliseconds at most, then gives signals and timers their turn.
 */
import { Worker } from 'node:worker_threads';
import { messageOf, WaspglassError } from '@waspglass/kit';
import type { ScapReader } from './reader.hot.ts';
import { CONTROL_BYTES, control, type InflateReport, type InflateWorkerData } from './shared-ring.ts';

/** Beside this module, as it was written or bundled. */
const PROGRAM = import.meta.url.endsWith('.ts') ? './inflate-worker.ts' : './inflate-worker.mjs';
const WAIT_MS = 10;
/** Bytes between two turns of the event loop. */
const TURN_BYTES = 1 << 20;

/** Called between pieces; `inputBytes` of the compressed file were taken so far. */
export type OnTurn = (inputBytes: number) => Promise<void>;

/** False when there is no second thread to be had: nothing has been read then. */
export async function readWithThread(
  reader: ScapReader,
  descriptor: number,
  file: string,
  onTurn: OnTurn,
): Promise<boolean> {
  const counters = new SharedArrayBuffer(CONTROL_BYTES);
  const shared = new Int32Array(counters);
  const { buffer, from, length } = reader.ring;
  if (!(buffer instanceof SharedArrayBuffer)) return false;
  const workerData: InflateWorkerData = { descriptor, file, buffer, control: counters, from, length };
  const worker = new Worker(new URL(PROGRAM, import.meta.url), { workerData });
  const outcome = outcomeOf(worker, file, shared);
  try {
    await drain(reader, shared, onTurn);
  } finally {
    Atomics.store(shared, control.stop, 1);
    Atomics.notify(shared, control.consumed);
  }
  const error = await outcome;
  if (error === undefined) return true;
  if (Atomics.load(shared, control.written) === 0 && !(error instanceof WaspglassError)) return false;
  throw error;
}

/** What the thread ended with, once it has ended. */
function outcomeOf(worker: Worker, file: string, shared: Int32Array): Promise<unknown> {
  return new Promise((resolve) => {
    let outcome: unknown;
    worker.on('message', ({ error }: InflateReport) => {
      if (error !== undefined) outcome = new WaspglassError(error.code, error.text, { file });
    });
    worker.on('error', (error) => {
      outcome = new Error(`the inflating thread failed: ${messageOf(error)}`, { cause: error });
    });
    worker.on('exit', () => {
      Atomics.store(shared, control.ended, 1);
      resolve(outcome);
    });
  });
}

async function drain(reader: ScapReader, shared: Int32Array, onTurn: OnTurn): Promise<void> {
  let consumed = 0;
  let turn = 0;
  while (!reader.stopped) {
    const ended = Atomics.load(shared, control.ended) !== 0;
    const ready = (Atomics.load(shared, control.written) - consumed) | 0;
    if (ready === 0 && ended) return;
    const waiting = ready === 0 && Atomics.wait(shared, control.written, consumed, WAIT_MS) === 'timed-out';
    if (ready !== 0) {
      const length = Math.min(ready, reader.room);
      reader.commit(length);
      consumed = (consumed + length) | 0;
      turn += length;
      Atomics.store(shared, control.consumed, consumed - reader.held);
      Atomics.notify(shared, control.consumed);
    }
    if (waiting || turn >= TURN_BYTES) {
      turn = 0;
      await onTurn(Atomics.load(shared, control.inputKiB) * 1024);
    }
  }
}

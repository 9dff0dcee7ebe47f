/** The thread that inflates a compressed capture into the reader's ring while the main thread parses what is there. */
import { readSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { messageOf, WaspglassError } from '@waspglass/kit';
import { fail } from './errors.ts';
import { GzipFile } from './inflate.hot.ts';
import { control, type InflateReport, type InflateWorkerData } from './shared-ring.ts';

/** Most bytes per hand-over. */
const PIECE_BYTES = 64 * 1024;
/** A waiting thread looks up this often, whatever the other one does. */
const WAIT_MS = 1000;

const { descriptor, file, buffer, control: counters, from, length } = workerData as InflateWorkerData;
const shared = new Int32Array(counters);
const out = new Uint8Array(buffer);

function fillRing(): void {
  const gzip = new GzipFile((input, at, most, position) => {
    const got = readInput(input, at, most, position);
    Atomics.store(shared, control.inputKiB, (position + got) >>> 10);
    return got;
  }, file);
  let written = 0;
  for (let room = waitForRoom(written); room > 0; room = waitForRoom(written)) {
    const at = written & (length - 1);
    const got = gzip.read(out, from + at, Math.min(room, length - at, PIECE_BYTES));
    if (got === 0) break;
    written = (written + got) | 0;
    Atomics.store(shared, control.written, written);
    Atomics.notify(shared, control.written);
  }
  gzip.close();
}

/** Free bytes in the ring; 0: the reader wants no more. */
function waitForRoom(written: number): number {
  for (;;) {
    if (Atomics.load(shared, control.stop) !== 0) return 0;
    const consumed = Atomics.load(shared, control.consumed);
    const room = length - ((written - consumed) | 0);
    if (room > 0) return room;
    Atomics.wait(shared, control.consumed, consumed, WAIT_MS);
  }
}

function readInput(input: Uint8Array, at: number, most: number, position: number): number {
  try {
    return readSync(descriptor, input, at, most, position);
  } catch (cause) {
    throw fail('WG_SCAP_READ', { found: messageOf(cause) }, { at: { file }, cause });
  }
}

function run(): InflateReport {
  try {
    fillRing();
    return { error: undefined };
  } catch (error) {
    if (error instanceof WaspglassError) return { error: { code: error.code, text: error.text } };
    throw error;
  } finally {
    Atomics.store(shared, control.ended, 1);
    Atomics.notify(shared, control.written);
  }
}

parentPort?.postMessage(run());

/**
 * Runs mutants in a thread and watches it from outside: a mutant that takes too long is a finding, the thread is ended and
 * the next one goes on behind it; so is memory beyond the limit.
 */
import { Worker } from 'node:worker_threads';
import type { FuzzReport, FuzzTask } from './worker.ts';

export interface FuzzOptions {
  readonly seed: number;
  readonly mutants: number;
  readonly minutes: number;
  readonly capture?: string | undefined;
  readonly size?: number;
  readonly onFinding?: (finding: FuzzReport) => void;
  readonly onProgress?: (done: number, mostBytes: number) => void;
}

export interface FuzzResult {
  readonly done: number;
  readonly findings: readonly FuzzReport[];
  /** Most resident memory of the process, in bytes. */
  readonly mostBytes: number;
}

/** Longest for one mutant, in ms: it takes about two on an idle machine. */
const HANG_MS = 20_000;
const LOOK_MS = 500;
const PROGRESS_MS = 30_000;
const MOST_BYTES = 512 * 1024 * 1024;
/**
 * Mutants per thread. Each is read by a reader of its own with tables of several MiB; what malloc keeps of those that are
 * gone adds up, and is not what a mutant needs.
 */
const THREAD_MUTANTS = 25_000;
/** Heap of the thread, in MiB: what is above ends it with an error, not the whole process. */
const HEAP_MB = 300;

export async function fuzz(options: FuzzOptions): Promise<FuzzResult> {
  const run = new Run(options);
  const end = Date.now() + options.minutes * 60_000;
  while (run.done < options.mutants && Date.now() < end) await run.thread(end);
  return run;
}

class Run implements FuzzResult {
  done = 0;
  mostBytes = 0;
  readonly findings: FuzzReport[] = [];
  private readonly options: FuzzOptions;

  constructor(options: FuzzOptions) {
    this.options = options;
  }

  /** One thread until all is done, the time is up, or a mutant ends it. */
  async thread(end: number): Promise<void> {
    const { seed, mutants, capture, size = 4096 } = this.options;
    const present = new SharedArrayBuffer(8);
    const stop = new SharedArrayBuffer(4);
    const first = seed + this.done;
    const some = Math.min(mutants - this.done, THREAD_MUTANTS);
    const workerData: FuzzTask = { seed: first, mutants: some, capture, size, present, stop };
    const worker = new Worker(new URL('./worker.ts', import.meta.url), {
      workerData,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
    });
    const numbers = new Int32Array(present);
    const watch = this.watch(worker, numbers, new Int32Array(stop), end);
    let ended = false;
    worker.on('message', (report: FuzzReport) => this.found(report));
    worker.on('error', (error: Error) => {
      ended = true;
      this.found({ seed: Atomics.load(numbers, 0), capture: capture ?? '', text: `the thread ended: ${error.stack}` });
    });
    const code = await new Promise<number>((resolve) => {
      worker.on('exit', resolve);
    });
    clearInterval(watch);
    this.done += Atomics.load(numbers, 1) + (code === 0 && !ended ? 0 : 1);
  }

  private watch(worker: Worker, present: Int32Array, stop: Int32Array, end: number): NodeJS.Timeout {
    let last = -1;
    let since = Date.now();
    let told = Date.now();
    return setInterval(() => {
      const now = Date.now();
      const done = Atomics.load(present, 1);
      if (done !== last) since = now;
      last = done;
      if (now > end) Atomics.store(stop, 0, 1);
      this.look(Atomics.load(present, 0));
      if (now - told > PROGRESS_MS) {
        told = now;
        this.options.onProgress?.(this.done + done, this.mostBytes);
      }
      if (now - since < HANG_MS) return;
      since = now;
      this.found({ seed: Atomics.load(present, 0), capture: '', text: `nothing for ${HANG_MS} ms: it hangs` });
      void worker.terminate();
    }, LOOK_MS);
  }

  private look(seed: number): void {
    const { rss } = process.memoryUsage();
    if (rss > MOST_BYTES && this.mostBytes <= MOST_BYTES) {
      this.found({ seed, capture: '', text: `the process holds ${rss >> 20} MiB, of ${MOST_BYTES >> 20} allowed` });
    }
    this.mostBytes = Math.max(this.mostBytes, rss);
  }

  private found(report: FuzzReport): void {
    this.findings.push(report);
    this.options.onFinding?.(report);
  }
}

/**
 * Records chunks of events into rotating capture files; compressing and writing happen in a worker. The caller says when
 * a file begins, since it alone knows the lists that a file starts with. A full disk or a failing write never throws: it
 * is reported and counted, and recording goes on in a new file as soon as one can be written.
 */
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { gzipSync } from 'node:zlib';
import { messageOf, systemCode } from '@waspglass/kit';
import { BufferPool } from './buffer-pool.ts';
import { captureName, captureSeq, highestSeq, type RecordedForm } from './capture-name.ts';
import { fail } from './errors.ts';
import type { ClosedFile, RecorderOrder, RecorderReport, RecorderWorkerData } from './recorder-worker.ts';

export interface RecorderOptions {
  readonly directory: string;
  readonly prefix?: string;
  /** What the files hold; default `scap`. */
  readonly form?: RecordedForm;
  /** gzip level, 1 to 9. */
  readonly level?: number;
  readonly flushBytes?: number;
  readonly flushMs?: number;
  /** Write through to the disk after every flush. */
  readonly fsync?: boolean;
  /** Chunks not yet written may take so many bytes; more is lost and counted. */
  readonly maxPending?: number;
  /** Milliseconds between attempts to begin a new file after a failure. */
  readonly retryMs?: number;
  /** Lists as they are now, for the file that follows a failure. */
  readonly freshHeader: () => Uint8Array;
  /** A file was begun: by `begin` or after a failure. Its events count from 1. */
  readonly onBegin?: (name: string) => void;
  readonly onFile?: (file: ClosedFile) => void;
  readonly onGrowth?: (growth: { name: string; bytes: number; rawBytes: number }) => void;
  readonly onError?: (error: Error) => void;
}

export interface RecorderStats {
  files: number;
  /** Compressed bytes written. */
  bytes: number;
  lostBytes: number;
  lostEvents: number;
  failures: number;
}

const FILE_MODE = 0o640;
const TRIES = 100;
/** Behind the name of a file whose header is being written. */
const UNNAMED = '.new';
/** The caller waits for it. */
const HEADER_LEVEL = 1;
/** Those of a flush, and those on their way meanwhile. */
const SPARES = { least: 64 * 1024, most: 16, largest: 1 << 20 };

export class Recorder {
  readonly stats: RecorderStats = { files: 0, bytes: 0, lostBytes: 0, lostEvents: 0, failures: 0 };
  /** Raw bytes given but not yet taken by the worker. */
  pending = 0;
  private readonly options: RecorderOptions;
  private readonly prefix: string;
  private readonly retryMs: number;
  private readonly maxPending: number;
  /** Of the file begun last; before the first, what the directory says then: another process may be writing there. */
  private seq: number | undefined;
  private worker: Worker | undefined;
  /** Names of the file being written; undefined after a failure and before `begin`. */
  private current: string | undefined;
  private recording = false;
  private failedAt = 0;
  private readonly spares = new BufferPool(SPARES);
  private readonly tickets = new Map<number, (file: ClosedFile | undefined) => void>();
  private lastTicket = 0;

  constructor(options: RecorderOptions) {
    this.options = options;
    this.prefix = options.prefix ?? 'image';
    this.retryMs = options.retryMs ?? 1000;
    this.maxPending = options.maxPending ?? 256 << 20;
    mkdirSync(options.directory, { recursive: true });
    for (const name of readdirSync(options.directory)) {
      if (!name.endsWith(UNNAMED)) continue;
      if (captureSeq(this.prefix, name.slice(0, -UNNAMED.length)) !== undefined) rmSync(join(options.directory, name));
    }
  }

  /** Name of the file being written, if any. */
  get file(): string | undefined {
    return this.current;
  }

  /**
   * Ends the file before and begins another one with `header` (section and lists). Returns its name, or undefined when it
   * could not be created (reported; a new attempt follows by itself).
   */
  begin(header: Uint8Array): string | undefined {
    this.recording = true;
    return this.open(header);
  }

  /** Adds whole event blocks, which are copied. */
  write(chunk: Uint8Array, events: number): void {
    if (this.current === undefined && this.recording && performance.now() - this.failedAt >= this.retryMs) {
      this.open(this.options.freshHeader());
    }
    if (this.current === undefined || this.pending + chunk.length > this.maxPending) {
      if (this.current !== undefined && this.recording) this.failed('', 'the disk is too slow: chunks were dropped');
      this.lose(chunk.length, events);
      return;
    }
    this.pending += chunk.length;
    this.send({ kind: 'chunk', chunk: this.copy(chunk), events });
  }

  /** Ends the file; resolves when it is complete on disk (undefined: there was none). */
  async end(): Promise<ClosedFile | undefined> {
    this.recording = false;
    this.current = undefined;
    if (this.worker === undefined) return undefined;
    const ticket = ++this.lastTicket;
    return new Promise((resolve) => {
      this.tickets.set(ticket, resolve);
      this.send({ kind: 'end', ticket });
    });
  }

  /** Ends the file and the worker. */
  async close(): Promise<void> {
    await this.end();
    const worker = this.worker;
    if (worker === undefined) return;
    const exited = new Promise<void>((resolve) => {
      worker.once('exit', () => resolve());
    });
    this.send({ kind: 'stop' });
    await exited;
  }

  /** 0 when the directory cannot be read: then no file can be begun either. */
  private lastSeq(): number {
    try {
      return highestSeq(this.prefix, readdirSync(this.options.directory));
    } catch (error) {
      if (systemCode(error) === undefined) throw error;
      return 0;
    }
  }

  private copy(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
    const copy = new Uint8Array(this.spares.take(bytes.length), 0, bytes.length);
    copy.set(bytes);
    return copy;
  }

  private open(header: Uint8Array): string | undefined {
    this.failedAt = performance.now();
    this.current = undefined;
    let seq = this.seq ?? this.lastSeq();
    for (let tries = 0; tries < TRIES; tries++) {
      const name = captureName(this.prefix, new Date(), ++seq, this.options.form);
      const path = join(this.options.directory, name);
      try {
        const file = begin(path, header);
        this.seq = seq;
        this.current = name;
        this.stats.files++;
        this.stats.bytes += file.bytes;
        this.options.onGrowth?.({ name, bytes: file.bytes, rawBytes: file.rawBytes });
        this.send({ kind: 'open', name, ...file });
        this.options.onBegin?.(name);
        return name;
      } catch (error) {
        if (systemCode(error) === 'EEXIST') continue;
        this.failed(path, messageOf(error), error);
        return undefined;
      }
    }
    this.failed(this.options.directory, `${TRIES} names were taken`);
    return undefined;
  }

  private send(order: RecorderOrder): void {
    this.worker ??= this.spawn();
    this.worker.postMessage(order, order.kind === 'chunk' ? [order.chunk.buffer] : []);
  }

  private spawn(): Worker {
    const { level = 5, flushBytes = 1 << 20, flushMs = 250, fsync = false } = this.options;
    const workerData: RecorderWorkerData = { level, memberBytes: flushBytes, flushMs, fsync };
    const worker = new Worker(new URL('./recorder-worker.ts', import.meta.url), {
      workerData,
      execArgv: [],
      resourceLimits: { maxYoungGenerationSizeMb: 4 },
      trackUnmanagedFds: false,
    });
    worker.on('message', (report: RecorderReport) => this.take(report));
    worker.on('error', (error) => {
      this.current = undefined;
      this.failed(this.options.directory, messageOf(error), error);
    });
    worker.on('exit', () => this.gone(worker));
    return worker;
  }

  private gone(worker: Worker): void {
    if (this.worker === worker) this.worker = undefined;
    this.current = undefined;
    // What it had taken but not written is unknown; what it hadn't taken is lost.
    this.stats.lostBytes += this.pending;
    this.pending = 0;
    for (const resolve of this.tickets.values()) resolve(undefined);
    this.tickets.clear();
  }

  private take(report: RecorderReport): void {
    if (report.kind === 'growth') {
      this.stats.bytes += report.bytes;
      this.options.onGrowth?.({ name: report.name, bytes: report.bytes, rawBytes: report.rawBytes });
    } else if (report.kind === 'spare') this.spares.give(report.buffer);
    else if (report.kind === 'taken') this.pending -= report.bytes;
    else if (report.kind === 'closed') this.options.onFile?.(report.file);
    else if (report.kind === 'lost') this.lose(report.bytes, report.events);
    else if (report.kind === 'failed') {
      if (this.current === report.name) this.current = undefined;
      this.failed(join(this.options.directory, report.name), report.text);
    } else {
      this.tickets.get(report.ticket)?.(report.file);
      this.tickets.delete(report.ticket);
    }
  }

  private lose(bytes: number, events: number): void {
    this.stats.lostBytes += bytes;
    this.stats.lostEvents += events;
  }

  private failed(file: string, found: string, cause?: unknown): void {
    this.stats.failures++;
    this.failedAt = performance.now();
    this.options.onError?.(fail('WG_SCAP_RECORD', { found }, { at: file === '' ? {} : { file }, cause }));
  }
}

interface Begun {
  readonly fd: number;
  readonly bytes: number;
  readonly rawBytes: number;
}

/** A file gets its name when its header is in it, so a kill at any moment leaves none that cannot be read. */
function begin(path: string, header: Uint8Array): Begun {
  if (existsSync(path)) throw Object.assign(new Error(`${path} is there already`), { code: 'EEXIST' });
  const unnamed = `${path}${UNNAMED}`;
  const fd = openSync(unnamed, 'w', FILE_MODE);
  try {
    const member = gzipSync(header, { level: HEADER_LEVEL });
    for (let at = 0; at < member.length; ) at += writeSync(fd, member, at, member.length - at, at);
    renameSync(unnamed, path);
    return { fd, bytes: member.length, rawBytes: header.length };
  } catch (error) {
    closeSync(fd);
    rmSync(unnamed, { force: true });
    throw error;
  }
}

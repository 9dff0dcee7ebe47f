/**
 * Appends lines to files in batches, in the background, in order. The disk may be full or away: what waits is bounded,
 * what doesn't fit is counted, writing is tried again, and nothing is thrown at the caller. A line that was written in
 * part is completed by the next write before anything else.
 */
import type { FileHandle } from 'node:fs/promises';
import { messageOf } from '@waspglass/kit';

export interface BatchTarget {
  /** The file to write to now. Another one than last time is allowed only at the beginning of a batch. */
  open(beginning: boolean): Promise<FileHandle>;
  /** So many bytes are in the file. */
  wrote?(bytes: number): void;
  close(): Promise<void>;
}

export interface BatchOptions {
  /** Milliseconds that a line waits for others at most. */
  readonly batchMs?: number;
  /** Bytes that wait at most. */
  readonly pendingLimit?: number;
  /** First pause after a failure; each next one is twice as long, up to half a minute. */
  readonly retryMs?: number;
}

export interface BatchStats {
  /** Lines that are in the file. */
  lines: number;
  bytes: number;
  /** Lines that were dropped because too much was waiting. */
  lost: number;
  errors: number;
  lastError: string;
}

const LONGEST_MS = 30_000;
const BATCH_BYTES = 1024 * 1024;

export class BatchWriter {
  readonly stats: BatchStats = { lines: 0, bytes: 0, lost: 0, errors: 0, lastError: '' };
  private readonly target: BatchTarget;
  private readonly batchMs: number;
  private readonly pendingLimit: number;
  private readonly retryMs: number;
  private waiting: Buffer[] = [];
  private waitingBytes = 0;
  /** The batch in work and how much of it is in the file. */
  private batch: Buffer | undefined;
  private batchLines = 0;
  private written = 0;
  private pauseMs: number;
  private timer: NodeJS.Timeout | undefined;
  private working: Promise<void> | undefined;

  constructor(target: BatchTarget, options: BatchOptions = {}) {
    this.target = target;
    this.batchMs = options.batchMs ?? 50;
    this.pendingLimit = options.pendingLimit ?? 64 * 1024 * 1024;
    this.retryMs = options.retryMs ?? 1000;
    this.pauseMs = this.retryMs;
  }

  push(line: string): void {
    const bytes = Buffer.from(`${line}\n`);
    if (this.waitingBytes + bytes.length > this.pendingLimit) {
      this.stats.lost++;
      return;
    }
    this.waiting.push(bytes);
    this.waitingBytes += bytes.length;
    if (this.waitingBytes >= BATCH_BYTES) void this.begin();
    else this.later(this.batchMs);
  }

  /** Writes what waits; true when all of it is in the file. */
  async flush(): Promise<boolean> {
    await this.working;
    if (this.batch !== undefined || this.waiting.length > 0) await this.begin();
    return this.batch === undefined && this.waiting.length === 0;
  }

  async close(): Promise<boolean> {
    const all = await this.flush();
    clearTimeout(this.timer);
    this.timer = undefined;
    await this.target.close();
    return all;
  }

  private later(ms: number): void {
    if (this.working !== undefined) return;
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      void this.begin();
    }, ms);
  }

  private begin(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.working ??= this.work().finally(() => {
      this.working = undefined;
      if (this.batch !== undefined) {
        this.later(this.pauseMs);
        this.pauseMs = Math.min(this.pauseMs * 2, Math.max(LONGEST_MS, this.retryMs));
      }
      if (this.batch === undefined && this.waiting.length > 0) this.later(this.batchMs);
    });
    return this.working;
  }

  private async work(): Promise<void> {
    try {
      while (this.batch !== undefined || this.waiting.length > 0) {
        this.batch ??= this.take();
        await this.write(this.batch);
        this.batch = undefined;
        this.written = 0;
        this.stats.lines += this.batchLines;
        this.pauseMs = this.retryMs;
      }
    } catch (error) {
      this.stats.errors++;
      this.stats.lastError = messageOf(error);
    }
  }

  private take(): Buffer {
    const batch = Buffer.concat(this.waiting);
    this.batchLines = this.waiting.length;
    this.waiting = [];
    this.waitingBytes = 0;
    return batch;
  }

  private async write(batch: Buffer): Promise<void> {
    const handle = await this.target.open(this.written === 0);
    while (this.written < batch.length) {
      const { bytesWritten } = await handle.write(batch, this.written, batch.length - this.written);
      this.written += bytesWritten;
      this.stats.bytes += bytesWritten;
      this.target.wrote?.(bytesWritten);
    }
  }
}

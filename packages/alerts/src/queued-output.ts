/**
 * An output with a bounded queue: what cannot be delivered waits and is tried again after growing pauses, what does not
 * fit is counted as lost. `send` never blocks and never throws, so no output can hold up detection or another output.
 */
import { messageOf } from '@waspglass/kit';
import type { Delivery } from './delivery.ts';
import { fail } from './errors.ts';
import { limitedTo } from './limited.ts';

export interface OutputStats {
  /** Alerts that were delivered (a folded one counts once). */
  sent: number;
  /** Alerts that never will be: no room, refused by the receiver, or left at the end. */
  lost: number;
  /** Tries that failed. */
  failed: number;
  /** Alerts that were folded into another. */
  folded: number;
  /** Alerts that wait now. */
  waiting: number;
  lastError: string;
}

export interface AlertOutput {
  readonly name: string;
  readonly stats: Readonly<OutputStats>;
  send(delivery: Delivery): void;
  /** Delivers what waits for at most `limitMs`, counts the rest as lost and ends. */
  close(limitMs: number): Promise<void>;
}

/** One way out of the program. */
export interface Transport {
  /** Resolves when the receiver has taken all items. Throws `Refused` when trying again is in vain. */
  deliver(items: readonly string[], signal: AbortSignal): Promise<void>;
  close(): void;
}

/** The receiver will never take this: it is counted as lost and the next one is tried. */
export class Refused extends Error {
  override readonly name = 'Refused';
}

/** The receiver asks to be left alone so long. */
export class Later extends Error {
  override readonly name = 'Later';
  readonly pauseMs: number;

  constructor(message: string, pauseMs: number) {
    super(message);
    this.pauseMs = pauseMs;
  }
}

export interface QueuedOptions {
  readonly name: string;
  readonly transport: Transport;
  readonly format: (delivery: Delivery) => string;
  /** Alerts that wait at most; default 10 000. */
  readonly queueLimit?: number;
  /** Characters that wait at most; default 32 Mi. */
  readonly queueChars?: number;
  /** Alerts in one delivery at most; default 1. */
  readonly batch?: number;
  /** A delivery that takes longer has failed; default 10 s. */
  readonly timeoutMs?: number;
  /** First pause after a failure; each next one is twice as long, up to `longestMs`. */
  readonly retryMs?: number;
  readonly longestMs?: number;
}

export class QueuedOutput implements AlertOutput {
  readonly name: string;
  readonly stats: OutputStats = { sent: 0, lost: 0, failed: 0, folded: 0, waiting: 0, lastError: '' };
  private readonly options: Required<QueuedOptions>;
  private readonly queue: string[] = [];
  /** What is being delivered, or will be tried again as it is. */
  private batch: readonly string[] = [];
  private chars = 0;
  private pauseMs: number;
  private working = false;
  private closed = false;
  private timer: NodeJS.Timeout | undefined;
  private current: AbortController | undefined;
  private idle: (() => void)[] = [];

  constructor(options: QueuedOptions) {
    this.name = options.name;
    this.options = {
      queueLimit: 10_000,
      queueChars: 32 * 2 ** 20,
      batch: 1,
      timeoutMs: 10_000,
      retryMs: 500,
      longestMs: 60_000,
      ...options,
    };
    this.pauseMs = this.options.retryMs;
  }

  send(delivery: Delivery): void {
    const text = this.options.format(delivery);
    const full = this.queue.length >= this.options.queueLimit || this.chars + text.length > this.options.queueChars;
    if (this.closed || full) {
      this.stats.lost++;
      return;
    }
    this.queue.push(text);
    this.chars += text.length;
    this.stats.waiting++;
    this.pump();
  }

  async close(limitMs: number): Promise<void> {
    this.closed = true;
    if (this.queue.length > 0) {
      this.wake();
      await limitedTo(limitMs, new Promise<void>((resolve) => this.idle.push(resolve)));
    }
    clearTimeout(this.timer);
    this.timer = undefined;
    this.stats.lost += this.queue.splice(0).length;
    this.stats.waiting = 0;
    this.current?.abort();
    this.options.transport.close();
  }

  /** The last try of what waits need not wait for its pause. */
  private wake(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.pump();
  }

  private pump(): void {
    if (this.working || this.timer !== undefined || this.queue.length === 0) return;
    this.working = true;
    if (this.batch.length === 0) this.batch = this.queue.slice(0, this.options.batch);
    void this.deliver(this.batch);
  }

  private async deliver(items: readonly string[]): Promise<void> {
    const { transport, timeoutMs } = this.options;
    this.current = new AbortController();
    const late = AbortSignal.timeout(timeoutMs);
    const signal = AbortSignal.any([this.current.signal, late]);
    try {
      await transport.deliver(items, signal);
      this.done(items, true);
    } catch (error) {
      const seconds = timeoutMs / 1000;
      this.failed(items, late.aborted ? fail('WG_ALERTS_TIMEOUT', { where: this.name, seconds }) : error);
    }
  }

  private failed(items: readonly string[], error: unknown): void {
    this.stats.failed++;
    this.stats.lastError = messageOf(error);
    if (error instanceof Refused) {
      this.done(items, false);
      return;
    }
    this.working = false;
    if (this.queue.length === 0) return;
    const pause = error instanceof Later ? Math.min(error.pauseMs, this.options.longestMs) : this.pauseMs;
    this.pauseMs = Math.min(this.pauseMs * 2, this.options.longestMs);
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.pump();
    }, pause);
    this.timer.unref();
  }

  private done(items: readonly string[], taken: boolean): void {
    this.working = false;
    this.batch = [];
    if (this.queue.length === 0) return;
    this.queue.splice(0, items.length);
    for (const { length } of items) this.chars -= length;
    this.stats.waiting -= items.length;
    if (taken) this.stats.sent += items.length;
    else this.stats.lost += items.length;
    this.pauseMs = this.options.retryMs;
    if (this.queue.length === 0) for (const tell of this.idle.splice(0)) tell();
    this.pump();
  }
}

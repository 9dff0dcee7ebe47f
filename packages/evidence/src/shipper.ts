/**
 * Ships sealed captures to every target, oldest first. A target that fails is tried again with growing pauses and holds up
 * no other; nothing is deleted here. `status` always says what is still to do.
 */
import { watch } from 'node:fs';
import path from 'node:path';
import { type Logger, messageOf } from '@waspglass/kit';
import { fail } from './errors.ts';
import type { Ledger } from './ledger.ts';
import { hashFile, readSeal, sealedCaptures } from './seal.ts';
import type { Transport } from './transport.ts';

export interface ShipperOptions {
  readonly directory: string;
  readonly transports: readonly Transport[];
  readonly ledger: Ledger;
  readonly logger: Logger;
  readonly onStatus?: (status: ShipperStatus) => void;
  /** Milliseconds: first and longest pause after a failure. */
  readonly pause?: { readonly first: number; readonly longest: number };
}

export interface ShipperStatus {
  readonly shipped: number;
  readonly pending: number;
  readonly failures: number;
  readonly lastError: string;
}

const LOOK_EVERY_MS = 5000;
/** Longest that one pass may take before what it does is given up and begun again. */
const SEND_LIMIT_MS = 3_600_000;

export class Shipper {
  private readonly options: ShipperOptions;
  private failures = 0;
  private lastError = '';
  private readonly pending = new Map<string, number>();

  constructor(options: ShipperOptions) {
    this.options = options;
  }

  get status(): ShipperStatus {
    const pending = [...this.pending.values()].reduce((sum, n) => sum + n, 0);
    return { shipped: this.options.ledger.size, pending, failures: this.failures, lastError: this.lastError };
  }

  /** Runs until the signal; then one last pass, so that what was sealed at the end is shipped too. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all(this.options.transports.map((transport) => this.serve(transport, signal)));
  }

  /** Sends what one target lacks. Returns false when something failed. */
  async pass(transport: Transport, signal: AbortSignal): Promise<boolean> {
    const { directory, ledger } = this.options;
    const todo = (await sealedCaptures(directory)).filter((name) => !ledger.has(name, transport.target));
    for (const [i, name] of todo.entries()) {
      this.tell(transport, todo.length - i);
      if (!(await this.send(transport, path.join(directory, name), signal))) return false;
    }
    this.tell(transport, 0);
    return true;
  }

  private async serve(transport: Transport, signal: AbortSignal): Promise<void> {
    const { first, longest } = this.options.pause ?? { first: 1000, longest: 60_000 };
    let pause = first;
    while (!signal.aborted) {
      const good = await this.pass(transport, AbortSignal.timeout(SEND_LIMIT_MS));
      pause = good ? first : Math.min(longest, pause * 2);
      await (good ? this.change(signal) : this.rest(pause, signal));
    }
    await this.pass(transport, AbortSignal.timeout(30_000));
  }

  private async send(transport: Transport, file: string, signal: AbortSignal): Promise<boolean> {
    const { ledger, logger } = this.options;
    try {
      const seal = readSeal(file);
      const { sha256 } = await hashFile(file);
      if (sha256 !== seal.sha256)
        throw fail('WG_EVIDENCE_CHANGED', { found: sha256, expected: seal.sha256 }, { at: { file } });
      const verified = await transport.send(file, seal, signal);
      ledger.add({ name: seal.name, target: transport.target, sha256, verified, time: new Date().toISOString() });
      logger.info(`shipped ${seal.name} to ${transport.target}, ${seal.bytes} bytes, sha256 ${sha256}`);
      return true;
    } catch (error) {
      this.failures++;
      this.lastError = messageOf(error);
      logger.error(`not shipped: ${this.lastError}`);
      this.options.onStatus?.(this.status);
      return false;
    }
  }

  private tell(transport: Transport, pending: number): void {
    this.pending.set(transport.target, pending);
    this.options.onStatus?.(this.status);
  }

  /** Resolves when the directory changes, after a while at the latest, or on the signal. */
  private change(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const watcher = watch(this.options.directory, {
        signal: AbortSignal.any([signal, AbortSignal.timeout(LOOK_EVERY_MS)]),
      });
      watcher.on('change', (_, name) => {
        if (String(name).endsWith('.seal.json')) watcher.close();
      });
      watcher.on('error', () => watcher.close());
      watcher.on('close', () => resolve());
    });
  }

  private rest(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = AbortSignal.any([signal, AbortSignal.timeout(ms)]);
      if (end.aborted) resolve();
      else end.addEventListener('abort', () => resolve(), { once: true });
    });
  }
}

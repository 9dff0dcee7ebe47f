/**
 * Ships sealed files and their seals to every target, in the order of the chain. A target that fails is tried again with growing pauses and holds up
 * no other; nothing is deleted here. `status` always says what is still to do.
 */
import { existsSync, watch } from 'node:fs';
import path from 'node:path';
import { type Logger, messageOf, WaspglassError } from '@waspglass/kit';
import { fail } from './errors.ts';
import type { Ledger } from './ledger.ts';
import { type ReceiptSource, takeReceipts } from './receipts.ts';
import { hashFile, isGap, SEAL_SUFFIX, type Seal, type SealMemory, sealFileName, sealsOf } from './seal.ts';
import type { Parcel, Transport } from './transport.ts';

export interface ShipperOptions {
  readonly directory: string;
  readonly transports: readonly Transport[];
  readonly ledger: Ledger;
  readonly logger: Logger;
  readonly onStatus?: (status: ShipperStatus) => void;
  /** Where receipts come from, and the spool's directory of them. */
  readonly receipts?: { readonly source: ReceiptSource; readonly directory: string };
  /** Milliseconds: first and longest pause after a failure. */
  readonly pause?: { readonly first: number; readonly longest: number };
}

export interface ShipperStatus {
  readonly shipped: number;
  readonly pending: number;
  readonly failures: number;
  readonly lastError: string;
  /** Entries of the spool without a receipt; 0 when none are asked for. */
  readonly unconfirmed: number;
  /** Files in the spool that had to go unshipped, as the chain says. */
  readonly gaps: number;
}

const LOOK_EVERY_MS = 5000;
/** Faults of one file, not of the target. */
const OF_ONE_FILE: ReadonlySet<string> = new Set(['WG_EVIDENCE_CHANGED', 'WG_EVIDENCE_EXISTS']);
/** Longest that one pass may take before what it does is given up and begun again. */
const SEND_LIMIT_MS = 3_600_000;

export class Shipper {
  private readonly options: ShipperOptions;
  private failures = 0;
  private lastError = '';
  private unconfirmed = 0;
  private gaps = 0;
  private readonly pending = new Map<string, number>();
  private readonly memory: SealMemory = new Map();

  constructor(options: ShipperOptions) {
    this.options = options;
  }

  get status(): ShipperStatus {
    const pending = [...this.pending.values()].reduce((sum, n) => sum + n, 0);
    const { failures, lastError, unconfirmed, gaps } = this;
    return { shipped: this.options.ledger.size, pending, failures, lastError, unconfirmed, gaps };
  }

  /** Runs until the signal; then one last pass, so that what was sealed at the end is shipped too. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([
      ...this.options.transports.map((transport) => this.serve(transport, signal)),
      this.confirm(signal),
    ]);
  }

  /** Takes over what receipts there are. Returns false when the place of receipts cannot be read. */
  async takeReceipts(signal: AbortSignal): Promise<boolean> {
    const { receipts, directory } = this.options;
    if (receipts === undefined) return true;
    try {
      const before = this.unconfirmed;
      this.unconfirmed = await takeReceipts(receipts.source, await this.seals(directory), receipts.directory, signal);
      if (before !== this.unconfirmed) this.options.onStatus?.(this.status);
      return true;
    } catch (error) {
      this.failed(`no receipts from ${receipts.source.place}`, error);
      return false;
    }
  }

  /** Sends what one target lacks. Returns false when something failed. */
  async pass(transport: Transport, signal: AbortSignal): Promise<boolean> {
    const { directory, ledger } = this.options;
    const seals = await this.seals(directory);
    const todo = seals.filter((seal) => !ledger.has(sealFileName(seal), transport.target));
    let failed = 0;
    for (const [i, seal] of todo.entries()) {
      this.tell(transport, todo.length - i + failed);
      const outcome = await this.send(transport, seal, signal);
      if (outcome === 'stop') return false;
      if (outcome === 'next') failed++;
    }
    this.tell(transport, failed);
    if (ledger.isCrowded) ledger.forget(await this.seals(directory));
    return failed === 0;
  }

  private async confirm(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && this.options.receipts !== undefined) {
      await this.takeReceipts(signal);
      await this.rest(LOOK_EVERY_MS, signal);
    }
  }

  private failed(what: string, error: unknown): void {
    this.failures++;
    this.lastError = messageOf(error);
    this.options.logger.error(`${what}: ${this.lastError}`);
    this.options.onStatus?.(this.status);
  }

  private async serve(transport: Transport, signal: AbortSignal): Promise<void> {
    const { first, longest } = this.options.pause ?? { first: 1000, longest: 60_000 };
    let pause = first;
    while (!signal.aborted) {
      // Listens from before the pass: what is sealed meanwhile has the next one at once.
      const changed = this.change(signal);
      const good = await this.pass(transport, AbortSignal.timeout(SEND_LIMIT_MS));
      pause = good ? first : Math.min(longest, pause * 2);
      await (good ? changed : this.rest(pause, signal));
    }
    await this.pass(transport, AbortSignal.timeout(30_000));
  }

  /** What is wrong with one file alone holds up no other. */
  private async send(transport: Transport, seal: Seal, signal: AbortSignal): Promise<'done' | 'next' | 'stop'> {
    const { ledger, logger } = this.options;
    try {
      const verified = await transport.send(await this.parcel(seal), signal);
      const { name, bytes, sha256 } = seal;
      ledger.add({
        name: sealFileName(seal),
        target: transport.target,
        sha256,
        verified,
        time: new Date().toISOString(),
      });
      logger.info(`shipped ${name} to ${transport.target}, ${bytes} bytes, sha256 ${sha256}`);
      return 'done';
    } catch (error) {
      this.failed('not shipped', error);
      return error instanceof WaspglassError && OF_ONE_FILE.has(error.code) ? 'next' : 'stop';
    }
  }

  /** The file of a seal may be gone: it was lost to the spool's limit, or another target let it be freed. */
  private async parcel(seal: Seal): Promise<Parcel> {
    const file = path.join(this.options.directory, seal.name);
    const sealFile = `${file}${SEAL_SUFFIX}`;
    if (!existsSync(file)) return { seal, sealFile, file: undefined };
    const { sha256 } = await hashFile(file);
    if (sha256 !== seal.sha256)
      throw fail('WG_EVIDENCE_CHANGED', { found: sha256, expected: seal.sha256 }, { at: { file } });
    return { seal, sealFile, file };
  }

  /** A seal that cannot be read is told, and the others are shipped. */
  private async seals(directory: string): Promise<Seal[]> {
    const seals = await sealsOf(directory, (error) => this.failed('not shipped', error), this.memory);
    this.gaps = seals.filter(isGap).length;
    return seals;
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

  /** A timer that keeps the process alive, which that of AbortSignal.timeout does not. */
  private rest(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      signal.addEventListener('abort', end);
      if (signal.aborted) end();
    });
  }
}

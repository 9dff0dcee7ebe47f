/**
 * The ingest loop: queue → store, in order, each batch together with its position. When the store cannot take a batch the
 * loop says so once, waits and tries the same batch again; nothing is passed over.
 */
import { existsSync, readdirSync } from 'node:fs';
import { type Logger, messageOf } from '@waspglass/kit';
import { DocumentQueueReader, type QueueBatch, type QueuePosition } from '@waspglass/logs';
import type { Store } from '@waspglass/store';
import { hasShape } from './document-shape.ts';

/** Longest ms between two looks at an idle queue; notices of the file system come sooner. */
const POLL_MS = 100;
const RETRY_MS = 1000;
/** Documents stored at a time: requests are answered between two batches. */
const BATCH = 500;

export interface IngestOptions {
  readonly store: Store;
  readonly directory: string;
  readonly logger: Logger;
  /** Called after documents were stored. */
  readonly onStored: () => void;
}

export class Ingest {
  /** Why documents cannot be stored just now; '' when they can. */
  problem = '';
  private readonly options: IngestOptions;
  private readonly stopping = new AbortController();
  private readonly position: QueuePosition | undefined;
  private readonly done: Promise<void>;
  private reader: DocumentQueueReader | undefined;
  private misshapen = 0;
  /** Read but not stored yet. */
  private waiting: QueueBatch | undefined;
  private file = '';
  private reported = 0;

  constructor(options: IngestOptions, position: QueuePosition | undefined) {
    this.options = options;
    this.position = position;
    this.done = this.loop();
  }

  /** Lines that were no documents, since the start. */
  get skipped(): number {
    const { corrupt = 0, tooLong = 0, unfinished = 0 } = this.reader?.stats ?? {};
    return corrupt + tooLong + unfinished + this.misshapen;
  }

  /** Ends after the batch in hand. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.done;
  }

  private async loop(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      let pause = POLL_MS;
      try {
        if (await this.step()) pause = 0;
        this.recovered();
      } catch (error) {
        this.failed(error);
        pause = RETRY_MS;
      }
      await pauseFor(pause, signal);
    }
  }

  /** Stores one batch; false when there was nothing. */
  private async step(): Promise<boolean> {
    const reader = this.open();
    if (reader === undefined) return false;
    const batch = this.waiting ?? reader.next(BATCH);
    this.tellSkipped(batch.position);
    const moved = batch.position.file !== this.file;
    if (batch.documents.length === 0 && !moved) return false;
    this.waiting = batch;
    const documents = batch.documents.filter(hasShape);
    const { stored } = await this.options.store.insert(documents, batch.position);
    this.waiting = undefined;
    this.misshapen += batch.documents.length - documents.length;
    this.file = batch.position.file;
    if (stored > 0) this.options.onStored();
    if (moved) this.discard(reader, batch.position);
    return batch.documents.length > 0;
  }

  /** The reader, once there is a queue: a sensor that has not started yet has made none. */
  private open(): DocumentQueueReader | undefined {
    const { directory, logger } = this.options;
    if (this.reader !== undefined) return this.reader;
    if (!existsSync(directory)) return undefined;
    const newest = readdirSync(directory)
      .filter((name) => /^documents\.\d{8}\.jsonl$/.test(name))
      .sort()
      .at(-1);
    let position = this.position;
    if (position !== undefined && newest !== undefined && newest < position.file) {
      logger.warn(`the document queue began anew: reading it from its start instead of ${position.file}`);
      position = undefined;
    }
    this.reader = new DocumentQueueReader({ directory, position });
    return this.reader;
  }

  private discard(reader: DocumentQueueReader, position: QueuePosition): void {
    try {
      reader.consume(position);
    } catch (error) {
      this.options.logger.warn(`cannot remove consumed queue files: ${messageOf(error)}`);
    }
  }

  private tellSkipped({ file, offset }: QueuePosition): void {
    const fresh = this.skipped - this.reported;
    if (fresh === 0) return;
    this.reported = this.skipped;
    this.options.logger.warn(`${file}: skipped ${fresh} lines that are no documents, before offset ${offset}`);
  }

  private failed(error: unknown): void {
    const problem = messageOf(error);
    if (problem !== this.problem) this.options.logger.error(problem);
    this.problem = problem;
  }

  private recovered(): void {
    if (this.problem !== '') this.options.logger.info('documents are stored again');
    this.problem = '';
  }
}

/** At least one turn of the event loop, so that requests are answered during a flood. */
function pauseFor(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
  });
}

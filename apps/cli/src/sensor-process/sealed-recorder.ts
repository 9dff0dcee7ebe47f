/** Files that are written one after the other: when the next one is due, and a seal for each that is closed. */
import path from 'node:path';
import { type Seal, sealFile } from '@waspglass/evidence';
import { type Logger, messageOf } from '@waspglass/kit';
import { type ClosedFile, Recorder, type RecorderOptions } from '@waspglass/scap';

export interface SealedRecorderOptions
  extends Pick<RecorderOptions, 'directory' | 'prefix' | 'form' | 'level' | 'fsync' | 'freshHeader'> {
  readonly rotateBytes: number;
  readonly rotateMs: number;
  readonly logger: Logger;
  /** A file was begun, by `begin` or after a failure. */
  readonly onBegin?: (name: string) => void;
  /** A file was closed and sealed, or one had to be deleted unshipped (`lost`). */
  readonly onSealed: (seal: Seal) => void;
}

export class SealedRecorder {
  /** Name of the file being written; '' while none can be. */
  current = '';
  private readonly options: SealedRecorderOptions;
  private readonly recorder: Recorder;
  private began = 0;
  private fileBytes = 0;
  private sealing: Promise<void> = Promise.resolve();
  private sealFailures = 0;

  constructor(options: SealedRecorderOptions) {
    this.options = options;
    const { rotateBytes, rotateMs, logger, onBegin, onSealed, ...recording } = options;
    this.recorder = new Recorder({
      ...recording,
      onBegin: (name) => this.begun(name),
      onFile: (file) => this.seal(file),
      onGrowth: ({ name, bytes }) => {
        if (name === this.current) this.fileBytes += bytes;
      },
      onError: ({ message }) => logger.error(message),
    });
  }

  /** Begins a file; the one before is closed and sealed. */
  begin(header: Uint8Array): void {
    this.recorder.begin(header);
  }

  write(chunk: Uint8Array, items: number): void {
    this.recorder.write(chunk, items);
  }

  /** The present file has its size or age. */
  get isDue(): boolean {
    const { rotateBytes, rotateMs } = this.options;
    return this.current !== '' && (this.fileBytes >= rotateBytes || performance.now() - this.began >= rotateMs);
  }

  /** Compressed bytes of all files since the start. */
  get bytes(): number {
    return this.recorder.stats.bytes;
  }

  /** What was in chunks that could not be written. */
  get lost(): number {
    return this.recorder.stats.lostEvents;
  }

  get failures(): number {
    return this.recorder.stats.failures + this.sealFailures;
  }

  async close(): Promise<void> {
    await this.recorder.close();
    await this.sealing;
  }

  private begun(name: string): void {
    this.current = name;
    this.began = performance.now();
    this.fileBytes = 0;
    this.options.onBegin?.(name);
  }

  private seal({ name, events }: ClosedFile): void {
    const file = path.join(this.options.directory, name);
    this.sealing = this.sealing
      .then(() => sealFile(file, events, true, this.options.onSealed))
      .then(this.options.onSealed)
      .catch((error: unknown) => {
        this.sealFailures++;
        this.options.logger.error(`not sealed: ${file}: ${messageOf(error)}`);
      });
  }
}

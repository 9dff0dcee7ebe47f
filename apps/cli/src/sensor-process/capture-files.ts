/**
 * Which capture file is being written, when the next one begins, and where an event stands. Files begin between two
 * chunks, so the number of an event in its file is its number in the stream less that of the file's first.
 */
import path from 'node:path';
import { type Seal, sealFile } from '@waspglass/evidence';
import { type Logger, messageOf } from '@waspglass/kit';
import type { CaptureReference } from '@waspglass/logs';
import { type ClosedFile, Recorder } from '@waspglass/scap';

export interface CaptureFilesOptions {
  readonly directory: string;
  readonly rotateBytes: number;
  readonly rotateMs: number;
  readonly level: number;
  readonly logger: Logger;
  /** The lists as they are now. */
  readonly lists: () => Uint8Array;
  /** Events of the stream so far. */
  readonly events: () => number;
  /** A file was closed and sealed, or one had to be deleted unshipped (`lost`). */
  readonly onSealed: (seal: Seal) => void;
}

export class CaptureFiles {
  /** Name of the file being written; '' while none can be. */
  current = '';
  private readonly options: CaptureFilesOptions;
  private readonly recorder: Recorder;
  private began = 0;
  private fileBytes = 0;
  /** Events of the stream before the file's first. */
  private base = 0;
  private sealing: Promise<void> = Promise.resolve();
  private sealFailures = 0;

  constructor(options: CaptureFilesOptions) {
    this.options = options;
    this.recorder = new Recorder({
      directory: options.directory,
      level: options.level,
      freshHeader: options.lists,
      onBegin: (name) => this.begun(name),
      onFile: (file) => this.seal(file),
      onGrowth: ({ name, bytes }) => {
        if (name === this.current) this.fileBytes += bytes;
      },
      onError: ({ message }) => options.logger.error(message),
    });
  }

  /** Begins a file with these lists; the one before is closed and sealed. */
  begin(lists: Uint8Array): void {
    this.recorder.begin(lists);
  }

  /**
   * Adds whole event blocks (copied). Call it before the state learns of these events: a file that
   * begins with them begins with the lists as they were before.
   */
  write(chunk: Uint8Array, events: number): void {
    if (this.isDue) this.begin(this.options.lists());
    this.recorder.write(chunk, events);
  }

  /** Where the event with this number of the stream stands. */
  reference(event: number): CaptureReference {
    return { file: this.current, event: event - this.base };
  }

  /** Compressed bytes of all files since the start. */
  get bytes(): number {
    return this.recorder.stats.bytes;
  }

  get lostEvents(): number {
    return this.recorder.stats.lostEvents;
  }

  get failures(): number {
    return this.recorder.stats.failures + this.sealFailures;
  }

  async close(): Promise<void> {
    await this.recorder.close();
    await this.sealing;
  }

  private get isDue(): boolean {
    const { rotateBytes, rotateMs } = this.options;
    return this.current !== '' && (this.fileBytes >= rotateBytes || performance.now() - this.began >= rotateMs);
  }

  private begun(name: string): void {
    this.current = name;
    this.base = this.options.events();
    this.began = performance.now();
    this.fileBytes = 0;
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

/**
 * Which capture file is being written, when the next one begins, and where an event stands. Files begin between two
 * chunks, so the number of an event in its file is its number in the stream less that of the file's first.
 */
import type { CaptureReference } from '@waspglass/logs';
import { SealedRecorder, type SealedRecorderOptions } from './sealed-recorder.ts';

export interface CaptureFilesOptions
  extends Pick<
    SealedRecorderOptions,
    'directory' | 'rotateBytes' | 'rotateMs' | 'level' | 'fsync' | 'logger' | 'onSealed'
  > {
  /** The lists as they are now. */
  readonly lists: () => Uint8Array;
  /** Events of the stream so far. */
  readonly events: () => number;
}

export class CaptureFiles {
  private readonly options: CaptureFilesOptions;
  private readonly recorder: SealedRecorder;
  /** Events of the stream before the file's first. */
  private base = 0;

  constructor(options: CaptureFilesOptions) {
    this.options = options;
    const { lists, events, ...recording } = options;
    this.recorder = new SealedRecorder({
      ...recording,
      freshHeader: lists,
      onBegin: () => {
        this.base = events();
      },
    });
  }

  /** Name of the file being written; '' while none can be. */
  get current(): string {
    return this.recorder.current;
  }

  /** Begins a file with these lists; the one before is closed and sealed. */
  begin(lists: Uint8Array): void {
    this.recorder.begin(lists);
  }

  /**
   * Adds whole event blocks (copied). Call it before the state learns of these events: a file that begins with them begins
   * with the lists as they were before.
   */
  write(chunk: Uint8Array, events: number): void {
    if (this.recorder.isDue) this.begin(this.options.lists());
    this.recorder.write(chunk, events);
  }

  /** Where the event with this number of the stream stands. */
  reference(event: number): CaptureReference {
    return { file: this.current, event: event - this.base };
  }

  /** Compressed bytes of all files since the start. */
  get bytes(): number {
    return this.recorder.bytes;
  }

  get lostEvents(): number {
    return this.recorder.lost;
  }

  get failures(): number {
    return this.recorder.failures;
  }

  close(): Promise<void> {
    return this.recorder.close();
  }
}

/**
 * Lines of results on their way to the receiver: collected as bytes while events are handled, which cannot wait. What has
 * become enough is handed over at once as long as the receiver takes it without waiting (a file); the rest lies here until
 * the next pause of the reader, which waits until the receiver has taken everything.
 */
import { TextBuffer } from '@waspglass/kit';
import type { Io } from '../command.ts';

/** Bytes that are handed over at a time, and room for the line that makes them as many. */
const CHUNK = 64 * 1024;
const ROOM = CHUNK + 16 * 1024;
/** Most buffers that are kept to be used again. */
const SPARE = 32;
const LF = 0x0a;

export class LineOutput {
  /** A line is written here, and `end` ends it. */
  readonly text = new TextBuffer(ROOM);
  private full: Buffer[] = [];
  private readonly spare: Buffer[] = [];
  /** Kept when the receiver has taken the chunk before. */
  private busy: Promise<void> | undefined;
  private failure: unknown;
  private readonly io: Io;

  private readonly onFailure: () => void;

  /** `onFailure`: the receiver is gone, further lines are in vain. */
  constructor(io: Io, onFailure: () => void) {
    this.io = io;
    this.onFailure = onFailure;
  }

  line(text: string): void {
    this.text.raw(text);
    this.end();
  }

  end(): void {
    this.text.byte(LF);
    if (this.text.length >= CHUNK) this.turn();
  }

  /** Resolves when the receiver has taken everything so far; never fails (`close` does). */
  async flush(): Promise<void> {
    if (this.text.length > 0) this.turn();
    while (this.busy !== undefined) await this.busy;
  }

  /** Hands over the rest; throws what went wrong with any part. */
  async close(): Promise<void> {
    await this.flush();
    if (this.failure !== undefined) throw this.failure;
  }

  private turn(): void {
    this.full.push(this.text.take(this.spare.pop() ?? Buffer.allocUnsafeSlow(ROOM)));
    this.hand();
  }

  /** Hands over chunks in order until one has to be waited for. */
  private hand(): void {
    for (let chunk = this.next(); chunk !== undefined; chunk = this.next()) {
      const taken = this.give(chunk);
      if (taken === undefined) this.keep(chunk);
      else this.busy = this.wait(taken, chunk);
    }
  }

  private next(): Buffer | undefined {
    if (this.failure !== undefined) this.full = [];
    return this.busy === undefined ? this.full.shift() : undefined;
  }

  private give(chunk: Buffer): Promise<void> | void {
    try {
      return this.io.out(chunk);
    } catch (error) {
      this.fail(error);
    }
  }

  private async wait(taken: Promise<void>, chunk: Buffer): Promise<void> {
    try {
      await taken;
      this.keep(chunk);
    } catch (error) {
      this.fail(error);
    }
    this.busy = undefined;
    this.hand();
  }

  private fail(error: unknown): void {
    this.failure = error;
    this.onFailure();
  }

  /** The buffer of a chunk that is gone, to be used again; larger ones, made by long lines, are not. */
  private keep({ buffer }: Buffer): void {
    if (buffer.byteLength === ROOM && this.spare.length < SPARE) this.spare.push(Buffer.from(buffer));
  }
}

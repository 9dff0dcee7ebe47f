/**
 * Lines of results on their way to the receiver: collected while events are handled (which cannot wait), handed over at
 * the next pause of the reader (which waits until the receiver takes more).
 */
import type { Io } from '../command.ts';

const CHUNK = 64 * 1024;

export class LineOutput {
  private text = '';
  private readonly full: string[] = [];
  /** The hand-over before: chunks keep their order however often `flush` is called. */
  private tail: Promise<void> = Promise.resolve();
  private failure: unknown;
  private readonly io: Io;

  private readonly onFailure: () => void;

  /** `onFailure`: the receiver is gone, further lines are in vain. */
  constructor(io: Io, onFailure: () => void) {
    this.io = io;
    this.onFailure = onFailure;
  }

  line(text: string): void {
    this.text += text;
    this.text += '\n';
    if (this.text.length < CHUNK) return;
    this.full.push(this.text);
    this.text = '';
  }

  /** Resolves when the receiver has taken everything so far; never fails (`close` does). */
  flush(): Promise<void> {
    if (this.text !== '') this.full.push(this.text);
    this.text = '';
    this.tail = this.tail.then(() => this.hand());
    return this.tail;
  }

  /** Hands over the rest; throws what went wrong with any part. */
  async close(): Promise<void> {
    await this.flush();
    if (this.failure !== undefined) throw this.failure;
  }

  private async hand(): Promise<void> {
    const chunks = this.full.splice(0);
    try {
      for (const chunk of chunks) if (this.failure === undefined) await this.io.out(chunk);
    } catch (error) {
      this.failure = error;
      this.onFailure();
    }
  }
}

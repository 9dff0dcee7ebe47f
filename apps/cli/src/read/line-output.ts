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
  private readonly io: Io;

  constructor(io: Io) {
    this.io = io;
  }

  line(text: string): void {
    this.text += text;
    this.text += '\n';
    if (this.text.length < CHUNK) return;
    this.full.push(this.text);
    this.text = '';
  }

  /** Resolves when the receiver has taken everything so far. */
  flush(): Promise<void> {
    if (this.text !== '') this.full.push(this.text);
    this.text = '';
    this.tail = this.tail.then(() => this.hand());
    return this.tail;
  }

  private async hand(): Promise<void> {
    for (const chunk of this.full.splice(0)) await this.io.out(chunk);
  }
}

/** One line of progress on a terminal, for work of more than a second; erased at the end. */
import type { ReadProgress } from '@waspglass/inspect';
import type { Io } from '../command.ts';

const QUIET_MS = 1000;
const EVERY_MS = 250;
const ERASE = '\r\u001b[K';

export class Progress {
  private readonly io: Io;
  private next = performance.now() + QUIET_MS;
  private shown = false;

  private readonly always: boolean;

  /** `always`: also when messages go to no terminal, and from the start. */
  constructor(io: Io, always = false) {
    this.io = io;
    this.always = always;
    if (always) this.next = 0;
  }

  update({ bytes, size, events }: ReadProgress): void {
    const now = performance.now();
    if ((!this.io.errIsTerminal && !this.always) || now < this.next) return;
    this.next = now + EVERY_MS;
    this.shown = true;
    const part = size > 0 ? `${Math.floor((100 * bytes) / size)} %, ` : '';
    this.io.err(`${ERASE}${part}${events.toLocaleString('en')} events`);
  }

  done(): void {
    if (this.shown) this.io.err(ERASE);
    this.shown = false;
  }
}

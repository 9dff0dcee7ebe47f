/** What a capture grows in each minute of the clock, as documents. */

import type { GrowthDocument } from '@waspglass/logs';
import { documentId } from '@waspglass/logs';
import { isoTime } from './event-view.ts';

const MINUTE = 60_000;

export interface GrowthCounterOptions {
  readonly host: string;
  /** Names the run: a recorder that starts again within a minute makes its own documents for it. */
  readonly run: string;
  readonly emit: (document: GrowthDocument) => void;
}

export class GrowthCounter {
  private readonly options: GrowthCounterOptions;
  private minute = -1;
  private events = 0;
  private bytes = 0;
  private lost = 0;

  constructor(options: GrowthCounterOptions) {
    this.options = options;
  }

  /** Counts; `time` in ms since the epoch. Tells the minute before when a new one begins. */
  add(time: number, grown: { readonly events?: number; readonly bytes?: number; readonly lost?: number }): void {
    const minute = Math.floor(time / MINUTE);
    if (minute !== this.minute) {
      this.tell();
      this.minute = minute;
      this.events = 0;
      this.bytes = 0;
      this.lost = 0;
    }
    this.events += grown.events ?? 0;
    this.bytes += grown.bytes ?? 0;
    this.lost += grown.lost ?? 0;
  }

  /** Tells the minute as it is so far: later documents of the same minute replace it. */
  tell(): void {
    if (this.minute < 0) return;
    const { events, bytes, lost, minute } = this;
    const { host, run, emit } = this.options;
    emit({
      _id: documentId('growth', host, run, minute),
      '@timestamp': isoTime(minute * MINUTE),
      message: `${events} events, ${bytes} bytes${lost > 0 ? `, ${lost} lost` : ''}`,
      event: { dataset: 'capture.growth', category: ['host'] },
      host: { name: host },
      waspglass: { events, bytes, lost },
    });
  }
}

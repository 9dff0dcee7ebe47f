/** `capture.*`: how fast a honeypot's capture grows, for rules of source `capture` (a sudden growth). */
import type { FieldTable } from '@waspglass/lang';

/** The last span of ten seconds beside what the honeypot records when nobody is there. */
export interface CaptureContext {
  /** End of the span, ms since the epoch. */
  readonly time: number;
  /** Seconds for which the honeypot's own life has been learned. */
  readonly learned: number;
  readonly eventsPerSecond: number;
  readonly bytesPerSecond: number;
  /** What is usual at this time of day, per second. */
  readonly eventsExpected: number;
  readonly bytesExpected: number;
  /** How many times the usual. */
  readonly eventsRatio: number;
  readonly bytesRatio: number;
}

const row = (doc: string, get: (c: CaptureContext) => number) =>
  ({ type: 'DOUBLE', kind: 'num', doc, get, print: (value: number) => String(Math.round(value * 10) / 10) }) as const;

export const captureFields = {
  'capture.learned': row("Seconds for which the honeypot's own life has been learned.", (c) => c.learned),
  'capture.events_per_second': row('Events per second over the last ten seconds.', (c) => c.eventsPerSecond),
  'capture.bytes_per_second': row('Bytes per second over the last ten seconds.', (c) => c.bytesPerSecond),
  'capture.events_expected': row('Events per second that are usual at this time of day.', (c) => c.eventsExpected),
  'capture.bytes_expected': row('Bytes per second that are usual at this time of day.', (c) => c.bytesExpected),
  'capture.events_ratio': row('How many times the usual events.', (c) => c.eventsRatio),
  'capture.bytes_ratio': row('How many times the usual bytes.', (c) => c.bytesRatio),
} as const satisfies FieldTable<CaptureContext>;

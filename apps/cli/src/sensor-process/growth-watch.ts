/** How fast the capture grows beside the honeypot's own idle life, every ten seconds; what was learned is kept on disk. */
import type { CaptureContext } from '@waspglass/fields';
import { type Logger, messageOf, readTextIfThere, writeFileAtomic } from '@waspglass/kit';
import { GrowthBaseline, SPAN_MS } from '@waspglass/sessions';

export interface GrowthWatchOptions {
  readonly file: string;
  readonly logger: Logger;
  readonly onSpan: (growth: CaptureContext) => void;
}

/** Spans between two savings: ten minutes. */
const SAVE_SPANS = 60;

export class GrowthWatch {
  private readonly options: GrowthWatchOptions;
  private readonly baseline: GrowthBaseline;
  private events = 0;
  private bytes = 0;
  private spans = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(options: GrowthWatchOptions) {
    this.options = options;
    this.baseline = new GrowthBaseline(this.load());
  }

  add(events: number, bytes: number): void {
    this.events += events;
    this.bytes += bytes;
  }

  start(): void {
    this.timer = setInterval(() => this.span(Date.now()), SPAN_MS);
  }

  stop(): void {
    clearInterval(this.timer);
    this.save();
  }

  private span(now: number): void {
    const growth = this.baseline.add(now, { events: this.events, bytes: this.bytes });
    this.events = 0;
    this.bytes = 0;
    this.options.onSpan(growth);
    if (++this.spans % SAVE_SPANS === 0) this.save();
  }

  private load(): unknown {
    const { file, logger } = this.options;
    try {
      return JSON.parse(readTextIfThere(file) ?? 'null');
    } catch (error) {
      logger.warn(`${file}: ${messageOf(error)}; the honeypot's idle life is learned anew`);
      return undefined;
    }
  }

  private save(): void {
    const { file, logger } = this.options;
    try {
      writeFileAtomic(file, JSON.stringify(this.baseline.saved), 0o600);
    } catch (error) {
      logger.warn(`${file}: ${messageOf(error)}`);
    }
  }
}

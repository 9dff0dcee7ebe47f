/**
 * Folds alerts alike before an output: the first of its kind (a rule by one actor) goes out at once, those that follow
 * within a span go out as one with their number, first and last time. With a limit, kinds beyond it are folded by rule
 * alone; the first alert of a rule still goes out at once. At most so many kinds are held.
 */
import type { Alert } from '@waspglass/rules';
import type { Delivery } from './delivery.ts';
import type { AlertOutput, OutputStats } from './queued-output.ts';

export interface FoldOptions {
  /** Alerts alike within this time are one; 0 folds nothing. */
  readonly spanMs: number;
  /** Alerts that go out in `limitMs` at most, beside the first of each rule; 0: no limit. */
  readonly limit?: number;
  readonly limitMs?: number;
  /** Less severe alerts do not go out at all. */
  readonly accepts?: (alert: Alert) => boolean;
  readonly now?: () => number;
}

interface Kind {
  /** When the span ends. */
  until: number;
  count: number;
  first: bigint;
  last: bigint;
  /** The latest alert that was folded. */
  delivery: Delivery | undefined;
}

const MOST_KINDS = 10_000;
const LOOK_MS = 250;

export class Folding implements AlertOutput {
  readonly name: string;
  private readonly output: AlertOutput;
  private readonly options: Required<FoldOptions>;
  private readonly kinds = new Map<string, Kind>();
  /** Until when the first alert of a rule counts as told; as many as there are rules. */
  private readonly told = new Map<string, number>();
  private folded = 0;
  private tokens: number;
  private filledAt: number;
  private timer: NodeJS.Timeout | undefined;

  constructor(output: AlertOutput, options: FoldOptions) {
    this.name = output.name;
    this.output = output;
    this.options = { limit: 0, limitMs: 3_600_000, accepts: () => true, now: () => performance.now(), ...options };
    this.tokens = this.options.limit;
    this.filledAt = this.options.now();
  }

  get stats(): OutputStats {
    return { ...this.output.stats, folded: this.folded };
  }

  send(delivery: Delivery): void {
    if (!this.options.accepts(delivery.alert)) return;
    if (this.options.spanMs === 0) {
      this.output.send(delivery);
      return;
    }
    const rule = delivery.alert.rule.name;
    const kind = this.kinds.get(`${rule}\0${delivery.actor}`);
    if (kind) this.fold(kind, delivery);
    else if (this.kinds.size < MOST_KINDS && this.takeToken()) this.begin(`${rule}\0${delivery.actor}`, delivery);
    else this.beyondLimit(rule, delivery);
  }

  async close(limitMs: number): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    for (const kind of this.kinds.values()) this.tell(kind);
    this.kinds.clear();
    await this.output.close(limitMs);
  }

  /** No room for a kind of its own: the rule's alerts are one kind. */
  private beyondLimit(rule: string, delivery: Delivery): void {
    const known = this.kinds.get(rule);
    if (known) {
      this.fold(known, delivery);
      return;
    }
    if ((this.told.get(rule) ?? 0) <= this.options.now()) {
      this.begin(rule, delivery);
      return;
    }
    const kind = this.fresh();
    this.kinds.set(rule, kind);
    this.fold(kind, delivery);
    this.later();
  }

  private begin(key: string, delivery: Delivery): void {
    const kind = this.fresh();
    this.kinds.set(key, kind);
    this.told.set(delivery.alert.rule.name, kind.until);
    this.output.send(delivery);
    this.later();
  }

  private fresh(): Kind {
    return { until: this.options.now() + this.options.spanMs, count: 0, first: 0n, last: 0n, delivery: undefined };
  }

  private fold(kind: Kind, delivery: Delivery): void {
    const { time } = delivery.alert;
    if (kind.count === 0) kind.first = time;
    kind.last = time;
    kind.count++;
    kind.delivery = delivery;
    this.folded++;
  }

  /** Spans that are over: those with repeats tell them and begin anew, quiet ones are forgotten. */
  private look(): void {
    const now = this.options.now();
    for (const [key, kind] of this.kinds) {
      if (kind.until > now) continue;
      if (kind.count === 0) this.kinds.delete(key);
      else if (this.takeToken()) {
        this.tell(kind);
        this.kinds.set(key, this.fresh());
      }
    }
    this.later();
  }

  private tell({ delivery, count, first, last }: Kind): void {
    if (delivery === undefined || count === 0) return;
    this.folded--;
    this.output.send(count === 1 ? delivery : { ...delivery, repeats: { count, first, last } });
  }

  private later(): void {
    if (this.timer !== undefined || this.kinds.size === 0) return;
    this.timer = setTimeout(
      () => {
        this.timer = undefined;
        this.look();
      },
      Math.min(LOOK_MS, this.options.spanMs),
    );
    this.timer.unref();
  }

  private takeToken(): boolean {
    const { limit, limitMs, now } = this.options;
    if (limit === 0) return true;
    const time = now();
    this.tokens = Math.min(limit, this.tokens + ((time - this.filledAt) * limit) / limitMs);
    this.filledAt = time;
    if (this.tokens < 1) return false;
    this.tokens--;
    return true;
  }
}

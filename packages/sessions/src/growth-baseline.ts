/**
 * What a honeypot records when nobody is there, learned from itself, so that sudden growth stands out. Rates are taken
 * over spans of ten seconds. Expected is the larger of what 95 % of the last day's spans stayed below and what the same ten
 * minutes of earlier days reached, so the daily cron is no surprise on its second day. What is far above the expected is
 * learned only in part: an attack does not become the measure at once.
 */
import type { CaptureContext } from '@waspglass/fields';

/** Length of a span, ms. */
export const SPAN_MS = 10_000;
const SPANS = 8640;
const SLOT_MS = 600_000;
const SLOTS = 144;
/** Below these nothing is worth a comparison: events and bytes per second. */
const FLOOR = { events: 20, bytes: 8192 } as const;
/** A span is learned as at most so many times the expected. */
const LEARN_FACTOR = 2;
/** What a slot reached is forgotten by half within this many days. */
const SLOT_DECAY = 0.5 ** (1 / 7);

type Measure = keyof typeof FLOOR;

export interface SavedBaseline {
  readonly version: 1;
  readonly spans: number;
  readonly events: SavedRates;
  readonly bytes: SavedRates;
}

interface SavedRates {
  readonly recent: readonly number[];
  readonly slots: readonly number[];
}

export class GrowthBaseline {
  /** Spans learned since the beginning. */
  private spans = 0;
  private readonly rates: Readonly<Record<Measure, Rates>>;

  /** Goes on from what `saved` gave; anything else begins anew. */
  constructor(saved?: unknown) {
    const from = isSaved(saved) ? saved : undefined;
    this.spans = from?.spans ?? 0;
    this.rates = { events: new Rates('events', from?.events), bytes: new Rates('bytes', from?.bytes) };
  }

  /** Compares the span that ended at `time` (ms since the epoch) with what was learned, then learns it. */
  add(time: number, grown: { readonly events: number; readonly bytes: number }): CaptureContext {
    const seconds = SPAN_MS / 1000;
    const events = this.rates.events.add(time, grown.events / seconds);
    const bytes = this.rates.bytes.add(time, grown.bytes / seconds);
    const learned = (this.spans++ * SPAN_MS) / 1000;
    return {
      time,
      learned,
      eventsPerSecond: events.rate,
      bytesPerSecond: bytes.rate,
      eventsExpected: events.expected,
      bytesExpected: bytes.expected,
      eventsRatio: events.rate / events.expected,
      bytesRatio: bytes.rate / bytes.expected,
    };
  }

  get saved(): SavedBaseline {
    return { version: 1, spans: this.spans, events: this.rates.events.saved, bytes: this.rates.bytes.saved };
  }
}

class Rates {
  private readonly floor: number;
  /** The last day's spans, oldest first, and the same in ascending order. */
  private readonly recent: number[];
  private readonly ascending: Float64Array;
  /** What each ten minutes of the day reached on earlier days, and is reaching today. */
  private readonly slots: number[];
  private slot = -1;
  private today = 0;

  constructor(measure: Measure, saved?: SavedRates) {
    this.floor = FLOOR[measure];
    this.recent = [...(saved?.recent ?? [])];
    this.ascending = new Float64Array(SPANS + 1);
    this.ascending.set(Float64Array.from(this.recent).sort());
    this.slots = saved === undefined ? new Array<number>(SLOTS).fill(0) : [...saved.slots];
  }

  add(time: number, rate: number): { rate: number; expected: number } {
    const slot = Math.floor(time / SLOT_MS) % SLOTS;
    if (slot !== this.slot) this.leaveSlot(slot);
    const expected = Math.max(this.floor, this.quantile(0.95), this.slots[slot] ?? 0);
    this.learn(Math.min(rate, expected * LEARN_FACTOR));
    this.today = Math.max(this.today, rate);
    return { rate, expected };
  }

  get saved(): SavedRates {
    return { recent: this.recent.map(rounded), slots: this.slots.map(rounded) };
  }

  private quantile(q: number): number {
    const { length } = this.recent;
    return length === 0 ? 0 : (this.ascending[Math.min(length - 1, Math.floor(length * q))] ?? 0);
  }

  private learn(rate: number): void {
    const { ascending, recent } = this;
    const at = this.place(rate);
    ascending.copyWithin(at + 1, at, recent.length);
    ascending[at] = rate;
    recent.push(rate);
    if (recent.length <= SPANS) return;
    const gone = this.place(recent.shift() ?? 0);
    ascending.copyWithin(gone, gone + 1, recent.length + 1);
  }

  /** Index of the first span that is not smaller, by bisection. */
  private place(rate: number): number {
    let low = 0;
    let high = this.recent.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.ascending[middle] ?? 0) < rate) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Ten minutes are over: what they reached counts from tomorrow on. */
  private leaveSlot(next: number): void {
    if (this.slot >= 0) this.slots[this.slot] = Math.max(this.today, (this.slots[this.slot] ?? 0) * SLOT_DECAY);
    this.slot = next;
    this.today = 0;
  }
}

const rounded = (n: number): number => Math.round(n * 100) / 100;

function isSaved(value: unknown): value is SavedBaseline {
  if (typeof value !== 'object' || value === null) return false;
  const { version, spans, events, bytes } = value as Partial<SavedBaseline>;
  return version === 1 && Number.isSafeInteger(spans) && isRates(events) && isRates(bytes);
}

function isRates(value: SavedRates | undefined): boolean {
  const { recent, slots } = value ?? {};
  const numbers = (list: unknown, most: number): list is readonly number[] =>
    Array.isArray(list) && list.length <= most && list.every((n) => typeof n === 'number' && n >= 0);
  return numbers(recent, SPANS) && numbers(slots, SLOTS) && slots.length === SLOTS;
}

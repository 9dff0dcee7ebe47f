/**
 * Which of up to 31 filters a symbol leaves possible, one bit per filter: a whole rule set is cut down to the few that can
 * still match by one look per field. A direct-mapped cache of fixed size, so an attacker's millions of texts cost no
 * memory; a filter that an earlier field has ruled out is not asked about a new text.
 */
import { sweeps } from '@waspglass/kit';

const SLOTS = 2048;

/** What one filter needs of the symbol; null when it does not look at it. */
export type Need = ((symbol: number) => boolean) | null;

export class Masks {
  /** Per slot: symbol + 1, bits that have been asked for, and their answers. */
  private readonly slots = new Int32Array(3 * SLOTS);
  private readonly needs: readonly Need[];
  /** Bits of the filters that do not look at the symbol. */
  private readonly free: number;
  private sweep = sweeps.count;

  constructor(needs: readonly Need[]) {
    this.needs = needs;
    this.free = needs.reduce<number>((mask, need, i) => (need === null ? mask | (1 << i) : mask), 0);
  }

  /** The bits of `mask` that the symbol leaves. */
  of(symbol: number, mask: number): number {
    if (this.sweep !== sweeps.count) this.forget();
    const slots = this.slots;
    const at = 3 * (symbol & (SLOTS - 1));
    if (slots[at] !== symbol + 1) {
      slots[at] = symbol + 1;
      slots[at + 1] = this.free;
      slots[at + 2] = this.free;
    }
    const missing = mask & ~slots[at + 1]!;
    if (missing !== 0) this.learn(symbol, at, missing);
    return slots[at + 2]! & mask;
  }

  private learn(symbol: number, at: number, missing: number): void {
    let answers = 0;
    for (let i = 0; i < this.needs.length; i++) {
      const bit = 1 << i;
      if ((missing & bit) !== 0 && this.needs[i]!(symbol)) answers |= bit;
    }
    this.slots[at + 1]! |= missing;
    this.slots[at + 2]! |= answers;
  }

  private forget(): void {
    this.sweep = sweeps.count;
    this.slots.fill(0);
  }
}

/**
 * Remembers the answer of a predicate per symbol: 0 unknown, 1 false, 2 true. Symbols beyond the table's bound (an
 * attacker can make millions of texts) share a direct-mapped cache, so a predicate's memory is bounded. After a sweep of
 * the symbols, ids mean other texts: everything is forgotten.
 */
import { sweeps } from '@waspglass/kit';

const FIRST = 1024;
const BOUND = 1 << 17;
const SLOTS = 4096;

/** Most of a rule set's predicates are never asked. */
const NONE = new Uint8Array(0);

export class Memo {
  private table = NONE;
  private late: Int32Array | null = null;
  private sweep = sweeps.count;
  private readonly decide: (symbol: number) => boolean;

  constructor(decide: (symbol: number) => boolean) {
    this.decide = decide;
  }

  /** The predicate's answer; symbol 0 is "no value", which a negation may well accept. */
  has(symbol: number): boolean {
    if (this.sweep !== sweeps.count) this.forget();
    const table = this.table;
    const known = symbol < table.length ? table[symbol]! : 0;
    return known === 0 ? this.learn(symbol) : known === 2;
  }

  private forget(): void {
    this.sweep = sweeps.count;
    this.table.fill(0, 1);
    this.late = null;
  }

  private learn(symbol: number): boolean {
    if (symbol >= BOUND) return this.learnLate(symbol);
    const answer = this.decide(symbol);
    if (symbol >= this.table.length) this.grow(symbol);
    this.table[symbol] = answer ? 2 : 1;
    return answer;
  }

  /** Slot: symbol × 2 + answer. */
  private learnLate(symbol: number): boolean {
    this.late ??= new Int32Array(SLOTS);
    const slot = symbol & (SLOTS - 1);
    const kept = this.late[slot]!;
    if (kept >>> 1 === symbol) return (kept & 1) === 1;
    const answer = this.decide(symbol);
    this.late[slot] = (symbol << 1) | (answer ? 1 : 0);
    return answer;
  }

  private grow(symbol: number): void {
    let length = Math.max(FIRST, this.table.length);
    while (length <= symbol) length *= 2;
    const table = new Uint8Array(length);
    table.set(this.table);
    this.table = table;
  }
}

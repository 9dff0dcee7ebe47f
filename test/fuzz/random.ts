/** Random numbers that depend on nothing but the seed: a finding is repeated by its number. */
export class Random {
  private x: number;

  constructor(seed: number) {
    // Neighbouring seeds must not give similar sequences.
    let h = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    this.x = (h ^ (h >>> 16)) | 1;
  }

  /** A whole number from 0 to 2^32 − 1. */
  next(): number {
    let x = this.x;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.x = x;
    return x >>> 0;
  }

  /** A whole number below `limit`. */
  below(limit: number): number {
    return this.next() % Math.max(1, limit);
  }

  /** True once in `n`. */
  once(n: number): boolean {
    return this.below(n) === 0;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }

  /** Numbers that programs stumble over, and any. */
  hostile(): number {
    return this.once(3)
      ? this.next()
      : this.pick([0, 1, 2, 3, 4, 7, 8, 11, 12, 13, 16, 26, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x10000]) ^
          (this.once(4) ? 0xffffffff : 0);
  }
}

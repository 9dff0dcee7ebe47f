/**
 * Times as texts that begin with something of the second (the clock, the date, its number): made once per second, since
 * millions of events share it.
 */
import { Literal, type TextBuffer } from '@waspglass/kit';

const SECOND = 1_000_000_000;
const SECOND_BIG = 1_000_000_000n;
const HIGH = 4294967296;
const DOT = 0x2e;

export class SecondText {
  /** Halves of the time at which the second begins. */
  private low = 0;
  private high = 0;
  private text: Literal | null = null;
  private readonly make: (time: bigint) => string;

  /** `make`: ASCII of the second in which a time lies, ns since the epoch. */
  constructor(make: (time: bigint) => string) {
    this.make = make;
  }

  /** Writes the text of a time's second and tells the nanoseconds that have passed of it. */
  write(low: number, high: number, out: TextBuffer): number {
    const ns = (high - this.high) * HIGH + (low - this.low);
    if (this.text === null || ns < 0 || ns >= SECOND) return this.turn(low, high, out);
    out.literal(this.text);
    return ns;
  }

  /** The same with the nanoseconds behind a dot. */
  writeWhole(low: number, high: number, out: TextBuffer): void {
    const ns = this.write(low, high, out);
    out.byte(DOT);
    out.nine(ns);
  }

  private turn(low: number, high: number, out: TextBuffer): number {
    const time = (BigInt(high) << 32n) | BigInt(low);
    const ns = time % SECOND_BIG;
    const start = time - ns;
    this.low = Number(start & 0xffffffffn);
    this.high = Number(start >> 32n);
    this.text = new Literal(this.make(time));
    out.literal(this.text);
    return Number(ns);
  }
}

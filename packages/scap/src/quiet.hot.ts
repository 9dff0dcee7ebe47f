/**
 * Events that their receiver doesn't want to hear one by one, since all that they would change is a number: the reader
 * counts them and goes on. Half of a usual capture is like that, so this is where the time of long readings goes.
 *
 * What the receiver would have kept of such an event, the reader keeps for it: its time, and, of an event that begins a
 * call, its number in the cell that is its thread's.
 */

export const quiet = {
  /** Told as usual. */
  told: 0,
  counted: 1,
  /** From here on: begins a call, so its number goes to the thread's cell. */
  enter: 2,
  enterCounted: 3,
} as const;

export class QuietEvents {
  /** A value of `quiet` per event number. */
  readonly kinds = new Uint8Array(1 << 16);
  /** Events passed over so far, by the value of `quiet`. */
  readonly counts = new Float64Array(4);
  /** Time of the last event, ns since the epoch: low and high half. */
  readonly last = new Int32Array(2);
  /** The thread whose cell is at `cell` of `cells`; the receiver is asked when an event is of another one. */
  tid = 0;
  cells: Int32Array = new Int32Array(1);
  cell = 0;

  /** How many were passed over. */
  get total(): number {
    const { counts } = this;
    return counts[quiet.counted]! + counts[quiet.enter]! + counts[quiet.enterCounted]!;
  }

  /** Those of them that count as events where enter events don't. */
  get counted(): number {
    return this.counts[quiet.counted]! + this.counts[quiet.enterCounted]!;
  }

  /** Tells all events again. */
  hearAll(): void {
    this.kinds.fill(quiet.told);
  }
}

/** Times of the first, the last and the present event, ns since the epoch, as low and high halves. */
import type { EventCursor } from '@waspglass/scap';

export class Clock {
  /** An event with a time has come. */
  started = false;
  private readonly first = new Int32Array(2);
  private readonly previous = new Int32Array(2);
  private readonly present: Int32Array;

  /** `present`: where the time of the last event is; others may write there, too. */
  constructor(present: Int32Array) {
    this.present = present;
  }

  tick(c: EventCursor): void {
    const { present, previous } = this;
    previous[0] = present[0]!;
    previous[1] = present[1]!;
    present[0] = c.view.getInt32(c.at, true);
    present[1] = c.view.getInt32(c.at + 4, true);
  }

  /** Takes the present event's time for the first, if it has one. */
  start(): void {
    this.first.set(this.present);
    this.started = (this.first[0]! | this.first[1]!) !== 0;
  }

  /** Time of the first event. */
  get firstTime(): bigint {
    return time(this.first);
  }

  /** Time of the event before the present one; 0 at the first. */
  get previousTime(): bigint {
    return time(this.previous);
  }
}

function time(halves: Int32Array): bigint {
  return (BigInt(halves[1]! >>> 0) << 32n) | BigInt(halves[0]! >>> 0);
}

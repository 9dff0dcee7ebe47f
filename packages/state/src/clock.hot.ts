/** Times of the first, the last and the present event, ns since the epoch, as low and high halves. */
import type { EventCursor } from '@waspglass/scap';

export class Clock {
  /** An event with a time has come. */
  started = false;
  private readonly first = new Int32Array(2);
  /** The present event's time is at `now`, the one before it in the other half. */
  private readonly times = new Int32Array(4);
  private now = 0;

  tick(c: EventCursor): void {
    const now = this.now ^ 2;
    this.now = now;
    this.times[now] = c.view.getInt32(c.at, true);
    this.times[now + 1] = c.view.getInt32(c.at + 4, true);
  }

  /** Takes the present event's time for the first, if it has one. */
  start(): void {
    this.first.set(this.times.subarray(this.now, this.now + 2));
    this.started = (this.first[0]! | this.first[1]!) !== 0;
  }

  /** Time of the first event. */
  get firstTime(): bigint {
    return timeAt(this.first, 0);
  }

  /** Time of the event before the present one; 0 at the first. */
  get previousTime(): bigint {
    return timeAt(this.times, this.now ^ 2);
  }
}

function timeAt(halves: Int32Array, at: number): bigint {
  return (BigInt(halves[at + 1]! >>> 0) << 32n) | BigInt(halves[at]! >>> 0);
}

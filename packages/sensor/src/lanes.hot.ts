/**
 * Reads the rings of both lanes as one stream in order of time. A record gets its time before it is in its ring, so only
 * what is older than the horizon is given: what is younger may still have something older on its way in the other ring.
 */
import { RECORD_TIME } from './record.gen.ts';
import { BUSY_NEXT, type Ring } from './ring.hot.ts';

export interface RecordSink {
  /** A record of `length` bytes at `at` in the memory of `ring`. */
  record(ring: Ring, at: number, length: number): void;
}

const NEVER = Number.POSITIVE_INFINITY;

export class Lanes {
  private readonly first: Ring;
  private readonly bulk: Ring;

  constructor(first: Ring, bulk: Ring) {
    this.first = first;
    this.bulk = bulk;
  }

  get records(): number {
    return this.first.records + this.bulk.records;
  }

  /** Gives at most `most` records that are not younger than `horizon` (ns, clock of the records); returns how many. */
  drain(sink: RecordSink, most: number, horizon: number): number {
    const { first, bulk } = this;
    first.open();
    bulk.open();
    let a = first.peek();
    let b = bulk.peek();
    let timeA = timeOf(first, a);
    let timeB = timeOf(bulk, b);
    let n = 0;
    while (n < most && a !== BUSY_NEXT && b !== BUSY_NEXT) {
      if (timeA <= timeB) {
        if (timeA > horizon || timeA === NEVER) break;
        sink.record(first, a, first.length);
        first.next();
        a = first.peek();
        timeA = timeOf(first, a);
      } else {
        if (timeB > horizon) break;
        sink.record(bulk, b, bulk.length);
        bulk.next();
        b = bulk.peek();
        timeB = timeOf(bulk, b);
      }
      n++;
    }
    first.close();
    bulk.close();
    return n;
  }
}

/** As a number of nanoseconds: exact for 104 days of uptime, then to 2 ns. */
function timeOf({ view }: Ring, at: number): number {
  if (at < 0) return NEVER;
  return view.getUint32(at + RECORD_TIME + 4, true) * 4294967296 + view.getUint32(at + RECORD_TIME, true);
}

/**
 * Reads a BPF ring buffer in place. Its beginning is mapped behind its end again, so a record never wraps. Positions are 64 bits wide:
 * the low half is kept as a number, the high half counts. Space is handed back every 256 KiB and at the end of a turn.
 *
 * Record: u32 length with two flag bits (busy: not finished yet; discarded), u32 for the kernel, data, padding to 8.
 */
import { PAGE, type RingMemory } from './libbpf.ts';

const BUSY = 0x80000000 | 0;
const DISCARDED = 0x40000000;
const LENGTH = 0x3fffffff;
const HEAD = 8;
const HAND_BACK = 256 * 1024;

/** What `peek` says instead of an offset. */
export const EMPTY = -1;
export const BUSY_NEXT = -2;

export class Ring {
  readonly u8: Uint8Array;
  readonly view: DataView;
  records = 0;
  /** Bytes of the record that `peek` found. */
  length = 0;
  private end = 0;
  private since = 0;
  private readonly words: Int32Array;
  private readonly writer: Int32Array;
  private readonly reader: BigUint64Array;
  private readonly mask: number;
  private position: number;
  private high: bigint;

  constructor({ consumer, producer, size }: RingMemory) {
    this.reader = new BigUint64Array(consumer, 0, 1);
    this.writer = new Int32Array(producer, 0, 2);
    this.u8 = new Uint8Array(producer, PAGE);
    this.view = new DataView(producer, PAGE);
    this.words = new Int32Array(producer, PAGE, size >> 2);
    this.mask = size - 1;
    const start = this.reader[0]!;
    this.position = Number(start & 0xffffffffn);
    this.high = start - BigInt(this.position);
  }

  /** Takes note of where the writer is; records up to there can be looked at. */
  open(): void {
    this.end = Atomics.load(this.writer, 0) >>> 0;
    this.since = 0;
  }

  /** Where the next record is: its offset, EMPTY, or BUSY_NEXT when it is being written. Discarded ones are skipped. */
  peek(): number {
    while (this.position !== this.end) {
      const at = this.position & this.mask;
      const word = Atomics.load(this.words, at >> 2);
      if ((word & BUSY) !== 0) return BUSY_NEXT;
      this.length = word & LENGTH;
      if ((word & DISCARDED) === 0) return at + HEAD;
      this.skip();
    }
    return EMPTY;
  }

  /** Goes on behind the record that was looked at. */
  next(): void {
    this.records++;
    this.skip();
  }

  /** Hands back what was read since `open`. */
  close(): void {
    if (this.since > 0) this.handBack();
  }

  private skip(): void {
    const step = (this.length + HEAD + 7) & ~7;
    this.since += step;
    this.advance(step);
    if (this.since > HAND_BACK) {
      this.handBack();
      this.since = 0;
    }
  }

  private advance(step: number): void {
    const next = (this.position + step) >>> 0;
    if (next < this.position) this.high += 0x100000000n;
    this.position = next;
  }

  private handBack(): void {
    Atomics.store(this.reader, 0, this.high + BigInt(this.position));
  }
}

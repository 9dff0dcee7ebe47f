/**
 * Reads a BPF ring buffer in place. The ring is mapped twice in a row, so a record never wraps. Positions are 64 bits wide:
 * the low half is kept as a number, the high half counts. Space is handed back every 256 KiB and at the end of a turn.
 *
 * Record: u32 length with two flag bits (busy: not finished yet; discarded), u32 for the kernel, data, padding to 8.
 */
import { PAGE } from './libbpf.ts';

const BUSY = 0x80000000 | 0;
const DISCARDED = 0x40000000;
const LENGTH = 0x3fffffff;
const HEAD = 8;
const HAND_BACK = 256 * 1024;

export interface RecordSink {
  record(at: number, length: number): void;
}

export class Ring {
  readonly u8: Uint8Array;
  readonly view: DataView;
  records = 0;
  private readonly words: Int32Array;
  private readonly writer: Int32Array;
  private readonly reader: BigUint64Array;
  private readonly mask: number;
  private position: number;
  private high: bigint;

  constructor(consumer: ArrayBuffer, producer: ArrayBuffer, size: number) {
    this.reader = new BigUint64Array(consumer, 0, 1);
    this.writer = new Int32Array(producer, 0, 2);
    this.u8 = new Uint8Array(producer, PAGE, 2 * size);
    this.view = new DataView(producer, PAGE, 2 * size);
    this.words = new Int32Array(producer, PAGE, size / 2);
    this.mask = size - 1;
    const start = this.reader[0]!;
    this.position = Number(start & 0xffffffffn);
    this.high = start - BigInt(this.position);
  }

  /** Gives at most `most` records to `sink`; returns how many there were. `stop` ends a turn early. */
  drain(sink: RecordSink, most: number): number {
    let n = 0;
    let since = 0;
    const end = Atomics.load(this.writer, 0) >>> 0;
    while (this.position !== end && n < most) {
      const at = this.position & this.mask;
      const word = Atomics.load(this.words, at >> 2);
      if ((word & BUSY) !== 0) break;
      const length = word & LENGTH;
      if ((word & DISCARDED) === 0) {
        sink.record(at + HEAD, length);
        n++;
      }
      const step = (length + HEAD + 7) & ~7;
      since += step;
      this.advance(step);
      if (since > HAND_BACK) {
        this.handBack();
        since = 0;
      }
    }
    if (since > 0) this.handBack();
    this.records += n;
    return n;
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

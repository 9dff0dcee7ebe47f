/**
 * The present record of a ring: its head and where its parts are. Layout: `record-layout.ts`. A record that is shorter than
 * it says is refused by `locate`; after that every part lies inside it.
 */
import type { EventEncoder } from '@waspglass/scap';
import * as R from './record.gen.ts';

const MEMFD = Buffer.from('memfd:');

export class RecordCursor {
  /** Nanoseconds to add to a record's time, two halves. */
  offsetLow = 0;
  offsetHigh = 0;
  u8: Uint8Array = new Uint8Array(0);
  view: DataView = new DataView(new ArrayBuffer(0));
  at = 0;
  timeLow = 0;
  timeHigh = 0;
  tid = 0;
  pid = 0;
  cpu = 0;
  nr = 0;
  kind = 0;
  shape = 0;
  readonly partAt = new Int32Array(R.PARTS);
  readonly partLen = new Int32Array(R.PARTS);
  /** What `turnPath` made. */
  readonly path = new Uint8Array(8192);

  /** The memory that records lie in. */
  attach(u8: Uint8Array, view: DataView): void {
    this.u8 = u8;
    this.view = view;
  }

  /** Goes to the record of `length` bytes at `at`; false when it is malformed. */
  locate(at: number, length: number): boolean {
    if (length < R.MOVE_SIZE) return false;
    const { view } = this;
    const low = view.getUint32(at + R.RECORD_TIME, true) + this.offsetLow;
    this.at = at;
    this.timeLow = low >>> 0;
    this.timeHigh = view.getUint32(at + R.RECORD_TIME + 4, true) + this.offsetHigh + (low > 0xffffffff ? 1 : 0);
    this.pid = view.getUint32(at + R.RECORD_PID, true);
    this.tid = view.getUint32(at + R.RECORD_TID, true);
    this.cpu = view.getUint32(at + R.RECORD_CPU, true);
    this.nr = view.getUint16(at + R.RECORD_NR, true);
    this.kind = view.getUint8(at + R.RECORD_KIND);
    this.shape = view.getUint8(at + R.RECORD_SHAPE);
    return this.kind === R.KIND_MOVE ? this.locateMoved(length) : this.locateParts(length);
  }

  begin(out: EventEncoder, type: number, nparams: number): void {
    out.begin(type, this.timeLow, this.timeHigh, this.tid, this.cpu, nparams);
  }

  arg(n: number): number {
    return this.view.getInt32(this.at + R.RECORD_ARGS + 8 * n, true);
  }

  argHigh(n: number): number {
    return this.view.getInt32(this.at + R.RECORD_ARGS + 8 * n + 4, true);
  }

  retLow(): number {
    return this.view.getInt32(this.at + R.RECORD_RET, true);
  }

  retHigh(): number {
    return this.view.getInt32(this.at + R.RECORD_RET + 4, true);
  }

  /** Bytes that a call moved: the result, or what the probe says when that counts messages. */
  moved(): number {
    const shape = this.view.getUint8(this.at + R.RECORD_SHAPE);
    return shape === R.SHAPE_MESSAGE ? this.view.getInt32(this.at + R.RECORD_AUX, true) : this.retLow();
  }

  /** 32 bits of a part; 0 beyond its end. */
  partInt(part: number, offset: number): number {
    const left = this.partLen[part]! - offset;
    const at = this.partAt[part]! + offset;
    if (left >= 4) return this.view.getInt32(at, true);
    return left >= 2 ? this.view.getUint16(at, true) : 0;
  }

  /** A word of openat2's structure, whose copy is part 1. */
  how(offset: number): number {
    return this.partLen[1]! >= offset + 8 ? this.view.getInt32(this.partAt[1]! + offset, true) : 0;
  }

  /** Part `part`, names from the leaf up, as a path in `this.path`; returns its length. */
  turnPath(part: number): number {
    const from = this.partAt[part]!;
    const { path, u8 } = this;
    let end = this.partAt[part]! + this.partLen[part]!;
    if (end - from > 6 && startsWithAt(u8, from, MEMFD)) return this.memfdPath(from, end);
    let n = 0;
    while (end > from) {
      let start = end - 1;
      while (start > from && u8[start - 1] !== 0) start--;
      path[n++] = 47;
      for (let i = start; i < end - 1 && n < path.length; i++) path[n++] = u8[i]!;
      end = start;
    }
    if (n === 0) path[n++] = 47;
    return n;
  }

  private memfdPath(from: number, end: number): number {
    let n = 0;
    for (let i = from; i < end && this.u8[i] !== 0; i++) this.path[n++] = this.u8[i]!;
    return n;
  }

  private locateMoved(length: number): boolean {
    const kept = this.view.getUint32(this.at + R.MOVE_KEPT, true);
    return kept <= length - R.MOVE_SIZE;
  }

  private locateParts(length: number): boolean {
    const { at, view, partAt, partLen } = this;
    if (length < R.RECORD_SIZE) {
      for (let i = 0; i < R.PARTS; i++) partLen[i] = 0;
      return length >= (this.shape === R.SHAPE_BARE ? R.RECORD_AUX : R.RECORD_PART);
    }
    let p = at + R.RECORD_SIZE;
    for (let i = 0; i < R.PARTS; i++) {
      const n = view.getUint16(at + R.RECORD_PART + 2 * i, true);
      partAt[i] = p;
      partLen[i] = n;
      p += n;
    }
    return p <= at + length;
  }
}

/** Whether `bytes` has `prefix` at `at`. */
export function startsWithAt(bytes: Uint8Array, at: number, prefix: Uint8Array): boolean {
  for (let i = 0; i < prefix.length; i++) if (bytes[at + i] !== prefix[i]) return false;
  return true;
}

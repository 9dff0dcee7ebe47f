/**
 * The reusable event cursor: one object for the whole stream, pointing into the input buffer. Offsets, not values; a
 * value is read when somebody asks for it.
 *
 * Event header (little-endian, after the block header): u64 time in ns since the epoch, u64 thread id, u32 length of the
 * whole event from the time on, u16 type, u32 number of parameters (blocks v2 and later), then one length per parameter
 * (u16, in large-payload blocks u32), then the parameters back to back.
 */
export class EventCursor {
  /** The whole input buffer; the reader never replaces these. */
  readonly u8: Uint8Array;
  readonly view: DataView;
  /** The same bytes, for texts. */
  readonly bytes: Buffer;
  /** Number of the event in the stream, from 1, across files of one reading. */
  num = 0;
  /** Offset of the time field in the buffer. */
  at = 0;
  /** Offset after the event's last byte. */
  end = 0;
  /** Event type: index into `eventTypes` of @waspglass/schema; may be beyond the table (newer writers). */
  type = 0;
  cpu = 0;
  /** Thread id (low 32 bits, signed). */
  tid = 0;
  /** Event flags of the block (EVF blocks), else 0. */
  flags = 0;
  nparams = 0;
  /** Offset of the first parameter length and its width: 2 or 4 bytes. */
  lens = 0;
  lenSize = 2;
  /** Offset of the first parameter's first byte. */
  params = 0;

  constructor(buffer: ArrayBufferLike) {
    this.u8 = new Uint8Array(buffer);
    this.view = new DataView(buffer);
    this.bytes = Buffer.from(buffer as ArrayBuffer);
  }

  /** Low and high half of the time in ns since the epoch. */
  get timeLow(): number {
    return this.view.getUint32(this.at, true);
  }
  get timeHigh(): number {
    return this.view.getUint32(this.at + 4, true);
  }
  /** Time in ns since the epoch, exact. Not for hot paths. */
  get time(): bigint {
    return this.view.getBigUint64(this.at, true);
  }
  /** Time in ns since the epoch as a double: good to 256 ns. */
  get timeApprox(): number {
    return this.timeHigh * 4294967296 + this.timeLow;
  }

  /** Bytes of parameter `i`, or -1 when the event doesn't carry it. */
  len(i: number): number {
    if (i >= this.nparams) return -1;
    return this.lenSize === 2
      ? this.view.getUint16(this.lens + 2 * i, true)
      : this.view.getUint32(this.lens + 4 * i, true);
  }

  /** Offset of parameter `i`, which must be below `nparams`. The reader has checked that all parameters lie inside. */
  off(i: number): number {
    let p = this.params;
    if (this.lenSize === 2) for (let k = 0; k < i; k++) p += this.view.getUint16(this.lens + 2 * k, true);
    else for (let k = 0; k < i; k++) p += this.view.getUint32(this.lens + 4 * k, true);
    return p;
  }

  /** Parameter `i` as a signed 32-bit number: the low half of any integer of 4 or 8 bytes; `missing` when absent or shorter. */
  i32(i: number, missing: number): number {
    if (i >= this.nparams) return missing;
    if (this.lenSize !== 2) return this.len(i) >= 4 ? this.view.getInt32(this.off(i), true) : missing;
    const { view } = this;
    let at = this.lens;
    let p = this.params;
    for (const end = at + 2 * i; at < end; at += 2) p += view.getUint16(at, true);
    return view.getUint16(at, true) >= 4 ? view.getInt32(p, true) : missing;
  }

  /** Parameter `i` as a signed 64-bit number in a double (exact to 2^53); `missing` when absent or shorter. */
  i64(i: number, missing: number): number {
    if (this.len(i) < 8) return missing;
    const p = this.off(i);
    return this.view.getInt32(p + 4, true) * 4294967296 + this.view.getUint32(p, true);
  }

  u16(i: number, missing: number): number {
    return this.len(i) >= 2 ? this.view.getUint16(this.off(i), true) : missing;
  }

  u8of(i: number, missing: number): number {
    return this.len(i) >= 1 ? this.u8[this.off(i)]! : missing;
  }
}

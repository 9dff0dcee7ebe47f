/** Builds list blocks: a growing buffer with placeholders for lengths. Not for events (see event-encoder.hot.ts). */
const FIRST_BYTES = 4096;

export class ByteWriter {
  private u8 = new Uint8Array(FIRST_BYTES);
  private view = new DataView(this.u8.buffer);
  /** Bytes written. */
  length = 0;

  u8of(value: number): void {
    const at = this.room(1);
    this.u8[at] = value;
  }
  u16(value: number): void {
    const at = this.room(2);
    this.view.setUint16(at, value, true);
  }
  u32(value: number): void {
    const at = this.room(4);
    this.view.setUint32(at, value, true);
  }
  u64(value: bigint): void {
    const at = this.room(8);
    this.view.setBigUint64(at, BigInt.asUintN(64, value), true);
  }
  /** A number of up to 2^53 in 64 bits, two's complement. */
  i64(value: number): void {
    const at = this.room(8);
    this.view.setBigInt64(at, BigInt(Math.trunc(value)), true);
  }
  bytes(value: Uint8Array): void {
    const at = this.room(value.length);
    this.u8.set(value, at);
  }
  /** u16 length, then the bytes, cut at `most`. */
  text(value: Uint8Array, most: number): void {
    const bytes = value.length > most ? value.subarray(0, most) : value;
    this.u16(bytes.length);
    this.bytes(bytes);
  }
  /** Exactly `length` bytes: cut or filled with zeros. */
  fixed(value: Uint8Array, length: number): void {
    const at = this.room(length);
    this.u8.fill(0, at, at + length);
    this.u8.set(value.subarray(0, length), at);
  }
  setU32(at: number, value: number): void {
    this.view.setUint32(at, value, true);
  }
  done(): Uint8Array {
    return this.u8.slice(0, this.length);
  }

  /** Makes room; the buffer may be another one afterwards. */
  private room(length: number): number {
    const at = this.length;
    this.length = at + length;
    if (this.length > this.u8.length) {
      const larger = new Uint8Array(Math.max(this.u8.length * 2, this.length));
      larger.set(this.u8);
      this.u8 = larger;
      this.view = new DataView(larger.buffer);
    }
    return at;
  }
}

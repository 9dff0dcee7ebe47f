/**
 * Reads one list entry after another from a block's body. Every read is checked against the end of the entry (or of
 * the block, when entries carry no length); what is read is copied, so it outlives the input buffer.
 */
import type { Place } from '@waspglass/kit';
import { fail } from './errors.ts';

export class ByteReader {
  private readonly u8: Uint8Array;
  private readonly view: DataView;
  private readonly list: string;
  private readonly place: (at: number) => Place;
  at: number;
  /** No read goes beyond this. */
  end: number;

  constructor(u8: Uint8Array, at: number, end: number, list: string, place: (at: number) => Place) {
    this.u8 = u8;
    this.view = new DataView(u8.buffer, u8.byteOffset, u8.byteLength);
    this.at = at;
    this.end = end;
    this.list = list;
    this.place = place;
  }

  get left(): number {
    return this.end - this.at;
  }

  u8of(): number {
    return this.u8[this.take(1, 'a byte')] ?? 0;
  }
  u16(): number {
    return this.view.getUint16(this.take(2, 'a 16-bit number'), true);
  }
  u32(): number {
    return this.view.getUint32(this.take(4, 'a 32-bit number'), true);
  }
  i32(): number {
    return this.view.getInt32(this.take(4, 'a 32-bit number'), true);
  }
  u64(): bigint {
    return this.view.getBigUint64(this.take(8, 'a 64-bit number'), true);
  }
  /** Signed 64 bits as a double: exact to 2^53. */
  i64(): number {
    const at = this.take(8, 'a 64-bit number');
    return this.view.getInt32(at + 4, true) * 4294967296 + this.view.getUint32(at, true);
  }
  bytes(length: number): Uint8Array {
    const at = this.take(length, `a text of ${length} bytes`);
    return new Uint8Array(this.u8.subarray(at, at + length));
  }
  /** u16 length, then that many bytes. */
  text(): Uint8Array {
    return this.bytes(this.u16());
  }

  /** Narrows the reader to an entry of `length` bytes from `start`; returns the outer end for `leave`. */
  enter(start: number, length: number): number {
    const outer = this.end;
    if (length < this.at - start || length > outer - start) throw this.damaged(`an entry of ${length} bytes`, start);
    this.end = start + length;
    return outer;
  }
  /** Skips what is left of the entry. */
  leave(outer: number): void {
    this.at = this.end;
    this.end = outer;
  }

  damaged(found: string, at = this.at): Error {
    return fail('WG_SCAP_LIST', { found, list: this.list, room: this.end - at }, { at: this.place(at) });
  }

  private take(length: number, what: string): number {
    const at = this.at;
    if (length > this.end - at) throw this.damaged(what);
    this.at = at + length;
    return at;
  }
}

/**
 * Encodes events into a chunk: whole blocks of type 0x217 (with flags) or 0x216. Between `begin` and `end` the caller puts
 * exactly the announced parameters; their lengths are noted on the way. Nothing is allocated per event. A parameter list
 * that is too long for the block is an error of the caller, not of the input.
 */
import { block } from './blocks.ts';
import { fail } from './errors.ts';

/** One event may be this long: parameter lengths are 16 bits wide and there are at most 32 of them. */
export const MOST_EVENT_BYTES = 1 << 20;
const FIRST_BYTES = 1 << 16;
const MOST_PARAM_BYTES = 0xffff;

const encoder = new TextEncoder();

export class EventEncoder {
  /** Events in the chunk so far. */
  events = 0;
  /** Bytes in the chunk so far. */
  length = 0;
  private u8 = new Uint8Array(FIRST_BYTES);
  private view = new DataView(this.u8.buffer);
  /** Where the present event's block starts, its time, its parameter lengths, and the next parameter. */
  private start = 0;
  private head = 0;
  private lens = 0;
  private nparams = 0;
  private put = 0;
  private at = 0;
  private readonly withFlags: boolean;

  /** `flags`: blocks carry a flags word (0x217). */
  constructor({ flags = false }: { readonly flags?: boolean } = {}) {
    this.withFlags = flags;
  }

  /** Starts an event; time is ns since the epoch in two halves. */
  begin(type: number, timeLow: number, timeHigh: number, tid: number, cpu: number, nparams: number, flags = 0): void {
    const start = this.length;
    this.start = start;
    this.at = start + 40 + 2 * nparams;
    if (this.at + 16 > this.u8.length) this.grow(64 + 2 * nparams);
    const view = this.view;
    view.setUint32(start, this.withFlags ? block.EVENT_FLAGS_2 : block.EVENT_2, true);
    view.setUint16(start + 8, cpu, true);
    const e = this.withFlags ? start + 14 : start + 10;
    if (this.withFlags) view.setUint32(start + 10, flags, true);
    view.setUint32(e, timeLow, true);
    view.setUint32(e + 4, timeHigh, true);
    view.setInt32(e + 8, tid, true);
    view.setInt32(e + 12, tid < 0 ? -1 : 0, true);
    view.setUint16(e + 20, type, true);
    view.setUint32(e + 22, nparams, true);
    this.head = e;
    this.lens = e + 26;
    this.nparams = nparams;
    this.put = 0;
    this.at = this.lens + 2 * nparams;
  }

  /** A parameter that the event doesn't have: length 0. */
  none(): void {
    this.note(0);
  }
  u8of(value: number): void {
    const at = this.note(1);
    this.u8[at] = value;
  }
  u16(value: number): void {
    const at = this.note(2);
    this.view.setUint16(at, value, true);
  }
  u32(value: number): void {
    const at = this.note(4);
    this.view.setUint32(at, value, true);
  }
  /** 64 bits in two halves. */
  u64(low: number, high: number): void {
    const at = this.note(8);
    this.view.setUint32(at, low, true);
    this.view.setUint32(at + 4, high, true);
  }
  /** A signed number up to 2^53 as 64 bits: results, descriptors, process ids. */
  i64(value: number): void {
    const at = this.note(8);
    this.view.setInt32(at, value | 0, true);
    this.view.setInt32(at + 4, Math.floor(value / 4294967296), true);
  }
  /** Raw bytes of `from`, cut at 65,535. */
  bytes(from: Uint8Array, start = 0, length = from.length - start): void {
    const n = Math.min(length, MOST_PARAM_BYTES);
    const at = this.note(n);
    const u8 = this.u8;
    if (n < 64) for (let i = 0; i < n; i++) u8[at + i] = from[start + i]!;
    else u8.set(from.subarray(start, start + n), at);
  }
  /** Bytes and a closing zero: a text as the kernel has it. */
  cstr(from: Uint8Array, start = 0, length = from.length - start): void {
    const n = length >= MOST_PARAM_BYTES ? MOST_PARAM_BYTES - 1 : length;
    const at = this.note(n + 1);
    const u8 = this.u8;
    if (n < 64) for (let i = 0; i < n; i++) u8[at + i] = from[start + i]!;
    else u8.set(from.subarray(start, start + n), at);
    u8[at + n] = 0;
  }
  /** A JavaScript string as UTF-8 with a closing zero. Not for hot paths. */
  str(text: string): void {
    this.cstr(encoder.encode(text));
  }

  /** Room for a parameter of `length` bytes that the caller fills in `buffer()`; returns its offset. */
  reserve(length: number): number {
    return this.note(length);
  }
  /** The chunk's present bytes, for `reserve`; valid until the next parameter. */
  buffer(): Uint8Array {
    return this.u8;
  }
  /** Shortens the parameter just reserved to `length` bytes. */
  shorten(length: number): void {
    const slot = this.lens + 2 * (this.put - 1);
    this.at -= this.view.getUint16(slot, true) - length;
    this.view.setUint16(slot, length, true);
  }

  /** Room for whole blocks of `bytes` that the caller writes himself, padding and trailer included; returns where. */
  claim(bytes: number): number {
    this.at = this.length;
    if (this.at + bytes > this.u8.length) this.grow(bytes);
    return this.at;
  }
  /** The chunk's present bytes for numbers, for `claim`. */
  numbers(): DataView {
    return this.view;
  }
  /** The claimed blocks, `bytes` long, hold so many events. */
  commit(bytes: number, events: number): void {
    this.length += bytes;
    this.events += events;
  }

  /** Finishes the event. */
  end(): void {
    if (this.put !== this.nparams) {
      const type = this.view.getUint16(this.head + 20, true);
      throw fail('WG_SCAP_PARAMS', { type, expected: this.nparams, found: this.put });
    }
    const view = this.view;
    view.setUint32(this.head + 16, this.at - this.head, true);
    let at = this.at;
    while ((at & 3) !== (this.start & 3)) this.u8[at++] = 0;
    const length = at + 4 - this.start;
    if (length > MOST_EVENT_BYTES) throw fail('WG_SCAP_TOO_LONG', { found: length, most: MOST_EVENT_BYTES });
    view.setUint32(at, length, true);
    view.setUint32(this.start + 4, length, true);
    this.length = at + 4;
    this.events++;
  }

  /** Forgets the event that was begun. */
  abandon(): void {
    this.put = this.nparams;
  }

  /** The finished chunk in an ArrayBuffer of its own (so it can be transferred); the encoder starts anew. */
  take(): Uint8Array<ArrayBuffer> {
    const chunk = this.u8.slice(0, this.length);
    this.length = 0;
    this.events = 0;
    return chunk;
  }

  /** The finished chunk in the memory it was written to; the encoder goes on in `spare`. */
  swap(spare: ArrayBuffer): Uint8Array<ArrayBuffer> {
    const chunk = this.u8.subarray(0, this.length);
    this.u8 = new Uint8Array(spare);
    this.view = new DataView(spare);
    this.length = 0;
    this.events = 0;
    return chunk;
  }

  /** Notes the next parameter's length and returns where it goes; the buffer may be another one afterwards. Keeps 8 bytes free for padding and trailer. */
  private note(length: number): number {
    if (this.put >= this.nparams) {
      const type = this.view.getUint16(this.head + 20, true);
      throw fail('WG_SCAP_PARAMS', { type, expected: this.nparams, found: this.put + 1 });
    }
    const at = this.at;
    if (at + length + 8 > this.u8.length) this.grow(length + 8);
    this.view.setUint16(this.lens + 2 * this.put++, length, true);
    this.at = at + length;
    return at;
  }

  private grow(need: number): void {
    const larger = new Uint8Array(Math.max(this.u8.length * 2, this.at + need));
    larger.set(this.u8);
    this.u8 = larger;
    this.view = new DataView(larger.buffer);
  }
}

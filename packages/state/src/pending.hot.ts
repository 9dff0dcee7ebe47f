/**
 * Enter events of old captures, kept per thread until the exit event comes: there, exit events lack the arguments. Slots
 * of 64 << class bytes in one arena, recycled by class.
 *
 * Slot: number of parameters (u16), width of a length (u16), bytes that follow (u32), then lengths and parameters as in
 * the event.
 */
import { EventCursor } from '@waspglass/scap';
import { T } from './columns.ts';

const HEADER = 8;
const SMALLEST = 64;
/** Larger enter events (only `poll` with thousands of descriptors) aren't kept. */
const LARGEST = 64 << 10;

export class Pending {
  /** Positioned by `load`; replaced when the arena grows. */
  cursor = new EventCursor(new ArrayBuffer(1 << 16));
  /** Enter events that were not kept because of a limit. */
  refused = 0;
  private top = SMALLEST;
  private readonly freeSlots = new Int32Array(16);
  private readonly limit: number;

  constructor(limit: number = 64 << 20) {
    this.limit = limit;
  }

  /** Keeps an event for the thread whose row starts at `b`, in place of the one kept before. */
  keep(rows: Int32Array, b: number, c: EventCursor): void {
    const size = this.classFor(c);
    const slot = rows[b + T.pending]!;
    if (slot !== 0 && size >= 0 && size <= rows[b + T.pendingClass]!) {
      this.store(slot, c);
      return;
    }
    this.release(rows, b);
    const fresh = size < 0 ? 0 : this.take(size);
    if (fresh === 0) this.refused++;
    else this.store(fresh, c);
    rows[b + T.pending] = fresh;
    rows[b + T.pendingClass] = size;
  }

  /** Forgets what is kept for a thread; its slot stays for the next event. */
  drop(rows: Int32Array, b: number): void {
    const slot = rows[b + T.pending]!;
    if (slot === 0) return;
    this.cursor.view.setInt32(slot, 2 << 16, true);
    this.cursor.view.setInt32(slot + 4, 0, true);
  }

  /** Gives back what is kept for a thread. */
  release(rows: Int32Array, b: number): void {
    if (rows[b + T.pending] !== 0) this.give(rows[b + T.pending]!, rows[b + T.pendingClass]!);
    rows[b + T.pending] = 0;
  }

  /** Size class that the lengths and parameters of an event need, -1 when it is too large. */
  private classFor(c: EventCursor): number {
    const need = c.end - c.lens + HEADER;
    if (need <= SMALLEST && need >= HEADER) return 0;
    if (need > LARGEST || need < HEADER) return -1;
    let size = 0;
    while (SMALLEST << size < need) size++;
    return size;
  }

  /** Offset of a slot of a class, 0 when the arena is full. */
  private take(size: number): number {
    const free = this.freeSlots[size]!;
    if (free !== 0) {
      this.freeSlots[size] = this.cursor.view.getInt32(free, true);
      return free;
    }
    const length = SMALLEST << size;
    while (this.top + length > this.cursor.u8.length) if (!this.grow()) return 0;
    const slot = this.top;
    this.top += length;
    return slot;
  }

  private give(slot: number, size: number): void {
    this.cursor.view.setInt32(slot, this.freeSlots[size]!, true);
    this.freeSlots[size] = slot;
  }

  private store(slot: number, c: EventCursor): void {
    const view = this.cursor.view;
    const length = c.end - c.lens;
    view.setInt32(slot, c.nparams | (c.lenSize << 16), true);
    view.setInt32(slot + 4, length, true);
    copyBytes(c, c.lens, this.cursor, slot + HEADER, length);
  }

  /** Points the cursor to a slot. */
  load(slot: number, type: number): EventCursor {
    const c = this.cursor;
    c.type = type;
    c.nparams = c.view.getUint16(slot, true);
    c.lenSize = c.view.getUint16(slot + 2, true);
    c.lens = slot + HEADER;
    c.params = c.lens + c.nparams * c.lenSize;
    c.at = slot;
    c.end = c.lens + c.view.getUint32(slot + 4, true);
    return c;
  }

  private grow(): boolean {
    const { u8 } = this.cursor;
    if (u8.length * 2 > this.limit) return false;
    const larger = new EventCursor(new ArrayBuffer(u8.length * 2));
    larger.u8.set(u8);
    this.cursor = larger;
    return true;
  }
}

/** Copies between events; for the few dozen bytes of a usual one a loop is faster than `set`. */
export function copyBytes(from: EventCursor, at: number, to: EventCursor, target: number, length: number): void {
  if (length > 256) {
    to.u8.set(from.u8.subarray(at, at + length), target);
    return;
  }
  const source = from.view;
  const sink = to.view;
  let i = 0;
  for (; i + 4 <= length; i += 4) sink.setInt32(target + i, source.getInt32(at + i, true), true);
  for (; i < length; i++) sink.setUint8(target + i, source.getUint8(at + i));
}

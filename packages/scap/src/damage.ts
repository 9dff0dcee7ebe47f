/** Says what is wrong with a block, with its place: errors that the reader throws after everything before was told. */
import type { Place } from '@waspglass/kit';
import { BLOCK_OVERHEAD, BYTE_ORDER_MAGIC, block } from './blocks.ts';
import { fail } from './errors.ts';

/** Bytes of an event's header in blocks with a parameter count. */
const HEAD_2 = 26;
const OTHER_BYTE_ORDER = 0x4d3c2b1a;

/** The reader's buffer. */
export interface Damaged {
  readonly view: DataView;
  /** Longest block. */
  readonly guard: number;
  /** Place in the input of a place in the buffer. */
  place(at: number): Place;
}

/** The input from `at` to `end` doesn't begin as a capture does. */
export function notACapture({ view, place }: Damaged, at: number, end: number): Error {
  const bytes = new Uint8Array(view.buffer, at, Math.min(4, end - at));
  const found = bytes.length === 0 ? 'nothing' : Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join(' ');
  return fail('WG_SCAP_NOT_A_CAPTURE', { found }, { at: place(at) });
}

/** What is wrong with the byte order of the section header at `p`, undefined when nothing is. */
export function byteOrder({ view, place }: Damaged, p: number): Error | undefined {
  const magic = view.getUint32(p + 8, true);
  if (magic === BYTE_ORDER_MAGIC) return undefined;
  const at = place(p + 8);
  if (magic === OTHER_BYTE_ORDER) return fail('WG_SCAP_BYTE_ORDER', {}, { at });
  return fail('WG_SCAP_MAGIC', { found: `0x${magic.toString(16)}` }, { at });
}

/** The length of the block at `p` makes no sense; of a section header of the other byte order, its order is what is wrong. */
export function blockLength(damaged: Damaged, p: number): Error {
  const { view, guard, place } = damaged;
  const order = view.getInt32(p, true) === block.SECTION ? byteOrder(damaged, p) : undefined;
  const found = view.getUint32(p + 4, true);
  return order ?? fail('WG_SCAP_BLOCK_LENGTH', { found, least: BLOCK_OVERHEAD, most: guard }, { at: place(p + 4) });
}

/** The two lengths of the block at `p` differ. */
export function trailer({ view, place }: Damaged, p: number): Error {
  const length = view.getUint32(p + 4, true);
  const found = view.getUint32(p + length - 4, true);
  return fail('WG_SCAP_TRAILER', { found, expected: length }, { at: place(p) });
}

/** The event at `e` has something that doesn't fit its block, whose body ends at `limit`. */
export function event({ place }: Damaged, e: number, found: string, limit: number): Error {
  return fail('WG_SCAP_EVENT', { found, room: `${Math.max(0, limit - e)} bytes` }, { at: place(e) });
}

/** The same, where lengths of parameters are `lenSize` bytes wide. */
export function params(damaged: Damaged, e: number, limit: number, lenSize: number): Error {
  const length = damaged.view.getUint32(e + 16, true);
  const count = damaged.view.getUint32(e + 22, true);
  if (e + length > limit || length < HEAD_2) return event(damaged, e, `a length of ${length} bytes`, limit);
  if (HEAD_2 + count * lenSize > length) return event(damaged, e, `${count} parameters`, limit);
  return event(damaged, e, `parameters longer than its ${length} bytes`, limit);
}

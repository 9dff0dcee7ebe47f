/**
 * Reads and writes: most of all events, so their two blocks are written straight into the chunk, without a note for each
 * parameter. Blocks as `EventEncoder` writes them (type 0x216): enter with descriptor and size, exit with result and data.
 */
import { block, type EventEncoder } from '@waspglass/scap';
import * as R from './record.gen.ts';
import type { RecordCursor } from './record-cursor.hot.ts';

/** Block head, event head. */
const HEAD = 10;
const EVENT = 26;
const ENTER_EVENT = EVENT + 4 + 12;
const ENTER = HEAD + ENTER_EVENT + 4;
const EXIT_EVENT = EVENT + 4 + 8;
/** Shorter data is copied byte by byte. */
const SHORT = 64;

/** The event of the current dialect of a record of the kind `move`: result, data, descriptor, size. */
export function encodeMoveOnce(out: EventEncoder, record: RecordCursor, type: number): void {
  const { at, view: from } = record;
  const kept = from.getUint32(at + R.MOVE_KEPT, true);
  const event = EVENT + 4 * 2 + 8 + kept + 12;
  const padded = (HEAD + event + 3) & ~3;
  const start = out.claim(padded + 4);
  const view = out.numbers();
  const ret = from.getInt32(at + R.MOVE_RET, true);
  const fd = from.getInt32(at + R.MOVE_FD, true);
  putHead(view, start, record, padded + 4, event, type, 4);
  let p = start + HEAD + EVENT;
  view.setUint32(p, 8 | (kept << 16), true);
  view.setUint32(p + 4, 8 | (4 << 16), true);
  view.setInt32(p + 8, ret, true);
  view.setInt32(p + 12, ret >> 31, true);
  view.setUint32(start + padded - 4, 0, true);
  copy(out.buffer(), p + 16, record.u8, at + R.MOVE_SIZE, kept);
  p += 16 + kept;
  view.setInt32(p, fd, true);
  view.setInt32(p + 4, fd >> 31, true);
  view.setUint32(p + 8, from.getUint32(at + R.MOVE_ASKED, true), true);
  view.setUint32(start + padded, padded + 4, true);
  out.commit(padded + 4, 1);
}

/** Both events of a record of the kind `move`. */
export function encodeMove(out: EventEncoder, record: RecordCursor, enter: number, exit: number): void {
  const { at, view: from } = record;
  const kept = from.getUint32(at + R.MOVE_KEPT, true);
  const unpadded = HEAD + EXIT_EVENT + kept;
  const padded = (unpadded + 3) & ~3;
  const start = out.claim(ENTER + padded + 4);
  const view = out.numbers();
  const fd = from.getInt32(at + R.MOVE_FD, true);
  putHead(view, start, record, ENTER, ENTER_EVENT, enter, 2);
  let p = start + HEAD + EVENT;
  view.setUint32(p, 8 | (4 << 16), true);
  view.setInt32(p + 4, fd, true);
  view.setInt32(p + 8, fd >> 31, true);
  view.setUint32(p + 12, from.getUint32(at + R.MOVE_ASKED, true), true);
  view.setUint32(start + ENTER - 4, ENTER, true);
  const ret = from.getInt32(at + R.MOVE_RET, true);
  const second = start + ENTER;
  // padding first: result or data reach into its word
  view.setUint32(second + padded - 4, 0, true);
  putHead(view, second, record, padded + 4, EXIT_EVENT + kept, exit, 2);
  p = second + HEAD + EVENT;
  view.setUint32(p, 8 | (kept << 16), true);
  view.setInt32(p + 4, ret, true);
  view.setInt32(p + 8, ret >> 31, true);
  view.setUint32(second + padded, padded + 4, true);
  copy(out.buffer(), p + 12, record.u8, at + R.MOVE_SIZE, kept);
  out.commit(ENTER + padded + 4, 2);
}

function putHead(
  view: DataView,
  at: number,
  record: RecordCursor,
  length: number,
  event: number,
  type: number,
  nparams: number,
): void {
  view.setUint32(at, block.EVENT_2, true);
  view.setUint32(at + 4, length, true);
  view.setUint16(at + 8, record.cpu, true);
  view.setUint32(at + 10, record.timeLow, true);
  view.setUint32(at + 14, record.timeHigh, true);
  view.setUint32(at + 18, record.tid, true);
  view.setUint32(at + 22, 0, true);
  view.setUint32(at + 26, event, true);
  view.setUint16(at + 30, type, true);
  view.setUint32(at + 32, nparams, true);
}

function copy(to: Uint8Array, at: number, from: Uint8Array, start: number, length: number): void {
  if (length < SHORT) for (let i = 0; i < length; i++) to[at + i] = from[start + i]!;
  else to.set(from.subarray(start, start + length), at);
}

/** Socket addresses and tuples of parameters as text. Layouts: state's handle-sockets. */
import type { TextBuffer } from '@waspglass/kit';
import type { EventCursor } from '@waspglass/scap';
import { addressText } from '@waspglass/state';

const AF_UNIX = 1;
const AF_INET = 2;
const AF_INET6 = 10;
const DOT = 0x2e;
const COLON = 0x3a;
const SPACE = 0x20;

/** `192.0.2.1:80`, `2001:db8::1:80` or a path. */
export function writeAddress(e: EventCursor, at: number, length: number, out: TextBuffer): void {
  const family = e.u8[at];
  if (family === AF_INET && length >= 7) writeEnd(e, at + 1, out);
  else if (family === AF_INET6 && length >= 19) writeEnd6(e, at + 1, out);
  else if (family === AF_UNIX) writePath(e, at + 1, length - 1, out);
}

/** `source->destination`. */
export function writeTuple(e: EventCursor, at: number, length: number, out: TextBuffer): void {
  const family = e.u8[at];
  if (family === AF_INET && length >= 13) {
    writeEnd(e, at + 1, out);
    out.ascii('->');
    writeEnd(e, at + 7, out);
  } else if (family === AF_INET6 && length >= 37) {
    writeEnd6(e, at + 1, out);
    out.ascii('->');
    writeEnd6(e, at + 19, out);
  } else if (family === AF_UNIX && length >= 17) {
    out.hex(e.view.getUint32(at + 1, true), e.view.getUint32(at + 5, true));
    out.ascii('->');
    out.hex(e.view.getUint32(at + 9, true), e.view.getUint32(at + 13, true));
    out.byte(SPACE);
    writePath(e, at + 17, length - 17, out);
  }
}

function writeEnd(e: EventCursor, at: number, out: TextBuffer): void {
  for (let i = 0; i < 4; i++) {
    if (i > 0) out.byte(DOT);
    out.digits(e.u8[at + i] ?? 0);
  }
  writePort(e, at + 4, out);
}

/** IPv4 through an IPv6 socket is shown as IPv4. */
function writeEnd6(e: EventCursor, at: number, out: TextBuffer): void {
  out.ascii(addressText(e.u8.subarray(at, at + 16)).replace(/^::ffff:(?=\d+\.)/, ''));
  writePort(e, at + 16, out);
}

function writePort(e: EventCursor, at: number, out: TextBuffer): void {
  out.byte(COLON);
  out.digits(e.view.getUint16(at, true));
}

/** Up to the first zero byte. */
export function writePath(e: EventCursor, at: number, length: number, out: TextBuffer): void {
  const { u8 } = e;
  // Mostly one text with its zero byte: looking for that comes after trying.
  if (length > 1 && u8[at + length - 1] === 0 && out.plain(e.view, at, length - 1)) return;
  let end = at;
  while (end < at + length && u8[end] !== 0) end++;
  out.utf8(e.view, at, end - at);
}

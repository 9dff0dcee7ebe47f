/** Socket addresses and tuples of parameters as text. Layouts: state's handle-sockets. */
import type { EventCursor } from '@waspglass/scap';
import { addressText } from '@waspglass/state';

const AF_UNIX = 1;
const AF_INET = 2;
const AF_INET6 = 10;
const utf8 = new TextDecoder();

/** `192.0.2.1:80`, `2001:db8::1:80` or a path. */
export function addressAt(e: EventCursor, at: number, length: number): string {
  const family = e.u8[at];
  if (family === AF_INET && length >= 7) return end(e, at + 1, 4);
  if (family === AF_INET6 && length >= 19) return end6(e, at + 1);
  return family === AF_UNIX ? path(e, at + 1, length - 1) : '';
}

/** `source -> destination`, without the spaces. */
export function tupleText(e: EventCursor, at: number, length: number): string {
  const family = e.u8[at];
  if (family === AF_INET && length >= 13) return `${end(e, at + 1, 4)}->${end(e, at + 7, 4)}`;
  if (family === AF_INET6 && length >= 37) return `${end6(e, at + 1)}->${end6(e, at + 19)}`;
  if (family !== AF_UNIX || length < 17) return '';
  const ends = [at + 1, at + 9].map((p) => e.view.getBigUint64(p, true).toString(16));
  return `${ends.join('->')} ${path(e, at + 17, length - 17)}`;
}

function end(e: EventCursor, at: number, width: number): string {
  return `${addressText(e.u8.subarray(at, at + width))}:${e.view.getUint16(at + width, true)}`;
}

/** IPv4 through an IPv6 socket is shown as IPv4. */
function end6(e: EventCursor, at: number): string {
  return end(e, at, 16).replace(/^::ffff:(?=\d+\.)/, '');
}

function path(e: EventCursor, at: number, length: number): string {
  const bytes = e.u8.subarray(at, at + length);
  const nul = bytes.indexOf(0);
  return utf8.decode(bytes.slice(0, nul < 0 ? bytes.length : nul));
}

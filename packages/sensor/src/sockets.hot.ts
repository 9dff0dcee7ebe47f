/**
 * Socket addresses and tuples as captures hold them, from the kernel's forms.
 *
 * Tuple: u8 family, then source address, u16 port, destination address, u16 port (host order); unix: u64 and u64 identities
 * of the two ends, path, NUL. Address: u8 family, address, u16 port; unix: path, NUL.
 */
import type { EventEncoder } from '@waspglass/scap';
import { SOCKET_FAMILY, SOCKET_LOCAL, SOCKET_LOCAL_PORT, SOCKET_PEER, SOCKET_PEER_PORT } from './record.gen.ts';

const AF_UNIX = 1;
const AF_INET = 2;
const AF_INET6 = 10;

/** A `struct sockaddr` of `length` bytes at `at`. */
export function putAddress(out: EventEncoder, u8: Uint8Array, view: DataView, at: number, length: number): void {
  const family = length >= 2 ? view.getUint16(at, true) : 0;
  if (family === AF_UNIX) putUnixPath(out, u8, at, length, 1);
  else if (!holdsInet(family, length)) out.none();
  else {
    const size = family === AF_INET ? 4 : 16;
    const p = out.reserve(3 + size);
    const to = out.buffer();
    to[p] = family;
    copyBytes(to, p + 1, u8, at + (size === 4 ? 4 : 8), size);
    // network order in, host order out
    to[p + 1 + size] = u8[at + 3]!;
    to[p + 2 + size] = u8[at + 2]!;
  }
}

/** Whether a `struct sockaddr` of this length has an internet address. */
function holdsInet(family: number, length: number): boolean {
  return (family === AF_INET && length >= 8) || (family === AF_INET6 && length >= 24);
}

/** Reserves `head` bytes (family first) and the path of a `struct sockaddr_un`; returns where the head is. */
function putUnixPath(out: EventEncoder, u8: Uint8Array, at: number, length: number, head: number): number {
  let from = at + 2;
  const end = length >= 2 ? at + length : from;
  const abstract = from < end - 1 && u8[from] === 0;
  if (abstract) from++;
  let n = 0;
  while (from + n < end && u8[from + n] !== 0) n++;
  const p = out.reserve(head + (abstract ? 1 : 0) + n + 1);
  const to = out.buffer();
  to[p] = AF_UNIX;
  let q = p + head;
  if (abstract) to[q++] = 64;
  copyBytes(to, q, u8, from, n);
  to[q + n] = 0;
  return p;
}

/**
 * The tuple of the socket at `at`. `inbound`: the peer is the source. An address that the call itself named (length > 0)
 * is the peer's, whatever the socket says.
 */
export function putSocketTuple(
  out: EventEncoder,
  u8: Uint8Array,
  view: DataView,
  at: number,
  addressAt: number,
  addressLength: number,
  inbound: boolean,
): void {
  const family = view.getUint16(at + SOCKET_FAMILY, true);
  const named = addressLength >= 2 ? view.getUint16(addressAt, true) : 0;
  if (family === AF_UNIX) {
    const p = putUnixPath(out, u8, addressAt, named === AF_UNIX ? addressLength : 0, 17);
    const to = out.buffer();
    copyBytes(to, p + 1, u8, at + SOCKET_LOCAL, 8);
    copyBytes(to, p + 9, u8, at + SOCKET_PEER, 8);
    return;
  }
  const size = family === AF_INET ? 4 : 16;
  const p = out.reserve(1 + 2 * (size + 2));
  const to = out.buffer();
  const local = p + 1 + (inbound ? size + 2 : 0);
  const peer = p + 1 + (inbound ? 0 : size + 2);
  to[p] = family;
  copyBytes(to, local, u8, at + SOCKET_LOCAL, size);
  copyBytes(to, local + size, u8, at + SOCKET_LOCAL_PORT, 2);
  if (named === family && holdsInet(named, addressLength)) {
    copyBytes(to, peer, u8, addressAt + (size === 4 ? 4 : 8), size);
    to[peer + size] = u8[addressAt + 3]!;
    to[peer + size + 1] = u8[addressAt + 2]!;
  } else {
    copyBytes(to, peer, u8, at + SOCKET_PEER, size);
    copyBytes(to, peer + size, u8, at + SOCKET_PEER_PORT, 2);
  }
}

function copyBytes(to: Uint8Array, at: number, from: Uint8Array, offset: number, length: number): void {
  for (let i = 0; i < length; i++) to[at + i] = from[offset + i]!;
}

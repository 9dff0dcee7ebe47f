/**
 * Events of sockets: what family, who talks to whom. A tuple in a capture is `source -> destination`; the client is the
 * source once roles are known.
 *
 * Tuple: family byte, then for IPv4 address 4, port 2, address 4, port 2; for IPv6 the same with 16; for unix two kernel
 * addresses of 8 and a path. Address: family byte, then one address and port, or a path.
 */
import type { EventCursor } from '@waspglass/scap';
import { F, FD_TYPE_MASK, fdFlag, fdType, L4_SHIFT, l4 } from './columns.ts';
import { textLength } from './paths.hot.ts';
import type { State } from './state.hot.ts';

export const AF_UNIX = 1;
export const AF_INET = 2;
export const AF_INET6 = 10;
export const AF_NETLINK = 16;

const SOCK_STREAM = 1;
const SOCK_DGRAM = 2;
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0x80000;
const SOL_SOCKET = 1;
const SO_ERROR = 4;
const IPPROTO_ICMP = 1;
const IPPROTO_ICMPV6 = 58;
const EINPROGRESS = -115;
const ROLES = fdFlag.client | fdFlag.server;

export function socket(s: State, c: EventCursor): void {
  const e = s.event(c);
  const fd = e.i32(0, -1);
  s.hasFd = true;
  if (fd < 0) return;
  const type = e.i32(2, 0);
  s.open(fd, familyType(e.i32(1, 0)) | protocol(type, e.i32(3, 0)) | cloexec(type));
}

function familyType(family: number): number {
  if (family === AF_INET) return fdType.ipv4;
  if (family === AF_INET6) return fdType.ipv6;
  if (family === AF_UNIX) return fdType.unix;
  return family === AF_NETLINK ? fdType.netlink : fdType.other;
}

function protocol(type: number, proto: number): number {
  const kind = type & 15;
  if (proto === IPPROTO_ICMP || proto === IPPROTO_ICMPV6) return l4.icmp << L4_SHIFT;
  if (kind === SOCK_STREAM) return l4.tcp << L4_SHIFT;
  if (kind === SOCK_DGRAM) return l4.udp << L4_SHIFT;
  return kind === SOCK_RAW ? l4.raw << L4_SHIFT : 0;
}

function cloexec(type: number): number {
  return (type & SOCK_CLOEXEC) !== 0 ? fdFlag.cloexec : 0;
}

export function socketpair(s: State, c: EventCursor): void {
  const e = s.event(c);
  if (e.i32(0, -1) < 0) return;
  const kind = e.len(5) < 4 ? fdType.unix : familyType(e.i32(5, AF_UNIX));
  const flags = cloexec(e.i32(6, 0));
  s.open(e.i32(1, -1), kind | flags);
  s.open(e.i32(2, -1), kind | flags);
}

export function bind(s: State, c: EventCursor): void {
  const e = s.event(c);
  if (e.i32(0, -1) !== 0) return;
  const n = e.len(1);
  if (s.fd === 0 || n < 1) return;
  const p = e.off(1);
  const f = s.descriptors.entries;
  const family = e.u8[p]!;
  if (family === AF_UNIX) {
    f[s.fd + F.name] = s.symbols.intern(e.u8, p + 1, textLength(e.u8, p + 1, n - 1));
    f[s.fd + F.raw] = f[s.fd + F.name]!;
    return;
  }
  if (family === AF_INET && n >= 7) bound(s, e, p, 4, fdType.ipv4);
  else if (family === AF_INET6 && n >= 19) bound(s, e, p, 16, fdType.ipv6);
}

function bound(s: State, e: EventCursor, p: number, width: number, kind: number): void {
  const f = s.descriptors.entries;
  const port = e.view.getUint16(p + 1 + width, true);
  const role = port > 0 ? fdFlag.server : 0;
  f[s.fd] = (f[s.fd]! & ~(FD_TYPE_MASK | ROLES | fdFlag.connected)) | kind | fdFlag.bound | role;
  f[s.fd + F.source] = 0;
  f[s.fd + F.destination] = s.symbols.intern(e.u8, p + 1, width);
  f[s.fd + F.ports] = port << 16;
  f[s.fd + F.name] = 0;
}

/** Whom a socket is about to be connected with: sysdig 0.29.3 takes that for its name, also when it comes to nothing. */
export function approach(s: State, e: EventCursor): void {
  const n = e.len(1);
  if (s.fd === 0 || n < 2 || e.u8[e.off(1)] !== AF_UNIX) return;
  const at = e.off(1) + 1;
  s.descriptors.entries[s.fd + F.name] = s.symbols.intern(e.u8, at, textLength(e.u8, at, n - 1));
}

export function connect(s: State, c: EventCursor): void {
  // Result and tuple are in the exit event of every writer.
  const e = c;
  const result = e.i32(0, -1);
  if (s.fd === 0 || (result < 0 && result !== EINPROGRESS)) return;
  const f = s.descriptors.entries;
  f[s.fd]! &= ~(ROLES | fdFlag.connecting);
  f[s.fd]! |= fdFlag.client | (result === EINPROGRESS ? fdFlag.connecting : 0);
  setTuple(s, e, 1, false);
}

/** Programs ask so whether a connection that was started is there. */
export function getsockopt(s: State, e: EventCursor): void {
  if (s.fd === 0 || e.i32(0, -1) !== 0 || e.u8of(2, 0) !== SOL_SOCKET || e.u8of(3, 0) !== SO_ERROR) return;
  if (e.len(4) < 5) return;
  const error = e.view.getInt32(e.off(4) + 1, true);
  const f = s.descriptors.entries;
  if ((f[s.fd]! & fdFlag.connecting) === 0) return;
  f[s.fd]! &= ~(error === 0 ? fdFlag.connecting : fdFlag.connecting | fdFlag.connected);
}

/** accept and accept4: the new descriptor, the tuple. */
export function accept(s: State, c: EventCursor): void {
  const e = s.event(c);
  acceptWith(s, e, 0);
}

export function accept4(s: State, c: EventCursor): void {
  const e = s.event(c);
  acceptWith(s, e, e.i32(5, 0));
}

function acceptWith(s: State, e: EventCursor, flags: number): void {
  const fd = e.i32(0, -1);
  s.hasFd = true;
  if (fd < 0) return;
  const n = e.len(1);
  const family = n > 0 ? e.u8[e.off(1)]! : 0;
  const inet = family === AF_INET || family === AF_INET6;
  s.open(fd, familyType(family) | (inet ? l4.tcp << L4_SHIFT : 0) | fdFlag.server | cloexec(flags));
  if (s.fd !== 0) setTuple(s, e, 1, false);
}

/** Makes a handler for a sending or receiving call whose tuple is parameter `i`. */
function talker(i: number, receives: boolean): (s: State, e: EventCursor) => void {
  return (s, c) => {
    if (s.fd !== 0 && !learns(s.descriptors.entries[s.fd]!)) return;
    const e = s.event(c);
    if (e.len(i) <= 0 || e.i32(0, -1) < 0) return;
    if (s.fd !== 0) talk(s, e, i, receives);
    else if (!receives) discover(s, e, i);
  };
}

export const send = talker(4, false);
export const recv = talker(4, true);
export const recvfrom = talker(2, true);
export const recvmsg = talker(3, true);

/** A socket that nobody has announced sends a datagram: that tells what it is. */
function discover(s: State, e: EventCursor, i: number): void {
  const family = e.u8[e.off(i)]!;
  if (s.fdNum < 0 || (family !== AF_INET && family !== AF_INET6)) return;
  s.open(s.fdNum, familyType(family) | (l4.udp << L4_SHIFT) | fdFlag.client);
  if (s.fd !== 0) setTuple(s, e, i, false, true);
}

/** Datagram sockets learn their ends from what goes through them, as unix sockets do; TCP ones know them already. */
function learns(kind: number): boolean {
  const type = kind & FD_TYPE_MASK;
  if (type === fdType.unix) return true;
  return (type === fdType.ipv4 || type === fdType.ipv6) && ((kind >> L4_SHIFT) & 15) !== l4.tcp;
}

function talk(s: State, e: EventCursor, i: number, receives: boolean): void {
  const f = s.descriptors.entries;
  const kind = f[s.fd]!;
  if ((kind & FD_TYPE_MASK) === fdType.unix) {
    if (f[s.fd + F.name]! <= 1 && e.u8[e.off(i)] === AF_UNIX && e.len(i) >= 17) setUnix(s, e, e.off(i), e.len(i));
    return;
  }
  // A socket that is only bound is whatever its first datagram makes it.
  if ((kind & fdFlag.connected) === 0) f[s.fd] = (kind & ~ROLES) | (receives ? fdFlag.server : fdFlag.client);
  const server = (f[s.fd]! & fdFlag.server) !== 0;
  setTuple(s, e, i, receives !== server, true);
}

/**
 * Writes the tuple in parameter `i` to the event's descriptor, with its ends swapped when asked. An unbound datagram
 * socket has no address of its own: with `fill`, the interface on the receiver's side is its source.
 */
function setTuple(s: State, e: EventCursor, i: number, swap: boolean, fill = false): void {
  const n = e.len(i);
  if (n < 1) return;
  const p = e.off(i);
  const family = e.u8[p]!;
  if (family === AF_INET && n >= 13) setInet(s, e, p, 4, fdType.ipv4, swap, fill);
  else if (family === AF_INET6 && n >= 37) setInet(s, e, p, 16, fdType.ipv6, swap, fill);
  else if (family === AF_UNIX && n >= 17) {
    setUnix(s, e, p, n);
    s.descriptors.entries[s.fd]! |= fdFlag.connected;
  }
}

function setInet(s: State, e: EventCursor, p: number, width: number, kind: number, swap: boolean, fill: boolean): void {
  const near = p + 1;
  const far = near + width + 2;
  const from = swap ? far : near;
  const to = swap ? near : far;
  // IPv4 through an IPv6 socket is IPv4 to everybody who asks.
  const mapped = width === 16 && isMapped(e.u8, near) && isMapped(e.u8, far) ? 12 : 0;
  const type = mapped === 0 ? kind : fdType.ipv4;
  const given = s.symbols.intern(e.u8, from + mapped, width - mapped);
  const destination = s.symbols.intern(e.u8, to + mapped, width - mapped);
  const source = fill && s.interfaces.isUnset(given) ? s.interfaces.towards(destination) || given : given;
  const ports = e.view.getUint16(from + width, true) | (e.view.getUint16(to + width, true) << 16);
  const f = s.descriptors.entries;
  const fd = s.fd;
  if (f[fd + F.source] !== source || f[fd + F.destination] !== destination || f[fd + F.ports] !== ports) {
    s.nameChanged = true;
    f[fd + F.name] = 0;
  }
  f[fd] = (f[fd]! & ~(FD_TYPE_MASK | fdFlag.bound)) | type | fdFlag.connected;
  f[fd + F.source] = source;
  f[fd + F.destination] = destination;
  f[fd + F.ports] = ports;
}

/** Whether 16 address bytes are ::ffff:a.b.c.d. */
export function isMapped(bytes: Uint8Array, at: number): boolean {
  for (let i = 0; i < 10; i++) if (bytes[at + i] !== 0) return false;
  return bytes[at + 10] === 0xff && bytes[at + 11] === 0xff;
}

function setUnix(s: State, e: EventCursor, p: number, n: number): void {
  const source = e.view.getBigUint64(p + 1, true).toString(16);
  const destination = e.view.getBigUint64(p + 9, true).toString(16);
  const path = s.symbols.intern(e.u8, p + 17, textLength(e.u8, p + 17, n - 17));
  const name = s.symbols.made(`${source}->${destination} ${s.symbols.text(path)}`);
  const f = s.descriptors.entries;
  if (f[s.fd + F.name] !== name) s.nameChanged = true;
  f[s.fd] = (f[s.fd]! & ~FD_TYPE_MASK) | fdType.unix;
  f[s.fd + F.raw] = name;
  f[s.fd + F.name] = name;
}

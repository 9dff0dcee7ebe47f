/**
 * The lists at the beginning of a capture file: filled into the state when a file is read, made from the state when a new
 * file begins. Round trip: what was loaded comes back, with what the events have changed since.
 */
import {
  type DescriptorEntry,
  descriptorEntry,
  fdType as entryType,
  type GroupEntry,
  type ProcessEntry,
  processEntry,
  type UserEntry,
  utf8,
} from '@waspglass/scap';
import { exeFlag, F, FD_TYPE_MASK, fdFlag, fdType, L4_SHIFT, l4, T, THREAD_WIDTH, threadFlag } from './columns.ts';
import { isMapped } from './handle-sockets.hot.ts';
import type { State } from './state.hot.ts';
import { unixEnds } from './texts.ts';

const W = THREAD_WIDTH;
/** Clone flags in process entries. */
const CLONE_FS = 1 << 1;
const CLONE_FILES = 1 << 0;
const CLONE_THREAD = 1 << 13;
const O_CLOEXEC = 1 << 12;
const LINE_FEED = 10;

/** Puts a process (or thread) of the list into the state; it replaces what was known under its id. */
export function loadProcess(s: State, p: ProcessEntry): void {
  const { threads } = s;
  const known = threads.find(p.tid);
  if (known !== 0 && (threads.rows[known * W + T.flags]! & threadFlag.invalid) === 0) s.discard(known);
  const row = threads.find(p.tid) || threads.add(p.tid);
  if (row === 0) return;
  const rows = threads.rows;
  const b = row * W;
  rows[b + T.flags] = 0;
  rows[b + T.pid] = p.pid;
  rows[b + T.sid] = p.sid;
  rows[b + T.vpgid] = p.vpgid;
  rows[b + T.vtid] = p.vtid < 0 ? p.tid : p.vtid;
  rows[b + T.vpid] = p.vpid < 0 ? p.pid : p.vpid;
  if (rows[b + T.vpid] === p.pid) rows[b + T.pgid] = p.vpgid;
  const text = (bytes: Uint8Array) => (bytes.length === 0 ? 0 : s.symbols.intern(bytes, 0, bytes.length));
  rows[b + T.comm] = text(p.comm);
  rows[b + T.exe] = text(p.exe);
  rows[b + T.exepath] = text(p.exepath);
  rows[b + T.args] = text(p.args) || 1;
  rows[b + T.env] = text(p.env) || 1;
  rows[b + T.cgroups] = text(p.cgroups);
  rows[b + T.root] = text(p.root);
  loadNumbers(rows, b, p);
  threads.adopt(row, p.ptid);
  loadShared(s, row, p);
}

function loadNumbers(rows: Int32Array, b: number, p: ProcessEntry): void {
  rows[b + T.uid] = p.uid;
  rows[b + T.gid] = p.gid;
  rows[b + T.loginuid] = p.loginuid;
  rows[b + T.tty] = p.tty;
  rows[b + T.exeFlags] =
    (p.exeWritable ? exeFlag.writable : 0) |
    (p.exeUpperLayer ? exeFlag.upperLayer : 0) |
    (p.exeFromMemfd ? exeFlag.fromMemfd : 0);
  rows[b + T.pfMajor] = p.pfMajor;
  rows[b + T.pfMinor] = p.pfMinor;
  rows[b + T.vmSize] = p.vmSize;
  rows[b + T.vmRss] = p.vmRss;
  rows[b + T.vmSwap] = p.vmSwap;
  put64(rows, b + T.fdLimit, p.fdlimit);
  put64(rows, b + T.capInheritable, p.capInheritable);
  put64(rows, b + T.capPermitted, p.capPermitted);
  put64(rows, b + T.capEffective, p.capEffective);
  put64(rows, b + T.pidnsStart, p.pidnsStart);
  put64(rows, b + T.exeIno, p.exeIno);
  put64(rows, b + T.exeCtime, p.exeCtime);
  put64(rows, b + T.exeMtime, p.exeMtime);
}

/** Directory and descriptors: a thread that isn't the main one uses its process's. */
function loadShared(s: State, row: number, p: ProcessEntry): void {
  const cwd = p.cwd.length === 0 ? 0 : s.paths.resolve(0, p.cwd, 0, p.cwd.length);
  if (p.pid === p.tid) {
    s.setCwd(row, cwd);
    return;
  }
  const main = s.threads.find(p.pid) || s.threads.add(p.pid);
  if (main === 0 || main === row) {
    s.setCwd(row, cwd);
    return;
  }
  const rows = s.threads.rows;
  if (rows[main * W + T.comm] === 0) rows[main * W + T.flags] = threadFlag.invalid;
  s.threads.join(row, main);
  if (s.cwd(main) === 0) s.setCwd(main, cwd);
  rows[row * W + T.fds] = s.descriptors.share(s.ownTable(main));
  rows[row * W + T.cwd] = s.directories.share(rows[main * W + T.cwd]!);
}

/** Puts a process's descriptors into the state; a process that isn't known is left out. */
export function loadDescriptors(s: State, tid: number, entries: readonly DescriptorEntry[]): void {
  const row = s.threads.find(tid);
  if (row === 0) return;
  const table = s.ownTable(row);
  for (const d of entries) loadDescriptor(s, table, d);
}

function loadDescriptor(s: State, table: number, d: DescriptorEntry): void {
  const entry = s.descriptors.put(table, d.fd, stateType[d.type] ?? fdType.other);
  if (entry === 0) return;
  const f = s.descriptors.entries;
  put64(f, entry + F.ino, d.ino);
  const isInet = d.sip.length > 0;
  if (isInet) {
    loadInet(s, table, entry, d);
    return;
  }
  f[entry + F.name] = d.name.length === 0 ? 0 : s.symbols.intern(d.name, 0, d.name.length);
  f[entry + F.dev] = d.dev;
  if (d.type === entryType.UNIX) {
    f[entry + F.name] = lineOf(s, d.name);
    const ends = `${d.source.toString(16)}->${d.destination.toString(16)}`;
    f[entry + F.raw] = s.symbols.made(`${ends} ${s.symbols.text(f[entry + F.name]!)}`);
    return;
  }
  f[entry + F.raw] = f[entry + F.name]!;
  f[entry + F.openFlags] = d.flags;
  if ((d.flags & O_CLOEXEC) !== 0) f[entry]! |= fdFlag.cloexec;
}

/** Name of a unix socket: writers of 2016 took it from /proc/net/unix with the end of its line. */
function lineOf(s: State, name: Uint8Array): number {
  const length = name.length - (name.at(-1) === LINE_FEED ? 1 : 0);
  return length === 0 ? 0 : s.symbols.intern(name, 0, length);
}

function loadInet(s: State, table: number, entry: number, d: DescriptorEntry): void {
  const f = s.descriptors.entries;
  const server = d.type === entryType.IPV4_SERVER || d.type === entryType.IPV6_SERVER;
  // IPv4 through an IPv6 socket is IPv4 to everybody who asks.
  const mapped = !server && d.sip.length === 16 && isMapped(d.sip, 0) && isMapped(d.dip, 0) ? 12 : 0;
  if (mapped !== 0) f[entry] = (f[entry]! & ~FD_TYPE_MASK) | fdType.ipv4;
  const source = s.symbols.intern(d.sip, mapped, d.sip.length - mapped);
  f[entry]! |= (PROTOCOLS[d.proto] ?? l4.none) << L4_SHIFT;
  if (server) {
    f[entry]! |= fdFlag.server | fdFlag.bound;
    f[entry + F.destination] = source;
    f[entry + F.ports] = d.sport << 16;
    s.listeners.port(d.sport);
    return;
  }
  f[entry]! |= fdFlag.connected | fdFlag.client;
  f[entry + F.source] = source;
  f[entry + F.destination] = s.symbols.intern(d.dip, mapped, d.dip.length - mapped);
  f[entry + F.ports] = d.sport | (d.dport << 16);
  s.listeners.connection(d.sport, table, d.fd);
}

export function loadUsers(s: State, users: readonly UserEntry[], groups: readonly GroupEntry[]): void {
  const text = (bytes: Uint8Array) => s.symbols.text(s.symbols.intern(bytes, 0, bytes.length));
  for (const u of users) {
    s.users.setUser({
      uid: u.uid >>> 0,
      gid: u.gid >>> 0,
      name: text(u.name),
      home: text(u.home),
      shell: text(u.shell),
    });
  }
  for (const g of groups) s.users.setGroup(g.gid >>> 0, text(g.name));
}

/** Everything that a new capture file's lists must say. */
export interface Snapshot {
  readonly processes: ProcessEntry[];
  /** Thread id and descriptors, for each table once. */
  readonly descriptors: { readonly tid: number; readonly entries: DescriptorEntry[] }[];
  readonly users: UserEntry[];
  readonly groups: GroupEntry[];
}

export function snapshot(s: State): Snapshot {
  const out: Snapshot = { processes: [], descriptors: [], users: [], groups: [] };
  const tables = new Set<number>();
  const rows = s.threads.rows;
  for (let row = 1; row < s.threads.end; row++) {
    const b = row * W;
    if (rows[b + T.used] === 0 || (rows[b + T.flags]! & (threadFlag.invalid | threadFlag.dead)) !== 0) continue;
    out.processes.push(processOf(s, row));
    const table = rows[b + T.fds]!;
    if (table === 0 || tables.has(table)) continue;
    tables.add(table);
    out.descriptors.push({ tid: rows[b]!, entries: descriptorsOf(s, table) });
  }
  for (const u of s.users.allUsers()) {
    out.users.push({ uid: u.uid, gid: u.gid, name: utf8(u.name), home: utf8(u.home), shell: utf8(u.shell) });
  }
  for (const [gid, name] of s.users.allGroups()) out.groups.push({ gid, name: utf8(name) });
  return out;
}

function processOf(s: State, row: number): ProcessEntry {
  const rows = s.threads.rows;
  const b = row * W;
  const bytes = (symbol: number) => s.symbols.bytes(symbol).slice();
  const column = (name: keyof typeof T) => rows[b + T[name]]!;
  const isThread = rows[b + T.main] !== row;
  const exe = column('exeFlags');
  return processEntry({
    tid: column('tid'),
    pid: column('pid'),
    ptid: column('ptid'),
    sid: column('sid'),
    vpgid: column('vpgid'),
    comm: bytes(column('comm')),
    exe: bytes(column('exe')),
    exepath: bytes(column('exepath')),
    args: bytes(column('args')),
    cwd: bytes(s.cwd(row)),
    fdlimit: get64(rows, b + T.fdLimit),
    flags: isThread ? CLONE_THREAD | CLONE_FILES | CLONE_FS : 0,
    uid: column('uid'),
    gid: column('gid'),
    vmSize: column('vmSize'),
    vmRss: column('vmRss'),
    vmSwap: column('vmSwap'),
    pfMajor: column('pfMajor'),
    pfMinor: column('pfMinor'),
    env: bytes(column('env')),
    vtid: column('vtid'),
    vpid: column('vpid'),
    cgroups: bytes(column('cgroups')),
    root: bytes(column('root')),
    loginuid: column('loginuid') >>> 0,
    tty: column('tty'),
    exeWritable: (exe & exeFlag.writable) !== 0,
    exeUpperLayer: (exe & exeFlag.upperLayer) !== 0,
    exeFromMemfd: (exe & exeFlag.fromMemfd) !== 0,
    capInheritable: get64(rows, b + T.capInheritable),
    capPermitted: get64(rows, b + T.capPermitted),
    capEffective: get64(rows, b + T.capEffective),
    pidnsStart: get64(rows, b + T.pidnsStart),
    exeIno: get64(rows, b + T.exeIno),
    exeCtime: get64(rows, b + T.exeCtime),
    exeMtime: get64(rows, b + T.exeMtime),
  });
}

function descriptorsOf(s: State, table: number): DescriptorEntry[] {
  const out: DescriptorEntry[] = [];
  const end = s.descriptors.capacity(table);
  for (let fd = 0; fd < end; fd++) {
    const entry = s.descriptors.find(table, fd);
    if (entry !== 0) out.push(descriptorOf(s, fd, entry));
  }
  return out;
}

function descriptorOf(s: State, fd: number, entry: number): DescriptorEntry {
  const f = s.descriptors.entries;
  const kind = f[entry]!;
  const type = kind & FD_TYPE_MASK;
  const ino = get64(f, entry + F.ino);
  const bytes = (symbol: number) => s.symbols.bytes(symbol).slice();
  if (type === fdType.ipv4 || type === fdType.ipv6) return inetOf(s, fd, entry, kind, ino);
  if (type === fdType.unix) {
    const { path, ...ends } = unixEnds(s.symbols.text(f[entry + F.raw]!));
    return descriptorEntry({ fd, ino, type: entryType.UNIX, name: utf8(path), ...ends });
  }
  const name = bytes(f[entry + F.name]!);
  if (type !== fdType.file) return descriptorEntry({ fd, ino, type: listType[type] ?? entryType.UNSUPPORTED, name });
  const cloexec = (kind & fdFlag.cloexec) !== 0 ? O_CLOEXEC : 0;
  const flags = (f[entry + F.openFlags]! & ~O_CLOEXEC) | cloexec;
  return descriptorEntry({ fd, ino, type: entryType.FILE_2, name, flags, dev: f[entry + F.dev]! });
}

function inetOf(s: State, fd: number, entry: number, kind: number, ino: bigint): DescriptorEntry {
  const f = s.descriptors.entries;
  const v4 = (kind & FD_TYPE_MASK) === fdType.ipv4;
  const ports = f[entry + F.ports]!;
  const address = (symbol: number) => (symbol === 0 ? new Uint8Array(v4 ? 4 : 16) : s.symbols.bytes(symbol).slice());
  const proto = Math.max(0, PROTOCOLS.lastIndexOf((kind >> L4_SHIFT) & 15));
  const swap = (kind & fdFlag.server) !== 0;
  const [near, far] = swap ? [F.destination, F.source] : [F.source, F.destination];
  if ((kind & fdFlag.bound) !== 0) {
    const type = v4 ? entryType.IPV4_SERVER : entryType.IPV6_SERVER;
    return descriptorEntry({ fd, ino, type, sip: address(f[entry + F.destination]!), sport: ports >>> 16, proto });
  }
  return descriptorEntry({
    fd,
    ino,
    type: v4 ? entryType.IPV4 : entryType.IPV6,
    sip: address(f[entry + near]!),
    dip: address(f[entry + far]!),
    sport: swap ? ports >>> 16 : ports & 0xffff,
    dport: swap ? ports & 0xffff : ports >>> 16,
    proto,
  });
}

/** Protocols of the list, by its numbers: unknown, not a socket, TCP, UDP, ICMP, raw. */
const PROTOCOLS: readonly number[] = [l4.none, l4.none, l4.tcp, l4.udp, l4.icmp, l4.raw];

/** Kinds of the list ↔ kinds of the state. */
const PAIRS: readonly (readonly [number, number])[] = [
  [entryType.FILE, fdType.file],
  [entryType.FILE_2, fdType.file],
  [entryType.DIRECTORY, fdType.directory],
  [entryType.IPV4_SERVER, fdType.ipv4],
  [entryType.IPV4, fdType.ipv4],
  [entryType.IPV6_SERVER, fdType.ipv6],
  [entryType.IPV6, fdType.ipv6],
  [entryType.FIFO, fdType.pipe],
  [entryType.UNIX, fdType.unix],
  [entryType.EVENT, fdType.event],
  [entryType.UNSUPPORTED, fdType.unsupported],
  [entryType.SIGNALFD, fdType.signalfd],
  [entryType.EVENTPOLL, fdType.eventpoll],
  [entryType.INOTIFY, fdType.inotify],
  [entryType.TIMERFD, fdType.timerfd],
  [entryType.NETLINK, fdType.netlink],
  [entryType.BPF, fdType.bpf],
  [entryType.USERFAULTFD, fdType.userfaultfd],
  [entryType.IOURING, fdType.iouring],
  [entryType.MEMFD, fdType.memfd],
  [entryType.PIDFD, fdType.pidfd],
];
const stateType: Readonly<Record<number, number>> = Object.fromEntries(PAIRS);
const listType: Readonly<Record<number, number>> = Object.fromEntries(PAIRS.map(([list, state]) => [state, list]));

function put64(rows: Int32Array, at: number, value: bigint): void {
  rows[at] = Number(BigInt.asIntN(32, value));
  rows[at + 1] = Number(BigInt.asIntN(32, value >> 32n));
}

function get64(rows: Int32Array, at: number): bigint {
  return (BigInt(rows[at + 1]! >>> 0) << 32n) | BigInt(rows[at]! >>> 0);
}

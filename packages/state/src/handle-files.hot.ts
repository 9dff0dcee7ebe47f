/** Events that open, copy and close descriptors other than sockets, and that move the working directory. */
import type { EventCursor } from '@waspglass/scap';
import { F, fdFlag, fdType, T, THREAD_WIDTH } from './columns.ts';
import type { State } from './state.hot.ts';

const W = THREAD_WIDTH;
const AT_FDCWD = -100;

/** Open flags as captures have them. */
const O_DIRECTORY = 1 << 10;
const O_CLOEXEC = 1 << 12;
const O_F_CREATED = 1 << 14;
const FD_UPPER_LAYER = 1 << 15;
const FD_LOWER_LAYER = 1 << 16;
const MFD_CLOEXEC = 1;
const EPOLL_CLOEXEC = 1;

const F_DUPFD = 1;
const F_SETFD = 3;
const F_DUPFD_CLOEXEC = 26;
const FD_CLOEXEC = 1;

const CLOSE_RANGE_UNSHARE = 2;
const CLOSE_RANGE_CLOEXEC = 4;

/** Where an opening event has its parameters; -1 = it has none. */
interface OpenLayout {
  readonly dir: number;
  readonly name: number;
  readonly flags: number;
  readonly dev: number;
}

const OPEN: OpenLayout = { dir: -1, name: 1, flags: 2, dev: 4 };
const OPENAT: OpenLayout = { dir: 1, name: 2, flags: 3, dev: 5 };
const OPENAT2: OpenLayout = { dir: 1, name: 2, flags: 3, dev: 6 };
const CREAT: OpenLayout = { dir: -1, name: 1, flags: -1, dev: 3 };
const BY_HANDLE: OpenLayout = { dir: -1, name: 3, flags: 2, dev: 4 };

export const open = (s: State, e: EventCursor) => openFile(s, e, OPEN);
export const openat = (s: State, e: EventCursor) => openFile(s, e, OPENAT);
export const openat2 = (s: State, e: EventCursor) => openFile(s, e, OPENAT2);
export const creat = (s: State, e: EventCursor) => openFile(s, e, CREAT);
export const openByHandle = (s: State, e: EventCursor) => openFile(s, e, BY_HANDLE);

function openFile(s: State, c: EventCursor, layout: OpenLayout): void {
  // An old event of the same number has all that is needed here.
  const e = c.nparams > layout.flags && c.nparams > layout.name && s.keepsType(c) ? c : s.event(c);
  const fd = e.i32(0, -1);
  const length = e.len(layout.name);
  const at = length > 0 ? e.off(layout.name) : 0;
  const from = s.base(layout.dir < 0 ? AT_FDCWD : e.i32(layout.dir, AT_FDCWD));
  const name = length > 0 ? s.paths.resolveParam(from, e, at, length) : 0;
  s.hasFd = true;
  s.fdName = name;
  if (fd < 0) return;
  const given = name === 0 ? 0 : s.paths.given(e, at, length);
  const flags = layout.flags < 0 ? 0 : e.i32(layout.flags, 0);
  const kind = (flags & O_DIRECTORY) !== 0 ? fdType.directory : fdType.file;
  const entry = s.open(fd, kind | flagBits(flags));
  if (entry === 0) return;
  const f = s.descriptors.entries;
  s.nameChanged = true;
  f[entry + F.name] = name;
  f[entry + F.raw] = given;
  f[entry + F.openFlags] = flags;
  if (e.nparams > layout.dev) setFile(e, layout.dev, f, entry);
}

/** Device and inode, which newer writers tell in parameters `i` and the next. */
function setFile(e: EventCursor, i: number, f: Int32Array, entry: number): void {
  f[entry + F.dev] = e.i32(i, 0);
  if (e.len(i + 1) < 8) return;
  const p = e.off(i + 1);
  f[entry + F.ino] = e.view.getInt32(p, true);
  f[entry + F.ino + 1] = e.view.getInt32(p + 4, true);
}

function flagBits(flags: number): number {
  let bits = 0;
  if ((flags & O_CLOEXEC) !== 0) bits |= fdFlag.cloexec;
  if ((flags & O_F_CREATED) !== 0) bits |= fdFlag.created;
  if ((flags & FD_UPPER_LAYER) !== 0) bits |= fdFlag.upperLayer;
  if ((flags & FD_LOWER_LAYER) !== 0) bits |= fdFlag.lowerLayer;
  return bits;
}

/** The descriptor goes when rules have seen it. */
export function close(s: State, c: EventCursor): void {
  if (c.i32(0, -1) === 0) s.closing = s.fdNum;
}

export function closeRange(s: State, e: EventCursor): void {
  if (e.i32(0, -1) !== 0) return;
  const table = s.table(s.thread);
  const first = e.i32(1, 0) >>> 0;
  const last = e.i32(2, 0) >>> 0;
  const flags = e.i32(3, 0);
  if ((flags & CLOSE_RANGE_UNSHARE) !== 0 && s.descriptors.users(table) > 1) {
    s.descriptors.release(table);
    s.threads.rows[s.thread * W + T.fds] = s.descriptors.copy(table);
  }
  if ((flags & CLOSE_RANGE_CLOEXEC) !== 0) s.descriptors.markRange(s.table(s.thread), first, last);
  else s.descriptors.closeRange(s.table(s.thread), first, last);
}

/** dup, dup2, dup3: result, old descriptor. */
export function dup(s: State, c: EventCursor): void {
  const e = s.event(c);
  copyDescriptor(s, e.i32(1, -1), e.i32(0, -1), false);
}

export function dup3(s: State, e: EventCursor): void {
  copyDescriptor(s, e.i32(1, -1), e.i32(0, -1), (e.i32(3, 0) & O_CLOEXEC) !== 0);
}

function copyDescriptor(s: State, from: number, to: number, cloexec: boolean): void {
  s.setFd(from);
  if (to < 0) return;
  const table = s.table(s.thread);
  const entry = s.descriptors.duplicate(table, from, table, to);
  if (entry === 0) return;
  if (cloexec) s.descriptors.entries[entry]! |= fdFlag.cloexec;
  s.fd = entry;
  s.fdNum = to;
}

export function fcntl(s: State, c: EventCursor): void {
  const e = s.event(c);
  const result = e.i32(0, -1);
  const command = e.u8of(2, 0);
  if (result < 0) return;
  if (command === F_DUPFD || command === F_DUPFD_CLOEXEC) {
    copyDescriptor(s, e.i32(1, -1), result, command === F_DUPFD_CLOEXEC);
  } else if (command === F_SETFD && s.fd !== 0 && e.len(3) >= 4) {
    if ((e.i32(3, 0) & FD_CLOEXEC) !== 0) s.descriptors.entries[s.fd]! |= fdFlag.cloexec;
    else s.descriptors.entries[s.fd]! &= ~fdFlag.cloexec;
  }
}

export const pipe = (s: State, e: EventCursor) => openPipe(s, e, 0);
export const pipe2 = (s: State, e: EventCursor) => openPipe(s, e, e.i32(4, 0));

function openPipe(s: State, e: EventCursor, flags: number): void {
  if (e.i32(0, -1) < 0) return;
  for (let i = 1; i <= 2; i++) {
    const entry = s.open(e.i32(i, -1), fdType.pipe | ((flags & O_CLOEXEC) !== 0 ? fdFlag.cloexec : 0));
    if (entry === 0 || e.len(3) < 8) continue;
    const p = e.off(3);
    s.descriptors.entries[entry + F.ino] = e.view.getInt32(p, true);
    s.descriptors.entries[entry + F.ino + 1] = e.view.getInt32(p + 4, true);
  }
}

/** Makes a handler for a call whose result is a descriptor of a kind; its flags are in a parameter, or -1. */
function creator(kind: number, flagsParam = -1, cloexec = O_CLOEXEC): (s: State, e: EventCursor) => void {
  return (s, c) => {
    const e = s.event(c);
    const fd = e.i32(0, -1);
    s.hasFd = true;
    if (fd < 0) return;
    const flags = flagsParam < 0 ? 0 : e.len(flagsParam) === 2 ? e.u16(flagsParam, 0) : e.i32(flagsParam, 0);
    s.open(fd, kind | ((flags & cloexec) !== 0 ? fdFlag.cloexec : 0));
  };
}

export const eventfd = creator(fdType.event);
export const eventfd2 = creator(fdType.event, 1);
export const signalfd = creator(fdType.signalfd);
export const signalfd4 = creator(fdType.signalfd, 1);
export const timerfd = creator(fdType.timerfd);
export const inotify = creator(fdType.inotify);
export const inotify1 = creator(fdType.inotify, 1);
export const epoll = creator(fdType.eventpoll);
export const epoll1 = creator(fdType.eventpoll, 1, EPOLL_CLOEXEC);
export const userfaultfd = creator(fdType.userfaultfd, 1);
export const ioUring = creator(fdType.iouring);
const memfdCreator = creator(fdType.memfd, 2, MFD_CLOEXEC);
const pidfdCreator = creator(fdType.pidfd);
const bpfCreator = creator(fdType.bpf);

/** Commands of bpf() that give a descriptor: map_create, prog_load. */
export function bpf(s: State, c: EventCursor): void {
  const e = s.event(c);
  const command = e.i32(1, -1);
  if (command === 0 || command === 5) bpfCreator(s, e);
}

export function memfd(s: State, e: EventCursor): void {
  memfdCreator(s, e);
  if (s.fd !== 0) s.descriptors.entries[s.fd + F.name] = s.text(e, 1);
}

/** A process descriptor remembers its process in the column `dev`. */
export function pidfdOpen(s: State, e: EventCursor): void {
  pidfdCreator(s, e);
  if (s.fd !== 0) s.descriptors.entries[s.fd + F.dev] = e.i32(1, 0);
}

/** Takes a copy of another process's descriptor. */
export function pidfdGetfd(s: State, e: EventCursor): void {
  const fd = e.i32(0, -1);
  if (fd < 0) return;
  const handle = s.descriptors.find(s.table(s.thread), e.i32(1, -1));
  const owner = handle === 0 ? 0 : s.threads.find(s.descriptors.entries[handle + F.dev]!);
  if (owner === 0) return;
  const entry = s.descriptors.duplicate(s.table(owner), e.i32(2, -1), s.ownTable(s.thread), fd);
  s.hasFd = true;
  s.fd = entry;
  s.fdNum = fd;
}

export function chdir(s: State, c: EventCursor): void {
  const e = s.event(c);
  if (e.i32(0, -1) !== 0) return;
  s.setCwd(s.thread, s.path(e, 1, s.cwd(s.thread)));
}

export function fchdir(s: State, c: EventCursor): void {
  if (c.i32(0, -1) !== 0 || s.fd === 0) return;
  s.setCwd(s.thread, s.descriptors.entries[s.fd + F.name]!);
}

export function chroot(s: State, e: EventCursor): void {
  if (e.i32(0, -1) === 0) s.threads.rows[s.thread * W + T.root] = s.path(e, 1, s.cwd(s.thread));
}

/**
 * Events that make, change and end threads. Every handler gets the event in today's form (see dialect.ts).
 *
 * A clone is reported by the parent (with the child's id) and by the child (with 0), in either order, and either may be
 * missing; ids are reused. The first report makes the row and leaves a mark, the second takes the mark away; a report
 * that finds a row without the right mark means a new thread under an old id.
 */
import type { EventCursor } from '@waspglass/scap';
import { cloneMark, T, THREAD_WIDTH, threadFlag } from './columns.ts';
import type { State } from './state.hot.ts';

const W = THREAD_WIDTH;

/** Bits of clone's flags as captures have them. */
const CLONE_FILES = 1 << 0;
const CLONE_FS = 1 << 1;
const CLONE_PARENT = 1 << 8;
const CLONE_THREAD = 1 << 13;
const CHILD_IN_PIDNS = 1 << 29;

/** Parameters of clone, fork, vfork and clone3. */
const C = {
  exe: 1,
  args: 2,
  pid: 4,
  ptid: 5,
  fdLimit: 7,
  pfMajor: 8,
  comm: 13,
  cgroups: 14,
  flags: 15,
  uid: 16,
  gid: 17,
  vtid: 18,
  vpid: 19,
  pidns: 20,
};

export function clone(s: State, c: EventCursor): void {
  const e = s.event(c);
  const child = e.i32(0, -1);
  if (child > 0) cloneByParent(s, e, child);
  else if (child === 0) cloneByChild(s, e);
}

function cloneByParent(s: State, e: EventCursor, tid: number): void {
  const parent = s.thread;
  const flags = e.i32(C.flags, 0);
  const b = parent * W;
  // Inside a pid namespace the number means nothing to us; the child's own report does.
  if ((flags & CHILD_IN_PIDNS) !== 0 || s.threads.rows[b + T.vtid] !== s.threads.rows[b + T.tid]) {
    if ((flags & (CLONE_FILES | CLONE_THREAD)) === 0)
      s.forks.byParent(s.threads.rows[b + T.pid]!, tid, s.table(parent));
    return;
  }
  const known = s.threads.find(tid);
  if (known === parent) return;
  if (known !== 0) {
    if (s.threads.rows[known * W + T.mark] === cloneMark.byChild) {
      s.threads.rows[known * W + T.mark] = cloneMark.none;
      return;
    }
    s.discard(known);
  } else if (s.endings.wasBefore(tid)) return;
  const child = s.threads.add(tid);
  if (child === 0) return;
  fill(s, e, child, parent, flags, tid);
  const rows = s.threads.rows;
  rows[child * W + T.mark] = cloneMark.byParent;
}

function cloneByChild(s: State, e: EventCursor): void {
  let child = s.thread;
  const rows = s.threads.rows;
  const tid = rows[child * W]!;
  const known = (rows[child * W + T.flags]! & threadFlag.invalid) === 0;
  if (known && rows[child * W + T.mark] === cloneMark.byParent) {
    rows[child * W + T.mark] = cloneMark.none;
    setNamespaceIds(s, e, child, tid);
    return;
  }
  s.discard(child);
  child = s.threads.add(tid);
  s.thread = child;
  if (child === 0) return;
  const flags = e.i32(C.flags, 0);
  const isThread = (flags & CLONE_THREAD) !== 0;
  fill(s, e, child, s.threads.find(e.i32(isThread ? C.pid : C.ptid, 0)), flags, tid);
  s.threads.rows[child * W + T.mark] = cloneMark.byChild;
  if (!isThread && (flags & CLONE_FILES) === 0) takeDescriptors(s, e, child);
}

/** A child in a pid namespace gets the descriptors that its parent had when it reported the child. */
function takeDescriptors(s: State, e: EventCursor, child: number): void {
  const number = e.i32(C.vtid, 0);
  if (number === e.tid || number === 0) return;
  const table = s.forks.byChild(e.i32(C.ptid, 0), number);
  if (table === 0) return;
  const b = child * W + T.fds;
  s.descriptors.release(s.threads.rows[b]!);
  s.threads.rows[b] = table;
}

/** Fills a new thread's row from its parent's row and the event. `parent` may be 0. */
function fill(s: State, e: EventCursor, child: number, parent: number, flags: number, tid: number): void {
  const { threads } = s;
  const rows = threads.rows;
  const isThread = (flags & CLONE_THREAD) !== 0;
  const b = child * W;
  if (parent !== 0) inherit(s, child, parent, flags, isThread);
  const reported = e.i32(0, 0) === 0;
  const pid = reported ? e.i32(C.pid, tid) : isThread && parent !== 0 ? rows[parent * W + T.pid]! : tid;
  rows[b + T.pid] = pid;
  let missingMain = 0;
  if (isThread && pid !== tid) {
    const main = threads.find(pid);
    if (main !== 0) threads.join(child, threads.rows[main * W + T.main]!);
    else missingMain = pid;
  }
  threads.adopt(child, parentId(rows, e, parent, flags, reported));
  setImage(s, e, child);
  rows[b + T.start] = e.timeLow;
  rows[b + T.start + 1] = e.timeHigh;
  rows[b + T.uid] = e.i32(C.uid, rows[b + T.uid]!);
  rows[b + T.gid] = e.i32(C.gid, rows[b + T.gid]!);
  if (reported) setNamespaceIds(s, e, child, tid);
  if (missingMain > 0) addMain(s, child, missingMain);
}

/** Makes the main thread of a process of which only another thread is known. */
function addMain(s: State, thread: number, pid: number): void {
  const main = s.threads.add(pid);
  if (main === 0) return;
  const rows = s.threads.rows;
  const b = main * W;
  for (let i = T.ptid; i <= T.vpgid; i++) rows[b + i] = rows[thread * W + i]!;
  inherit(s, main, thread, CLONE_FILES | CLONE_FS, true);
  rows[b + T.flags] = threadFlag.invalid;
  s.threads.adopt(main, rows[b + T.ptid]!);
  s.threads.join(thread, main);
}

function parentId(rows: Int32Array, e: EventCursor, parent: number, flags: number, reported: boolean): number {
  if (reported) return e.i32(C.ptid, 0);
  if (parent === 0) return 0;
  return rows[parent * W + ((flags & (CLONE_THREAD | CLONE_PARENT)) !== 0 ? T.ptid : T.pid)]!;
}

/** What a child has from its parent before the event says otherwise. */
function inherit(s: State, child: number, parent: number, flags: number, isThread: boolean): void {
  const rows = s.threads.rows;
  const b = child * W;
  const p = parent * W;
  for (let i = T.sid; i <= T.vpgid; i++) rows[b + i] = rows[p + i]!;
  for (let i = T.comm; i <= T.tty; i++) rows[b + i] = rows[p + i]!;
  for (let i = T.exeFlags; i < T.start; i++) rows[b + i] = rows[p + i]!;
  for (let i = T.pidnsStart; i <= T.pfMajor - 1; i++) rows[b + i] = rows[p + i]!;
  const shareFiles = isThread || (flags & CLONE_FILES) !== 0;
  const shareCwd = isThread || (flags & CLONE_FS) !== 0;
  const table = shareFiles ? s.descriptors.share(s.ownTable(parent)) : s.descriptors.copy(s.table(parent));
  rows[b + T.fds] = table;
  const path = s.cwd(parent);
  if (shareCwd && rows[p + T.cwd] === 0) s.setCwd(parent, path);
  rows[b + T.cwd] = shareCwd ? s.directories.share(rows[p + T.cwd]!) : s.directories.create(path);
}

function setImage(s: State, e: EventCursor, row: number): void {
  const rows = s.threads.rows;
  const b = row * W;
  rows[b + T.cmdline] = 0;
  const exe = s.text(e, C.exe);
  if (exe !== 0) rows[b + T.exe] = exe;
  if (e.len(C.args) >= 0) rows[b + T.args] = s.bytes(e, C.args);
  const comm = s.text(e, C.comm);
  if (comm !== 0) rows[b + T.comm] = comm;
  if (e.len(C.cgroups) > 0) rows[b + T.cgroups] = s.bytes(e, C.cgroups);
  setMemory(s, e, row);
}

/** Descriptor limit, page faults and memory: at the same place in clone and execve. */
function setMemory(s: State, e: EventCursor, row: number): void {
  const rows = s.threads.rows;
  const b = row * W;
  copy64(e, C.fdLimit, rows, b + T.fdLimit);
  for (let i = 0; i < 5; i++) rows[b + T.pfMajor + i] = e.i32(C.pfMajor + i, rows[b + T.pfMajor + i]!);
}

/** brk, mmap and munmap tell how much memory the process has. */
export function memory(s: State, e: EventCursor): void {
  if (e.len(1) < 4) return;
  const b = s.thread * W + T.vmSize;
  for (let i = 0; i < 3; i++) s.threads.rows[b + i] = e.i32(1 + i, 0);
}

function setNamespaceIds(s: State, e: EventCursor, row: number, tid: number): void {
  const rows = s.threads.rows;
  const b = row * W;
  rows[b + T.vtid] = e.i32(C.vtid, tid);
  rows[b + T.vpid] = e.i32(C.vpid, rows[b + T.pid]!);
  copy64(e, C.pidns, rows, b + T.pidnsStart);
}

/** Parameters of execve and execveat that clone doesn't have. */
const X = {
  env: 15,
  tty: 16,
  vpgid: 17,
  loginuid: 18,
  flags: 19,
  caps: 20,
  ino: 23,
  ctime: 24,
  mtime: 25,
  uid: 26,
  trusted: 27,
  pgid: 28,
  gid: 29,
};

export function execve(s: State, c: EventCursor): void {
  const e = s.event(c);
  // Parameter 30 is the file as it was given, from the enter event in old captures.
  execute(s, e, s.path(e, 30, s.cwd(s.thread)));
}

export function execveat(s: State, c: EventCursor): void {
  const enter = s.enterOf(c);
  const given = enter === null ? 0 : s.path(enter, 1, s.base(enter.i32(0, -1)));
  execute(s, s.event(c), given);
}

function execute(s: State, e: EventCursor, given: number): void {
  if (e.i32(0, -1) !== 0) return;
  const { threads, descriptors } = s;
  const row = s.thread;
  const b = row * W;
  const rows = threads.rows;
  if ((rows[b + T.flags]! & threadFlag.invalid) !== 0) s.setCwd(row, 0);
  rows[b + T.flags]! &= ~(threadFlag.invalid | threadFlag.dead);
  // What the child told of its birth still counts: the parent of a vfork reports only after this.
  if (rows[b + T.mark] === cloneMark.byParent) rows[b + T.mark] = cloneMark.none;
  const tid = rows[b]!;
  rows[b + T.pid] = e.i32(C.pid, rows[b + T.pid] === -1 ? tid : rows[b + T.pid]!);
  const ptid = e.i32(C.ptid, rows[b + T.ptid]!);
  if (ptid !== rows[b + T.ptid] || rows[b + T.parent] === 0) threads.adopt(row, ptid);
  if (descriptors.users(rows[b + T.fds]!) > 1) {
    const own = descriptors.copy(rows[b + T.fds]!);
    descriptors.release(rows[b + T.fds]!);
    rows[b + T.fds] = own;
  }
  if (rows[b + T.fds] !== 0) descriptors.closeOnExec(rows[b + T.fds]!);
  if (rows[b + T.members]! > 1) endOthers(s, row);
  rows[b + T.env] = 0;
  setImage(s, e, row);
  const trusted = e.len(X.trusted) > 1 ? s.text(e, X.trusted) : 0;
  rows[b + T.exepath] = trusted !== 0 ? trusted : given;
  setIdentity(s, e, row);
}

function setIdentity(s: State, e: EventCursor, row: number): void {
  const rows = s.threads.rows;
  const b = row * W;
  if (e.len(X.env) >= 0) rows[b + T.env] = s.bytes(e, X.env);
  rows[b + T.tty] = e.i32(X.tty, rows[b + T.tty]!);
  rows[b + T.vpgid] = e.i32(X.vpgid, rows[b + T.vpgid]!);
  rows[b + T.pgid] = e.i32(X.pgid, rows[b + T.pgid]!);
  rows[b + T.loginuid] = e.i32(X.loginuid, rows[b + T.loginuid]!);
  rows[b + T.exeFlags] = e.i32(X.flags, 0);
  for (let i = 0; i < 3; i++) copy64(e, X.caps + i, rows, b + T.capInheritable + 2 * i);
  for (let i = 0; i < 3; i++) copy64(e, X.ino + i, rows, b + T.exeIno + 2 * i);
  rows[b + T.uid] = e.i32(X.uid, rows[b + T.uid]!);
  rows[b + T.gid] = e.i32(X.gid, rows[b + T.gid]!);
}

/** An execve by a process of several threads leaves one. */
function endOthers(s: State, main: number): void {
  for (let row = 1; row < s.threads.end; row++) {
    const b = row * W;
    if (row !== main && s.threads.rows[b + T.used] === 1 && s.threads.rows[b + T.main] === main) s.discard(row);
  }
}

export function procexit(s: State, c: EventCursor): void {
  const e = s.event(c);
  s.ending = s.thread;
  const reaper = e.i32(4, 0);
  if (reaper > 0) s.threads.reparent(s.thread, reaperRow(s, reaper), reaper);
}

function reaperRow(s: State, tid: number): number {
  const row = s.threads.find(tid);
  return row === s.thread ? 0 : row;
}

const PR_SET_NAME = 15;
const PR_SET_CHILD_SUBREAPER = 36;

export function prctl(s: State, e: EventCursor): void {
  if (e.i32(0, -1) < 0) return;
  const rows = s.threads.rows;
  const b = s.thread * W;
  const option = e.i32(1, 0);
  if (option === PR_SET_NAME) {
    rows[b + T.comm] = s.text(e, 2);
    rows[b + T.cmdline] = 0;
  } else if (option === PR_SET_CHILD_SUBREAPER) {
    if (e.i32(3, 0) !== 0) rows[b + T.flags]! |= threadFlag.subreaper;
    else rows[b + T.flags]! &= ~threadFlag.subreaper;
  }
}

export function setsid(s: State, e: EventCursor): void {
  const sid = e.i32(0, -1);
  if (sid < 0) return;
  const rows = s.threads.rows;
  const b = s.thread * W;
  rows[b + T.sid] = sid;
  rows[b + T.vpgid] = sid;
  rows[b + T.pgid] = rows[b + T.pid]!;
}

export function setpgid(s: State, c: EventCursor): void {
  const e = s.event(c);
  if (e.i32(0, -1) !== 0) return;
  const pid = e.i32(1, 0);
  const group = e.i32(2, 0);
  const rows = s.threads.rows;
  const own = rows[s.thread * W + T.vpid]!;
  const target = pid === 0 || pid === own ? s.thread : s.threads.find(pid);
  if (target === 0) return;
  const b = target * W;
  rows[b + T.vpgid] = group === 0 ? rows[b + T.vpid]! : group;
  if (rows[b + T.vpid] === rows[b + T.pid]) rows[b + T.pgid] = rows[b + T.vpgid]!;
}

export function capset(s: State, e: EventCursor): void {
  if (e.i32(0, -1) !== 0) return;
  const b = s.thread * W;
  for (let i = 0; i < 3; i++) copy64(e, 1 + i, s.threads.rows, b + T.capInheritable + 2 * i);
}

/** Copies a parameter of 8 bytes into two columns; leaves them when it is absent. */
function copy64(e: EventCursor, i: number, rows: Int32Array, at: number): void {
  if (e.len(i) < 8) return;
  const p = e.off(i);
  rows[at] = e.view.getInt32(p, true);
  rows[at + 1] = e.view.getInt32(p + 4, true);
}

/**
 * The table of threads: rows of int32 in one array, found by thread id through open addressing. Row 0 means "no thread".
 * Rows form processes (`main`, `members`) and a tree (`parent`, `firstChild`, siblings).
 *
 * `rows` is replaced when the table grows: read it again after anything that may add a thread.
 */
import { T, THREAD_WIDTH, threadFlag } from './columns.ts';

const W = THREAD_WIDTH;
/** More threads than any kernel allows by default (pid_max on 64-bit machines is at most 4 M, by default 32 k–4 M). */
const DEFAULT_LIMIT = 1 << 20;

export class ThreadTable {
  rows = new Int32Array(W * 1024);
  /** Threads in the table. */
  count = 0;
  /** Threads that were not added because the table was full. */
  refused = 0;
  /** First row never used so far. */
  private top = 1;
  private free = 0;
  private keys = new Int32Array(4096);
  private values = new Int32Array(4096);
  private mask = 4095;
  private readonly limit: number;

  constructor(limit: number = DEFAULT_LIMIT) {
    this.limit = limit;
  }

  /** Rows ever used are below this. */
  get end(): number {
    return this.top;
  }

  /** Row of a thread id, 0 when not known. */
  find(tid: number): number {
    let slot = hash(tid) & this.mask;
    for (;;) {
      const row = this.values[slot]!;
      if (row === 0 || this.keys[slot] === tid) return row;
      slot = (slot + 1) & this.mask;
    }
  }

  /** A cleared row for `tid`, which must not be in the table; 0 when the table is full. */
  add(tid: number): number {
    if (this.count >= this.limit) {
      this.refused++;
      return 0;
    }
    const row = this.takeRow();
    const b = row * W;
    const rows = this.rows;
    rows.fill(0, b, b + W);
    rows[b + T.used] = 1;
    rows[b + T.tid] = tid;
    rows[b + T.pid] = tid;
    rows[b + T.vtid] = tid;
    rows[b + T.vpid] = tid;
    rows[b + T.sid] = -1;
    rows[b + T.pgid] = -1;
    rows[b + T.vpgid] = -1;
    rows[b + T.loginuid] = -1;
    rows[b + T.uid] = -1;
    rows[b + T.gid] = -1;
    rows[b + T.main] = row;
    rows[b + T.members] = 1;
    this.put(tid, row);
    return row;
  }

  /** Takes a row out of index, tree and process; the caller has freed what the row holds. */
  remove(row: number): void {
    const b = row * W;
    this.unlink(row);
    this.dropChildren(row);
    const main = this.rows[b + T.main]!;
    if (main !== row) this.rows[main * W + T.members]!--;
    this.drop(this.rows[b]!);
    this.rows[b + T.used] = 0;
    this.rows[b + T.nextFree] = this.free;
    this.free = row;
  }

  /** Makes `row` a thread of the process whose main thread is `main`. */
  join(row: number, main: number): void {
    if (row === main) return;
    const rows = this.rows;
    rows[row * W + T.main] = main;
    rows[row * W + T.pid] = rows[main * W + T.pid]!;
    rows[main * W + T.members]!++;
  }

  /** A main thread's row goes while others of its process are left (its id was reused): each stands alone then. */
  scatter(main: number): void {
    const rows = this.rows;
    for (let row = 1; row < this.top; row++) {
      const b = row * W;
      if (row === main || rows[b + T.used] === 0 || rows[b + T.main] !== main) continue;
      rows[b + T.main] = row;
      rows[b + T.members] = 1;
    }
  }

  /** Hangs `row` below the row of `ptid` (none: at the root). */
  adopt(row: number, ptid: number): void {
    this.unlink(row);
    const rows = this.rows;
    const b = row * W;
    rows[b + T.ptid] = ptid;
    const parent = ptid > 0 ? this.find(ptid) : 0;
    if (parent === 0 || this.isAbove(row, parent)) return;
    const p = parent * W;
    const next = rows[p + T.firstChild]!;
    rows[b + T.parent] = parent;
    rows[b + T.nextSibling] = next;
    if (next !== 0) rows[next * W + T.previousSibling] = row;
    rows[p + T.firstChild] = row;
  }

  /** Gives the children of `row` to `reaper` (a row, 0 = nobody known; `tid` is then what they remember). */
  reparent(row: number, reaper: number, tid: number): void {
    let child = this.rows[row * W + T.firstChild]!;
    while (child !== 0) {
      const next = this.rows[child * W + T.nextSibling]!;
      this.adopt(child, reaper === 0 ? tid : this.rows[reaper * W]!);
      child = next;
    }
  }

  /** The `n`-th ancestor: 0 is the thread itself, 1 the parent … 0 when there is none. */
  ancestor(row: number, n: number): number {
    for (let i = 0; i < n && row !== 0; i++) row = this.parent(row);
    return row;
  }

  /** Row of the parent's main thread, found again by its id when it appeared after the child. */
  parent(row: number): number {
    const b = row * W;
    const rows = this.rows;
    const known = rows[b + T.parent]!;
    if (known !== 0) return known;
    const ptid = rows[b + T.ptid]!;
    if (ptid <= 0) return 0;
    const found = this.find(ptid);
    if (found === 0) return 0;
    this.adopt(row, ptid);
    return this.rows[b + T.parent]!;
  }

  /** Whether `row` is an ancestor of `below`: hostile captures may claim circles. */
  private isAbove(row: number, below: number): boolean {
    for (let steps = 0; below !== 0; steps++) {
      if (below === row || steps > 4096) return true;
      below = this.rows[below * W + T.parent]!;
    }
    return false;
  }

  /** Row that takes the children of an exiting thread: another thread of the process, a sub-reaper, init. */
  reaperOf(row: number): number {
    const rows = this.rows;
    const main = rows[row * W + T.main]!;
    if (main !== row && (rows[main * W + T.flags]! & threadFlag.dead) === 0) return main;
    let up = rows[row * W + T.parent]!;
    for (let steps = 0; up !== 0 && steps < 4096; steps++) {
      if ((rows[up * W + T.flags]! & threadFlag.subreaper) !== 0) return up;
      if (rows[up * W + T.vpid] === 1 && rows[row * W + T.vpid] !== rows[row * W + T.pid]) return up;
      up = rows[up * W + T.parent]!;
    }
    return this.find(1);
  }

  private takeRow(): number {
    const row = this.free;
    if (row !== 0) {
      this.free = this.rows[row * W + T.nextFree]!;
      return row;
    }
    if ((this.top + 1) * W > this.rows.length) {
      const rows = new Int32Array(this.rows.length * 2);
      rows.set(this.rows);
      this.rows = rows;
    }
    return this.top++;
  }

  private unlink(row: number): void {
    const rows = this.rows;
    const b = row * W;
    const parent = rows[b + T.parent]!;
    if (parent === 0) return;
    const next = rows[b + T.nextSibling]!;
    const previous = rows[b + T.previousSibling]!;
    if (previous !== 0) rows[previous * W + T.nextSibling] = next;
    else rows[parent * W + T.firstChild] = next;
    if (next !== 0) rows[next * W + T.previousSibling] = previous;
    rows[b + T.parent] = 0;
    rows[b + T.nextSibling] = 0;
    rows[b + T.previousSibling] = 0;
  }

  private dropChildren(row: number): void {
    let child = this.rows[row * W + T.firstChild]!;
    while (child !== 0) {
      const next = this.rows[child * W + T.nextSibling]!;
      this.unlink(child);
      child = next;
    }
  }

  private put(tid: number, row: number): void {
    if (++this.count * 2 > this.values.length) this.rehash();
    let slot = hash(tid) & this.mask;
    while (this.values[slot] !== 0) slot = (slot + 1) & this.mask;
    this.keys[slot] = tid;
    this.values[slot] = row;
  }

  private rehash(): void {
    const { keys, values } = this;
    this.keys = new Int32Array(keys.length * 2);
    this.values = new Int32Array(keys.length * 2);
    this.mask = this.keys.length - 1;
    for (let i = 0; i < values.length; i++) {
      if (values[i] === 0) continue;
      let slot = hash(keys[i]!) & this.mask;
      while (this.values[slot] !== 0) slot = (slot + 1) & this.mask;
      this.keys[slot] = keys[i]!;
      this.values[slot] = values[i]!;
    }
  }

  /** Takes `tid` out of the index, closing the gap so that no look-up stops too early. */
  private drop(tid: number): void {
    const { keys, values, mask } = this;
    let gap = hash(tid) & mask;
    while (keys[gap] !== tid || values[gap] === 0) {
      if (values[gap] === 0) return;
      gap = (gap + 1) & mask;
    }
    for (let next = (gap + 1) & mask; values[next] !== 0; next = (next + 1) & mask) {
      const home = hash(keys[next]!) & mask;
      if (((next - home) & mask) < ((next - gap) & mask)) continue;
      keys[gap] = keys[next]!;
      values[gap] = values[next]!;
      gap = next;
    }
    values[gap] = 0;
    this.count--;
  }
}

function hash(tid: number): number {
  const h = Math.imul(tid, 0x9e3779b1);
  return h ^ (h >>> 15);
}

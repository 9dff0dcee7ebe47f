/**
 * Descriptors: each process (or group of processes that share one table) has a block of entries in one arena, indexed by
 * the descriptor's number. Blocks have a power of two of entries and are recycled by size. Entry offset 0 means "none".
 *
 * Table row: first entry's offset, log2 of the number of entries, descriptors open, users. Tables are shared by threads
 * and by clone(CLONE_FILES).
 *
 * `entries` is replaced when the arena grows: read it again after anything that may open a descriptor.
 */
import { F, FD_TYPE_MASK, FD_WIDTH, fdFlag } from './columns.ts';

const W = FD_WIDTH;
const BASE = 0;
const SIZE = 1;
const OPEN = 2;
const USERS = 3;
const ROW = 4;
const SMALLEST = 4;

export interface DescriptorLimits {
  /** Descriptor numbers from here on are not kept. */
  readonly perProcess?: number;
  /** Entries over all processes. */
  readonly total?: number;
}

export class Descriptors {
  entries = new Int32Array(W * 4096);
  /** Descriptors that were not kept because of a limit. */
  refused = 0;
  private top = W;
  private readonly freeBlocks = new Int32Array(32);
  private tables = new Int32Array(ROW * 1024);
  private tableTop = 1;
  private freeTable = 0;
  private readonly perProcess: number;
  private readonly totalLength: number;

  constructor({ perProcess = 65_536, total = 1 << 22 }: DescriptorLimits = {}) {
    this.perProcess = perProcess;
    this.totalLength = total * W;
  }

  /** A new empty table with one user. */
  create(): number {
    let table = this.freeTable;
    if (table !== 0) this.freeTable = this.tables[table * ROW]!;
    else {
      if ((this.tableTop + 1) * ROW > this.tables.length) this.tables = doubled(this.tables);
      table = this.tableTop++;
    }
    this.tables.fill(0, table * ROW, table * ROW + ROW);
    this.tables[table * ROW + USERS] = 1;
    return table;
  }

  share(table: number): number {
    if (table !== 0) this.tables[table * ROW + USERS]!++;
    return table;
  }

  release(table: number): void {
    if (table === 0) return;
    const t = table * ROW;
    if (--this.tables[t + USERS]! > 0) return;
    if (this.tables[t + BASE] !== 0) this.freeBlock(this.tables[t + BASE]!, this.tables[t + SIZE]!);
    this.tables[t] = this.freeTable;
    this.freeTable = table;
  }

  users(table: number): number {
    return this.tables[table * ROW + USERS]!;
  }

  /** How many descriptors are open. */
  open(table: number): number {
    return table === 0 ? 0 : this.tables[table * ROW + OPEN]!;
  }

  /** Descriptor numbers of this table are below this. */
  capacity(table: number): number {
    return table === 0 || this.tables[table * ROW + BASE] === 0 ? 0 : 1 << this.tables[table * ROW + SIZE]!;
  }

  /** A copy with one user: what fork does. */
  copy(table: number): number {
    if (table === 0) return 0;
    const twin = this.create();
    const from = table * ROW;
    const base = this.tables[from + BASE]!;
    if (base === 0) return twin;
    const size = this.tables[from + SIZE]!;
    const block = this.takeBlock(size);
    if (block === 0) return twin;
    this.entries.copyWithin(block, base, base + (W << size));
    this.tables[twin * ROW + BASE] = block;
    this.tables[twin * ROW + SIZE] = size;
    this.tables[twin * ROW + OPEN] = this.tables[from + OPEN]!;
    return twin;
  }

  /** Offset of the entry of an open descriptor, 0 when there is none. */
  find(table: number, fd: number): number {
    const t = table * ROW;
    const base = this.tables[t + BASE]!;
    if (base === 0 || fd < 0 || fd >= 1 << this.tables[t + SIZE]!) return 0;
    const entry = base + fd * W;
    return this.entries[entry] === 0 ? 0 : entry;
  }

  /** Offset of a cleared entry for `fd`, whatever it was before; 0 when a limit forbids it. */
  put(table: number, fd: number, kind: number): number {
    if (table === 0 || fd < 0) return 0;
    if (fd >= this.perProcess) {
      this.refused++;
      return 0;
    }
    const t = table * ROW;
    if (this.tables[t + BASE] === 0 || fd >= 1 << this.tables[t + SIZE]!) {
      if (!this.widen(t, fd)) return 0;
    }
    const entry = this.tables[t + BASE]! + fd * W;
    const entries = this.entries;
    if (entries[entry] === 0) this.tables[t + OPEN]!++;
    entries[entry + F.kind] = kind;
    entries[entry + 1] = 0;
    entries[entry + 2] = 0;
    entries[entry + 3] = 0;
    entries[entry + 4] = 0;
    entries[entry + 5] = 0;
    entries[entry + 6] = 0;
    entries[entry + 7] = 0;
    return entry;
  }

  close(table: number, fd: number): void {
    const entry = this.find(table, fd);
    if (entry === 0) return;
    this.entries[entry] = 0;
    this.tables[table * ROW + OPEN]!--;
  }

  closeRange(table: number, first: number, last: number): void {
    const end = Math.min(last, this.capacity(table) - 1);
    for (let fd = first; fd <= end; fd++) this.close(table, fd);
  }

  /** Sets close-on-exec for a range. */
  markRange(table: number, first: number, last: number): void {
    const end = Math.min(last, this.capacity(table) - 1);
    for (let fd = first; fd <= end; fd++) {
      const entry = this.find(table, fd);
      if (entry !== 0) this.entries[entry]! |= fdFlag.cloexec;
    }
  }

  /** What execve does: descriptors with close-on-exec go. */
  closeOnExec(table: number): void {
    const end = this.capacity(table);
    const base = this.tables[table * ROW + BASE]!;
    for (let fd = 0; fd < end; fd++) {
      const entry = base + fd * W;
      if ((this.entries[entry]! & fdFlag.cloexec) === 0) continue;
      this.entries[entry] = 0;
      this.tables[table * ROW + OPEN]!--;
    }
  }

  /** Copies an entry of one table to a number of (maybe another) table; close-on-exec isn't copied. */
  duplicate(from: number, fd: number, to: number, copy: number): number {
    const source = this.find(from, fd);
    if (source === 0) return 0;
    if (from === to && fd === copy) return source;
    const kind = this.entries[source]!;
    const target = this.put(to, copy, kind & ~fdFlag.cloexec);
    if (target === 0) return 0;
    const again = this.find(from, fd);
    const entries = this.entries;
    for (let i = 1; i < W; i++) entries[target + i] = entries[again + i]!;
    return target;
  }

  type(entry: number): number {
    return this.entries[entry]! & FD_TYPE_MASK;
  }

  private widen(t: number, fd: number): boolean {
    const base = this.tables[t + BASE]!;
    const old = this.tables[t + SIZE]!;
    let size = base === 0 ? SMALLEST : old;
    while (fd >= 1 << size) size++;
    const block = this.takeBlock(size);
    if (block === 0) return false;
    if (base !== 0) {
      this.entries.copyWithin(block, base, base + (W << old));
      this.freeBlock(base, old);
    }
    this.tables[t + BASE] = block;
    this.tables[t + SIZE] = size;
    return true;
  }

  /** Offset of a cleared block of 2^size entries, 0 when the arena is full. */
  private takeBlock(size: number): number {
    const length = W << size;
    let block = this.freeBlocks[size]!;
    if (block !== 0) {
      this.freeBlocks[size] = this.entries[block + 1]!;
    } else {
      if (this.top + length > this.totalLength) {
        this.refused++;
        return 0;
      }
      while (this.top + length > this.entries.length) this.entries = doubled(this.entries);
      block = this.top;
      this.top += length;
    }
    this.entries.fill(0, block, block + length);
    return block;
  }

  private freeBlock(block: number, size: number): void {
    this.entries[block + 1] = this.freeBlocks[size]!;
    this.freeBlocks[size] = block;
  }
}

function doubled(a: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const b = new Int32Array(a.length * 2);
  b.set(a);
  return b;
}

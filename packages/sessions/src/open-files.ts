/**
 * Descriptors of files that are followed, with their positions: copies by dup, by fork and over exec share one.
 * Keyed by process (threads share their descriptors). Bounded: beyond the limit nothing new is followed.
 */

export interface OpenFile<F> {
  readonly file: F;
  position: number;
  readonly append: boolean;
  /** The file can be written through it. */
  readonly writes: boolean;
  /** Descriptors that share it. */
  copies: number;
}

interface Entry<F> {
  readonly open: OpenFile<F>;
  readonly closedByExec: boolean;
}

type Table<F> = Map<number, Entry<F>>;

const MOST_PROCESSES = 100_000;
const MOST_DESCRIPTORS = 4096;
/** Forks whose child has not been heard of. */
const MOST_FORKS = 1024;

export class OpenFiles<F> {
  refused = 0;
  private readonly tables = new Map<number, Table<F>>();
  /** What children have that their parents have reported and that haven't said anything yet, by the number for them. */
  private readonly forks = new Map<string, Table<F>>();
  /** Children that have reported before their parents did. */
  private readonly early = new Set<string>();
  private readonly lastClosed: (open: OpenFile<F>) => void;

  /** `lastClosed`: the last descriptor that shared it is gone. */
  constructor(lastClosed: (open: OpenFile<F>) => void) {
    this.lastClosed = lastClosed;
  }

  find(pid: number, fd: number): OpenFile<F> | undefined {
    return this.tables.get(pid)?.get(fd)?.open;
  }

  /** All of a process, shared ones once for each descriptor. */
  *of(pid: number): Iterable<OpenFile<F>> {
    for (const { open } of this.tables.get(pid)?.values() ?? []) yield open;
  }

  put(pid: number, fd: number, open: OpenFile<F>, closedByExec: boolean): void {
    open.copies++;
    this.close(pid, fd);
    let table = this.tables.get(pid);
    if (table === undefined && this.tables.size < MOST_PROCESSES) {
      table = new Map();
      this.tables.set(pid, table);
    }
    if (table === undefined || table.size >= MOST_DESCRIPTORS) {
      this.refused++;
      this.release(open);
    } else table.set(fd, { open, closedByExec });
  }

  close(pid: number, fd: number): void {
    const table = this.tables.get(pid);
    const entry = table?.get(fd);
    if (table === undefined || entry === undefined) return;
    table.delete(fd);
    if (table.size === 0) this.tables.delete(pid);
    this.release(entry.open);
  }

  closeRange(pid: number, first: number, last: number): void {
    for (const fd of [...(this.tables.get(pid)?.keys() ?? [])]) if (fd >= first && fd <= last) this.close(pid, fd);
  }

  /** `to` becomes a copy of `from`, or is closed when that is not a descriptor of ours. */
  copy(pid: number, from: number, to: number, closedByExec: boolean): void {
    const open = this.find(pid, from);
    if (open === undefined) this.close(pid, to);
    else if (from !== to) this.put(pid, to, open, closedByExec);
  }

  /** The parent's report of a fork: what the child got is what the parent has now; `child`: the number it was told. */
  forked(parent: number, child: number): void {
    const table = this.tables.get(parent);
    if (this.early.delete(`${parent}/${child}`) || table === undefined) return;
    if (this.forks.size >= MOST_FORKS) this.forget(this.forks.keys().next().value ?? '');
    this.forks.set(`${parent}/${child}`, copyOf(table));
  }

  /** The child's own report; `own`: the number that its parent was told. */
  born(parent: number, own: number, pid: number): void {
    const key = `${parent}/${own}`;
    const reported = this.forks.get(key);
    this.forks.delete(key);
    this.exited(pid);
    const from = reported ?? this.tables.get(parent);
    if (from === undefined) return;
    if (reported === undefined) {
      if (this.early.size >= MOST_FORKS) this.early.clear();
      this.early.add(key);
    }
    if (this.tables.size < MOST_PROCESSES) this.tables.set(pid, reported ?? copyOf(from));
    else for (const { open } of reported?.values() ?? []) this.release(open);
  }

  executed(pid: number): void {
    for (const [fd, { closedByExec }] of [...(this.tables.get(pid) ?? [])]) if (closedByExec) this.close(pid, fd);
  }

  exited(pid: number): void {
    const table = this.tables.get(pid);
    if (table === undefined) return;
    this.tables.delete(pid);
    for (const { open } of table.values()) this.release(open);
  }

  /** Nothing more comes. */
  end(): void {
    for (const pid of [...this.tables.keys()]) this.exited(pid);
    for (const key of [...this.forks.keys()]) this.forget(key);
  }

  private forget(key: string): void {
    for (const { open } of this.forks.get(key)?.values() ?? []) this.release(open);
    this.forks.delete(key);
  }

  private release(open: OpenFile<F>): void {
    if (--open.copies === 0) this.lastClosed(open);
  }
}

function copyOf<F>(table: Table<F>): Table<F> {
  for (const { open } of table.values()) open.copies++;
  return new Map(table);
}

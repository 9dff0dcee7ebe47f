/** Threads that end, and those that ended before their birth was told. */
import { cloneMark, T, THREAD_WIDTH, threadFlag } from './columns.ts';
import type { State } from './state.hot.ts';

const W = THREAD_WIDTH;
/** How many ids are remembered; a power of two. */
const EARLY = 256;

export class Endings {
  private readonly state: State;
  /** Ids of threads that ended before their parent's report of their clone (vfork, short lives). */
  private readonly early = new Int32Array(EARLY);
  private earlyAt = 0;

  constructor(state: State) {
    this.state = state;
  }

  /** Whether a thread's end was seen before its parent told of its birth; asks once. */
  wasBefore(tid: number): boolean {
    for (let i = 0; i < EARLY; i++) {
      if (this.early[i] !== tid) continue;
      this.early[i] = 0;
      return true;
    }
    return false;
  }

  /** A thread ended: its children get a new parent; a main thread's row stays while other threads need it. */
  end(row: number): void {
    const { state } = this;
    const { threads } = state;
    const rows = threads.rows;
    const b = row * W;
    const reaper = threads.reaperOf(row);
    if (rows[b + T.mark] === cloneMark.byChild) this.early[this.earlyAt++ & (EARLY - 1)] = rows[b + T.tid]!;
    if (rows[b + T.firstChild] !== 0) threads.reparent(row, reaper === row ? 0 : reaper, 0);
    const main = rows[b + T.main]!;
    if (main === row && rows[b + T.members]! > 1) {
      rows[b + T.flags]! |= threadFlag.dead;
      return;
    }
    state.discard(row);
    if (main === row) return;
    const m = main * W;
    if ((rows[m + T.flags]! & threadFlag.dead) !== 0 && rows[m + T.members] === 1) state.discard(main);
  }
}

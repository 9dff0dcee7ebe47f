/**
 * Which processes a filter's events belong to, for `read -w --only-related`: a reading of its own before the one that
 * writes. A process is related when one of its threads caused an event that passes, and so are its ancestors.
 */
import type { EventContext, Inspector } from '@waspglass/inspect';
import { T, THREAD_WIDTH } from '@waspglass/state';

/** Notes ids of related processes and threads while a capture is read. */
export class Related {
  /** Process and thread ids. */
  readonly ids = new Set<number>();
  private lastRow = 0;
  private lastTid = 0;

  add(c: EventContext): void {
    const { state, ev } = c;
    this.ids.add(ev.tid);
    if (state.thread === this.lastRow && ev.tid === this.lastTid) return;
    this.lastRow = state.thread;
    this.lastTid = ev.tid;
    const { rows } = state.threads;
    const column = (row: number, at: number) => rows[row * THREAD_WIDTH + at] ?? 0;
    let row = state.thread;
    for (
      const seen = new Set<number>();
      row !== 0 && !seen.has(row);
      row = column(column(row, T.main) || row, T.parent)
    ) {
      seen.add(row);
      this.ids.add(column(row, T.tid));
      this.ids.add(column(row, T.pid));
    }
  }
}

/** Whether the event's thread belongs to a related process. */
export function isRelated({ state }: Inspector, ids: ReadonlySet<number>, tid: number): boolean {
  if (ids.has(tid)) return true;
  const pid = state.thread === 0 ? undefined : state.threads.rows[state.thread * THREAD_WIDTH + T.pid];
  return pid !== undefined && ids.has(pid);
}

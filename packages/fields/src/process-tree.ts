/** Relations in the tree of processes: login shells, leaders of sessions and process groups. */
import { T } from '@waspglass/state';
import type { EventContext } from './context.hot.ts';

const MAX_DEPTH = 256;

/** Row of the oldest shell among the thread and its ancestors, 0 when there is none. */
export function loginShell(c: EventContext): number {
  const { threads } = c.state;
  let found = 0;
  let row = c.state.thread;
  for (let i = 0; row !== 0 && i < MAX_DEPTH; i++) {
    if (c.isShell(c.of(row, T.comm, 0))) found = row;
    row = threads.ancestor(row, 1);
  }
  return found;
}

export const sessionLeader = (c: EventContext): number => leader(c, T.sid);
export const groupLeader = (c: EventContext): number => leader(c, T.pgid);
export const virtualGroupLeader = (c: EventContext): number => leader(c, T.vpgid);

/** Row of the process whose id the group has, else of the oldest ancestor in the same group. */
function leader(c: EventContext, column: number): number {
  const row = c.state.thread;
  const id = c.of(row, column, -1);
  if (row === 0) return 0;
  const { threads } = c.state;
  const named = threads.find(id);
  if (named !== 0 && c.of(named, column, -1) === id) return named;
  let oldest = row;
  for (let up = threads.ancestor(row, 1), i = 0; up !== 0 && i < MAX_DEPTH; i++) {
    if (c.of(up, column, -1) !== id) break;
    oldest = up;
    up = threads.ancestor(up, 1);
  }
  return oldest;
}

/** Events that change a thread's user or group, and that add or remove accounts. `-1` leaves an id as it is. */
import type { EventCursor } from '@waspglass/scap';
import { T, THREAD_WIDTH } from './columns.ts';
import type { State } from './state.hot.ts';

/** setuid: the new id is parameter 1. */
export function setuid(s: State, e: EventCursor): void {
  setId(s, e, 1, T.uid);
}

/** setreuid, setresuid: the effective id is parameter 2. */
export function setEffectiveUid(s: State, e: EventCursor): void {
  setId(s, e, 2, T.uid);
}

export function setgid(s: State, e: EventCursor): void {
  setId(s, e, 1, T.gid);
}

export function setEffectiveGid(s: State, e: EventCursor): void {
  setId(s, e, 2, T.gid);
}

function setId(s: State, c: EventCursor, param: number, column: number): void {
  const e = s.event(c);
  if (e.i32(0, -1) !== 0) return;
  const id = e.i32(param, -1);
  if (id !== -1) s.threads.rows[s.thread * THREAD_WIDTH + column] = id;
}

/** useradded, userdeleted: uid, gid, name, home, shell, container. */
export function useradded(s: State, e: EventCursor): void {
  const text = (i: number) => s.symbols.text(s.text(e, i));
  const user = { uid: e.i32(0, 0) >>> 0, gid: e.i32(1, 0) >>> 0, name: text(2), home: text(3), shell: text(4) };
  if (e.len(5) > 1) s.users.setContainedUser(text(5), user);
  else s.users.setUser(user);
}

export function userdeleted(s: State, e: EventCursor): void {
  if (e.len(5) <= 1) s.users.removeUser(e.i32(0, -1));
  else s.users.removeContainedUser(s.symbols.text(s.text(e, 5)), e.i32(0, -1));
}

export function groupadded(s: State, e: EventCursor): void {
  if (e.len(2) <= 1) s.users.setGroup(e.i32(0, 0) >>> 0, s.symbols.text(s.text(e, 1)));
}

export function groupdeleted(s: State, e: EventCursor): void {
  if (e.len(2) <= 1) s.users.removeGroup(e.i32(0, -1));
}

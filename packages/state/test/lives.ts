/** Many short lives, for tests that memory stays flat. */
import { ScapReader } from '@waspglass/scap';
import { type State, sweepSymbols } from '../src/index.ts';
import { cloned, encode, event, executed, freshState, type Made } from './stream.ts';

/** Ids come again after this many processes, as a kernel's do. */
const IDS = 5000;

/** A process from its birth to its end; its parent reports it before it does, after that, or after its end. */
function life(tid: number, order: number): Made[] {
  const born = event('SYSCALL_VFORK_20_X', tid, ...cloned(0, tid, tid, 100));
  const told = event('SYSCALL_VFORK_20_X', 100, ...cloned(tid, 100, 100, 1));
  const image = event('SYSCALL_EXECVE_19_X', tid, ...executed(0, tid, 100, 'true', `${tid}\0`, '/bin/true'));
  const opened = event('SYSCALL_OPENAT_2_X', tid, 3, -100, `/tmp/${tid}`, 1, 0, 0, 0);
  const ended = event('PROCEXIT_1_E', tid, 0, 0, 0, 0, 1);
  if (order === 0) return [told, born, image, opened, ended];
  return order === 1 ? [born, image, told, opened, ended] : [born, image, opened, ended, told];
}

function feed(state: State, chunk: Uint8Array, times: number): void {
  const reader = new ScapReader(
    {
      onEvent: (c) => {
        state.before(c);
        state.after(c);
        if (state.symbols.crowded) sweepSymbols(state);
      },
    },
    { headless: true },
  );
  for (let i = 0; i < times; i++) reader.push(chunk);
  reader.end();
}

/** Plays processes from birth to end, a million or fewer; returns what is left. */
export function liveAndDie(lives: number): State {
  const ids = Array.from({ length: IDS }, (_, i) => 1000 + i);
  const chunk = encode(ids.flatMap((tid, i) => life(tid, i % 3)));
  const state = freshState();
  feed(state, chunk, lives / IDS);
  return state;
}

/** Chunks of a capture's events: each of `count` processes is cloned, runs its own program, opens its own path and ends. */
export function* manyLives(count: number): Generator<Uint8Array> {
  const PIECE = 5000;
  for (let from = 0; from < count; from += PIECE) {
    const events: Made[] = [];
    for (let i = from; i < Math.min(from + PIECE, count); i++) {
      const tid = 1000 + (i % 30_000);
      events.push(
        event('SYSCALL_CLONE_20_X', 100, ...cloned(tid, 100, 100, 1)),
        event('SYSCALL_EXECVE_19_X', tid, ...executed(0, tid, 100, `x${i}`, `-${i}\0`, `/tmp/x${i}`)),
        event('SYSCALL_OPENAT_2_X', tid, 3, -100, `/srv/${i}/file`, 1, 0, 0, 0),
        event('PROCEXIT_1_E', tid, 0, 0, 0, 0, 1),
      );
    }
    yield encode(events);
  }
}

/** Chunks of a capture's events: one process opens and closes `count` files of different names. */
export function* manyPaths(count: number): Generator<Uint8Array> {
  const PIECE = 10_000;
  for (let from = 0; from < count; from += PIECE) {
    const events: Made[] = [];
    for (let i = from; i < Math.min(from + PIECE, count); i++) {
      events.push(
        event('SYSCALL_OPENAT_2_X', 100, 3, -100, `/srv/data/${i % 977}/${i}.tmp`, 1, 0, 0, 0),
        event('SYSCALL_CLOSE_X', 100, 0, 3),
      );
    }
    yield encode(events);
  }
}

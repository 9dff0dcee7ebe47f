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

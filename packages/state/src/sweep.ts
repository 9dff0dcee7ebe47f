/**
 * Forgets texts that the state holds no more. Whatever number in its arrays could be a symbol counts as one: a few texts
 * too many are kept, none that is needed is lost, and a new column needs no entry here. Only between two events: while
 * one is handled, symbols are on their way that no array holds yet.
 */
import type { State } from './state.hot.ts';

export function sweepSymbols(state: State): void {
  const { symbols, threads, descriptors, directories, paths } = state;
  symbols.sweep([threads.rows, descriptors.entries, directories.held]);
  paths.forget();
  state.fdName = 0;
}

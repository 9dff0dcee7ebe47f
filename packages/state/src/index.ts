export {
  cloneMark,
  exeFlag,
  F,
  FD_TYPE_MASK,
  fdFlag,
  fdType,
  L4_SHIFT,
  l4,
  T,
  THREAD_WIDTH,
  threadFlag,
} from './columns.ts';
export type { Container, Mount } from './containers.ts';
export { fdParams, NO_FD } from './dialect.ts';
export type { Snapshot } from './lists.hot.ts';
export { loadDescriptors, loadProcess, loadUsers, snapshot } from './lists.hot.ts';
export type { StateOptions, StateStats } from './options.ts';
export { State } from './state.hot.ts';
export { sweepSymbols } from './sweep.ts';
export { addressText, SymbolMemo, splitList, Texts } from './texts.ts';
export type { User } from './users.ts';

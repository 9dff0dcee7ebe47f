/**
 * The words of the event columns in `calls.ts`, as numbers for the encoder: operation in the low byte, two operands above
 * it. A word that is not in the table is a defect of the table and throws when the module is loaded.
 */
export const op = {
  RET: 0,
  FD: 1,
  U32: 2,
  U64: 3,
  U8: 4,
  STR: 5,
  DATA: 6,
  OUT: 7,
  IN: 8,
  ADDR: 9,
  ZERO8: 10,
  ZERO32: 11,
  ZERO64: 12,
  OPEN: 13,
  MODE: 14,
  HOW_OPEN: 15,
  HOW_MODE: 16,
  HOW_RESOLVE: 17,
  DEV: 18,
  INO: 19,
  MOVED: 20,
  PAIR: 21,
  AUX: 22,
  CLONE: 23,
  FCNTL: 24,
  PTRACE: 25,
  DYN: 26,
  DYNRET: 27,
  PRCTL_STR: 28,
  PRCTL_INT: 29,
  NONE: 30,
} as const;

/** `word` or `word` with a digit at its end: operand 1. */
const WORDS: Readonly<Record<string, number>> = {
  ret: op.RET,
  fd: op.FD,
  s: op.FD,
  u: op.U32,
  q: op.U64,
  b: op.U8,
  str: op.STR,
  data: op.DATA,
  out: op.OUT,
  in: op.IN,
  addr: op.ADDR,
  zero8: op.ZERO8,
  zero32: op.ZERO32,
  zero64: op.ZERO64,
  open: op.OPEN,
  mode: op.MODE,
  'how:open': op.HOW_OPEN,
  'how:mode': op.HOW_MODE,
  'how:resolve': op.HOW_RESOLVE,
  dev: op.DEV,
  ino: op.INO,
  moved: op.MOVED,
  pair: op.PAIR,
  aux: op.AUX,
  clone: op.CLONE,
  fcntl: op.FCNTL,
  ptrace: op.PTRACE,
  dyn: op.DYN,
  dynret: op.DYNRET,
  prctlstr: op.PRCTL_STR,
  prctlint: op.PRCTL_INT,
  none: op.NONE,
};

/** `fd0`, `open:2`, `mode:2:3`, `how:open` → operation | first << 8 | second << 16. */
export function parseWord(word: string): number {
  const whole = WORDS[word];
  if (whole !== undefined) return whole;
  const [, name = '', first = '', second = '0'] = /^([a-z]+):?(\d)(?::(\d))?$/.exec(word) ?? [];
  const operation = WORDS[name];
  if (operation === undefined) throw new Error(`unknown value "${word}" in the table of calls`);
  return operation | (Number(first) << 8) | (Number(second) << 16);
}

/**
 * The words of the event columns in `calls.ts`, as numbers for the encoder: operation in the low byte, two operands above
 * it. A word that is not in the table is a defect of the table and throws when the module is loaded.
 */
import { converters } from './scap-flags.hot.ts';

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
  U16: 31,
  RET32: 32,
  HILO: 33,
  PART16: 34,
  PART32: 35,
  PART64: 36,
  LIMIT: 37,
  LIMIT32: 38,
  TIME: 39,
  TIME32: 40,
  BEFORE: 41,
  VM: 42,
  FDS: 43,
  SEM: 44,
  LEVEL_NAME: 45,
  LEVEL_VALUE: 46,
  TURNED: 47,
  KEY: 48,
  SET_STRING: 49,
  CONVERT8: 50,
  CONVERT16: 51,
  CONVERT32: 52,
  CONVERTED_PART: 53,
  OPENED: 54,
  HOW_OPENED: 55,
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
  opened: op.OPENED,
  'how:open': op.HOW_OPEN,
  'how:opened': op.HOW_OPENED,
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
  h: op.U16,
  retlow: op.RET32,
  hilo: op.HILO,
  pword: op.PART16,
  pint: op.PART32,
  plong: op.PART64,
  limit: op.LIMIT,
  limitint: op.LIMIT32,
  time: op.TIME,
  timeint: op.TIME32,
  before: op.BEFORE,
  vm: op.VM,
  fds: op.FDS,
  sem: op.SEM,
  optname: op.LEVEL_NAME,
  optval: op.LEVEL_VALUE,
  turned: op.TURNED,
  key: op.KEY,
  setstr: op.SET_STRING,
};

const CONVERT: Readonly<Record<number, number>> = { 8: op.CONVERT8, 16: op.CONVERT16, 32: op.CONVERT32 };

/** `fd0`, `open:2`, `mode:2:3`, `how:open` → operation | first << 8 | second << 16. */
export function parseWord(word: string): number {
  const whole = WORDS[word];
  if (whole !== undefined) return whole;
  const [, name = '', first = '', second = '0'] = /^([a-z]+):?(\d)(?::(\d))?$/.exec(word) ?? [];
  const converter = converters.findIndex((row) => row.word === name);
  const width = converters[converter]?.bits ?? 0;
  if (converter >= 0) {
    // of an argument, or of the 32-bit word `second` of part `first` when there are two numbers
    if (!/:\d:\d$/.test(word)) return (CONVERT[width] ?? 0) | (Number(first) << 8) | (converter << 16);
    return op.CONVERTED_PART | (Number(first) << 8) | (converter << 16) | (Number(second) << 24);
  }
  const operation = WORDS[name];
  if (operation === undefined) throw new Error(`unknown value "${word}" in the table of calls`);
  return operation | (Number(first) << 8) | (Number(second) << 16);
}

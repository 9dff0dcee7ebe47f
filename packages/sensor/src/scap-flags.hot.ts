/**
 * Linux's flags and enumerations as captures number them (x86-64 and the generic values; they are equal where used).
 */

/** Pairs of Linux bit and capture bit. */
type Bits = readonly (readonly [linux: number, scap: number])[];

function map(value: number, bits: Bits): number {
  let out = 0;
  for (let i = 0; i < bits.length; i++) if ((value & bits[i]![0]) !== 0) out |= bits[i]![1];
  return out;
}

const OPEN: Bits = [
  [0o100, 1 << 2],
  [0o2000, 1 << 3],
  [0o10000, 1 << 4],
  [0o200, 1 << 5],
  [0o4000, 1 << 6],
  [0o1000, 1 << 8],
  [0o40000, 1 << 9],
  [0o200000, 1 << 10],
  [0o100000, 1 << 11],
  [0o2000000, 1 << 12],
];
const O_SYNC = 0o4010000;
const O_TMPFILE = 0o20200000;

export function openFlags(value: number): number {
  const access = value & 3;
  let out = map(value, OPEN) | (access === 0 ? 1 : access === 1 ? 2 : 3);
  if ((value & O_SYNC) === O_SYNC) out |= 1 << 7;
  if ((value & O_TMPFILE) === O_TMPFILE) out |= 1 << 13;
  return out;
}

/** The mode counts only where a file may be made. */
export function openMode(flags: number, mode: number): number {
  return (flags & 0o100) !== 0 || (flags & O_TMPFILE) === O_TMPFILE ? mode & 0o7777 : 0;
}

const CLONE: Bits = [
  [0x100, 1 << 15],
  [0x200, 1 << 1],
  [0x400, 1 << 0],
  [0x800, 1 << 11],
  [0x2000, 1 << 10],
  [0x4000, 1 << 27],
  [0x8000, 1 << 8],
  [0x10000, 1 << 13],
  [0x20000, 1 << 5],
  [0x40000, 1 << 12],
  [0x80000, 1 << 25],
  [0x100000, 1 << 9],
  [0x200000, 1 << 23],
  [0x800000, 1 << 14],
  [0x1000000, 1 << 24],
  [0x2000000, 1 << 28],
  [0x4000000, 1 << 7],
  [0x8000000, 1 << 3],
  [0x10000000, 1 << 20],
  [0x20000000, 1 << 6],
  [0x40000000, 1 << 4],
  [0x80000000, 1 << 2],
];
/** The child lives in a pid namespace of its own: its number in the parent's result is not the one in captures. */
export const CLONE_CHILD_IN_PIDNS = 1 << 29;

export function cloneFlags(value: number): number {
  return map(value, CLONE);
}

/** fcntl commands: 0–16 are consecutive; the rest by number. */
const FCNTL: Readonly<Record<number, number>> = {
  0: 1,
  1: 2,
  2: 3,
  3: 4,
  4: 5,
  5: 6,
  6: 8,
  7: 9,
  8: 10,
  9: 12,
  10: 13,
  11: 15,
  15: 21,
  16: 22,
  36: 30,
  37: 31,
  38: 32,
  1024: 23,
  1025: 24,
  1026: 27,
  1029: 25,
  1030: 26,
  1031: 28,
  1032: 29,
};

export function fcntlCommand(value: number): number {
  return FCNTL[value] ?? 0;
}

/** AT_REMOVEDIR */
export function unlinkatFlags(value: number): number {
  return (value & 0x200) !== 0 ? 1 : 0;
}

const AT: Bits = [
  [0x400, 1],
  [0x1000, 2],
];
/** AT_SYMLINK_FOLLOW, AT_EMPTY_PATH */
export function linkatFlags(value: number): number {
  return map(value, AT);
}

const AT_OWNER: Bits = [
  [0x100, 1],
  [0x1000, 2],
];
/** AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH */
export function fchownatFlags(value: number): number {
  return map(value, AT_OWNER);
}

/** Device number of the kernel's inside (12 bits major, 20 minor) as user space sees it. */
export function userDevice(value: number): number {
  const minor = value & 0xfffff;
  return ((minor & 0xff) | ((value >>> 20) << 8) | ((minor & ~0xff) << 12)) >>> 0;
}

/** ptrace requests: the first ten are consecutive. */
const PTRACE: Readonly<Record<number, number>> = { 16: 11, 17: 12, 24: 13 };

export function ptraceRequest(value: number): number {
  return value >= 0 && value <= 9 ? value + 1 : (PTRACE[value] ?? 0);
}

export function prctlOption(value: number): number {
  return value;
}

/**
 * Linux's flags and enumerations as captures number them. The pairs come from the schema's two tables by name; what takes
 * more than a table (access modes, flags of several bits) is here.
 */
import { type FlagTable, flagTables, kernelFlags } from '@waspglass/schema';

/** Linux bit, capture bit, for the flags of one bit that both tables have. */
function bitPairs(kernel: FlagTable, scap: FlagTable): Int32Array {
  const pairs: number[] = [];
  for (const [name, bit] of kernel.entries) {
    const out = scap.values.get(name);
    if (out !== undefined && out !== 0 && Number.isInteger(Math.log2(bit))) pairs.push(bit, out);
  }
  return Int32Array.from(pairs);
}

function map(value: number, pairs: Int32Array): number {
  let out = 0;
  for (let i = 0; i < pairs.length; i += 2) if ((value & pairs[i]!) !== 0) out |= pairs[i + 1]!;
  return out;
}

/** Linux number → capture number of an enumeration. */
function numbers(kernel: FlagTable, scap: FlagTable): ReadonlyMap<number, number> {
  return new Map(kernel.entries.map(([name, value]) => [value, scap.values.get(name) ?? 0]));
}

function kernelValue(table: FlagTable, name: string): number {
  const value = table.values.get(name);
  if (value === undefined) throw new Error(`the table ${table.name} has no ${name}`);
  return value;
}

const O_ACCMODE = 3;
const O_CREAT = kernelValue(kernelFlags.open, 'O_CREAT');
const O_SYNC = kernelValue(kernelFlags.open, 'O_SYNC');
const O_TMPFILE = kernelValue(kernelFlags.open, 'O_TMPFILE');
const SCAP_SYNC = kernelValue(flagTables.file_flags, 'O_SYNC');
const SCAP_TMPFILE = kernelValue(flagTables.file_flags, 'O_TMPFILE');
const OPEN = bitPairs(
  { ...kernelFlags.open, entries: kernelFlags.open.entries.filter(([, bit]) => bit > O_ACCMODE) },
  flagTables.file_flags,
);

export const O_F_CREATED = 1 << 14;

export function openFlags(value: number): number {
  // capture: 1 read, 2 write, 3 both
  let out = map(value, OPEN) | Math.min((value & O_ACCMODE) + 1, 3);
  if ((value & O_SYNC) === O_SYNC) out |= SCAP_SYNC;
  if ((value & O_TMPFILE) === O_TMPFILE) out |= SCAP_TMPFILE;
  return out;
}

/** The mode counts only where a file may be made. */
export function openMode(flags: number, mode: number): number {
  return (flags & O_CREAT) !== 0 || (flags & O_TMPFILE) === O_TMPFILE ? mode & 0o7777 : 0;
}

const RESOLVE = Int32Array.of(0x08, 1, 0x10, 2, 0x02, 4, 0x04, 8, 0x01, 16, 0x20, 32);

/** RESOLVE_ flags of openat2. */
export function resolveFlags(value: number): number {
  return map(value, RESOLVE);
}

const CLONE = bitPairs(kernelFlags.clone, flagTables.clone_flags);
/** The child lives in a pid namespace of its own: its number in the parent's result is not the one in captures. */
export const CLONE_CHILD_IN_PIDNS = 1 << 29;

export function cloneFlags(value: number): number {
  return map(value, CLONE);
}

const FCNTL = numbers(kernelFlags.fcntl, flagTables.fcntl_commands);

export function fcntlCommand(value: number): number {
  return FCNTL.get(value) ?? 0;
}

const PTRACE = numbers(kernelFlags.ptrace, flagTables.ptrace_requests);

export function ptraceRequest(value: number): number {
  return PTRACE.get(value) ?? 0;
}

const PROT = bitPairs(
  {
    ...flagTables.prot_flags,
    entries: [...flagTables.prot_flags.entries.slice(0, 4), ['PROT_GROWSDOWN', 1 << 24], ['PROT_GROWSUP', 1 << 25]],
  },
  flagTables.prot_flags,
);
const MMAP = bitPairs(kernelFlags.mmap, flagTables.mmap_flags);
const MS_MAGIC = 0xc0ed;

/** Pairs of Linux number and capture number. */
function list(...pairs: number[]): ReadonlyMap<number, number> {
  const entries: [number, number][] = [];
  for (let i = 0; i + 1 < pairs.length; i += 2) entries.push([pairs[i] ?? 0, pairs[i + 1] ?? 0]);
  return new Map(entries);
}

const POLL = Int32Array.of(1, 1, 2, 2, 4, 4, 8, 16, 16, 32, 32, 64, 64, 128, 128, 256, 256, 512, 512, 1024, 0x2000, 8);
const SEM_COMMANDS = list(
  0,
  4,
  1,
  2,
  2,
  1,
  3,
  8,
  11,
  256,
  12,
  512,
  13,
  64,
  14,
  128,
  15,
  1024,
  16,
  4096,
  17,
  2048,
  18,
  32,
  19,
  16,
);
const QUOTA_COMMANDS = list(1, 128, 2, 1, 3, 2, 4, 4, 5, 8, 6, 16, 7, 32, 8, 64);
const EXEC_AT = Int32Array.of(0x1000, 1, 0x100, 2);
const SEM_GET = Int32Array.of(0x200, 8192, 0x400, 16384);
const SEM_OP = Int32Array.of(0x800, 1, 0x1000, 2);
const DELETE_MODULE = Int32Array.of(0x800, 2, 0x200, 1);
/** Bits above the second moved up: captures have one of their own there. */
const URING_MOVED = 0x7c;
const UNKNOWN_RESOURCE = 255;
const MOST_RESOURCE = 15;
const SOL_SOCKET = 1;
const SOL_TCP = 6;
const SO_COOKIE = 57;
const SCAP_SO_COOKIE = 53;
const SHARED_OPTIONS = 52;

export function semFlags(value: number): number {
  return map(value, SEM_OP);
}

export function pollFlags(value: number): number {
  return map(value, POLL);
}

/** SO_ options; those of other levels have no names. */
export function optionName(level: number, name: number): number {
  if (level !== SOL_SOCKET) return 0;
  if (name === SO_COOKIE) return SCAP_SO_COOKIE;
  return name >= 0 && name <= SHARED_OPTIONS ? name : 0;
}

export interface Converter {
  /** Word of the event columns in `calls.ts`. */
  readonly word: string;
  readonly bits: 8 | 16 | 32;
  readonly convert: (value: number) => number;
}

/** Conversions of one number into another. */
export const converters: readonly Converter[] = [
  { word: 'prot', bits: 32, convert: (v) => map(v, PROT) },
  { word: 'mmap', bits: 32, convert: (v) => map(v, MMAP) },
  { word: 'mount', bits: 32, convert: (v) => (v >>> 16 === MS_MAGIC ? v & 0xffff : v) },
  { word: 'execat', bits: 32, convert: (v) => map(v, EXEC_AT) },
  { word: 'uring', bits: 32, convert: (v) => (v & 3) | ((v & URING_MOVED) << 1) },
  { word: 'pidfd', bits: 32, convert: (v) => (v & 0x800 ? 1 : 0) },
  { word: 'delmod', bits: 32, convert: (v) => map(v, DELETE_MODULE) },
  { word: 'epoll', bits: 32, convert: (v) => (v & 0x80000 ? 1 : 0) },
  { word: 'openbits', bits: 32, convert: (v) => map(v, OPEN) },
  { word: 'semget', bits: 32, convert: (v) => (v & 0o777) | map(v, SEM_GET) },
  { word: 'semcmd', bits: 16, convert: (v) => SEM_COMMANDS.get(v & 0xff) ?? 0 },
  { word: 'quotacmd', bits: 16, convert: (v) => QUOTA_COMMANDS.get((v >> 8) & 0xff) ?? 0 },
  { word: 'quotatype', bits: 8, convert: (v) => ((v & 0xff) === 0 ? 1 : (v & 0xff) === 1 ? 2 : 0) },
  { word: 'resource', bits: 8, convert: (v) => (v < 0 || v > MOST_RESOURCE ? UNKNOWN_RESOURCE : v) },
  { word: 'level', bits: 8, convert: (v) => (v === SOL_SOCKET ? 1 : v === SOL_TCP ? 2 : 0) },
  { word: 'nonblock', bits: 32, convert: (v) => (v & 0x800 ? 1 : 0) },
];

/** Device number of the kernel's inside (12 bits major, 20 minor) as user space sees it. */
export function userDevice(value: number): number {
  const minor = value & 0xfffff;
  return ((minor & 0xff) | ((value >>> 20) << 8) | ((minor & ~0xff) << 12)) >>> 0;
}

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

/** Device number of the kernel's inside (12 bits major, 20 minor) as user space sees it. */
export function userDevice(value: number): number {
  const minor = value & 0xfffff;
  return ((minor & 0xff) | ((value >>> 20) << 8) | ((minor & ~0xff) << 12)) >>> 0;
}

/**
 * Decodes the lists that stand before the events: machine, processes, descriptors, interfaces, users. Layouts differ by
 * block type; where entries carry their own length, unknown members at the end are skipped by it.
 */
import { block } from './blocks.ts';
import type { ByteReader } from './byte-reader.ts';
import {
  type DescriptorEntry,
  descriptorEntry,
  fdType,
  type GroupEntry,
  type InterfaceEntry,
  type MachineEntry,
  type ProcessEntry,
  processEntry,
  type UserEntry,
} from './entries.ts';

const HOSTNAME_BYTES = 128;
/** Fewer bytes than this cannot be an entry: padding. */
const LEAST_ENTRY = 4;

export function decodeMachine(r: ByteReader): MachineEntry {
  const cpus = r.u32();
  const memory = r.u64();
  const maxPid = r.u64();
  const name = r.bytes(HOSTNAME_BYTES);
  const zero = name.indexOf(0);
  return {
    cpus,
    memory,
    maxPid,
    hostname: zero < 0 ? name : name.subarray(0, zero),
    bootTime: r.left >= 8 ? r.u64() : 0n,
  };
}

/** Members of a process that the classic layout has no room for. */
export type ProcessExtras = Pick<
  ProcessEntry,
  'tty' | 'pidnsStart' | 'exeUpperLayer' | 'exeFromMemfd' | 'exeIno' | 'exeCtime' | 'exeMtime'
>;

/** Our own block: u32 length, i64 tid, i32 tty, u8 bits, 4 × u64. */
export function decodeExtras(r: ByteReader): Map<number, ProcessExtras> {
  const extras = new Map<number, ProcessExtras>();
  while (r.left >= LEAST_ENTRY) {
    const start = r.at;
    const outer = r.enter(start, r.u32());
    const tid = r.i64();
    const tty = r.i32();
    const bits = r.u8of();
    const [exeIno, exeCtime, exeMtime, pidnsStart] = [r.u64(), r.u64(), r.u64(), r.u64()];
    const flags = { exeUpperLayer: (bits & 1) !== 0, exeFromMemfd: (bits & 2) !== 0 };
    extras.set(tid, { tty, ...flags, exeIno, exeCtime, exeMtime, pidnsStart });
    r.leave(outer);
  }
  return extras;
}

export function decodeProcesses(
  r: ByteReader,
  version: number,
  extras: ReadonlyMap<number, ProcessExtras>,
  each: (p: ProcessEntry) => void,
): void {
  while (r.left >= LEAST_ENTRY) {
    const start = r.at;
    if (version < 9) {
      each(decodeProcess(r, version));
      continue;
    }
    const outer = r.enter(start, r.u32());
    const entry = { ...decodeProcess(r, version), ...decodeTail(r) };
    const more = extras.get(entry.tid);
    each(more === undefined ? entry : { ...entry, ...more });
    r.leave(outer);
  }
}

function decodeProcess(r: ByteReader, version: number): ProcessEntry {
  const ids = { tid: r.i64(), pid: r.i64(), ptid: r.i64() };
  const sid = version >= 6 ? r.i64() : -1;
  const vpgid = version >= 8 ? r.i64() : -1;
  const [comm, exe] = [r.text(), r.text()];
  const exepath = version >= 7 ? r.text() : new Uint8Array(0);
  const [args, cwd, fdlimit] = [r.text(), r.text(), r.u64()];
  const owner = { flags: r.u32(), uid: r.u32(), gid: r.u32() };
  const base = processEntry({ ...ids, sid, vpgid, comm, exe, exepath, args, cwd, fdlimit, ...owner });
  return version < 2 ? base : { ...base, ...decodeMemory(r), ...decodeNamespaces(r, version) };
}

function decodeMemory(r: ByteReader): Partial<ProcessEntry> {
  return { vmSize: r.u32(), vmRss: r.u32(), vmSwap: r.u32(), pfMajor: r.i64(), pfMinor: r.i64() };
}

function decodeNamespaces(r: ByteReader, version: number): Partial<ProcessEntry> {
  if (version < 3) return {};
  const env = r.text();
  if (version < 4) return { env };
  const rest = { env, vtid: r.i64(), vpid: r.i64(), cgroups: r.text() };
  return version < 5 ? rest : { ...rest, root: r.text() };
}

/** loginuid, exe_writable and three capability sets: the whole tail of writers before libs 0.10. */
const OLD_TAIL = 29;

/** Later writers put two members in front of the old tail and more behind: only the length tells. */
function decodeTail(r: ByteReader): Partial<ProcessEntry> {
  const entry: { -readonly [K in keyof ProcessEntry]?: ProcessEntry[K] } = {};
  if (r.left > OLD_TAIL) {
    entry.pidnsStart = r.u64();
    entry.tty = r.i32();
  }
  if (r.left >= 4) entry.loginuid = r.u32();
  if (r.left >= 1) entry.exeWritable = r.u8of() !== 0;
  if (r.left >= 8) entry.capInheritable = r.u64();
  if (r.left >= 8) entry.capPermitted = r.u64();
  if (r.left >= 8) entry.capEffective = r.u64();
  if (r.left >= 1) entry.exeUpperLayer = r.u8of() !== 0;
  if (r.left >= 8) entry.exeIno = r.u64();
  if (r.left >= 8) entry.exeCtime = r.u64();
  if (r.left >= 8) entry.exeMtime = r.u64();
  if (r.left >= 1) entry.exeFromMemfd = r.u8of() !== 0;
  return entry;
}

export function decodeDescriptors(r: ByteReader, type: number): { tid: number; entries: DescriptorEntry[] } {
  const tid = r.i64();
  const entries: DescriptorEntry[] = [];
  while (r.left >= LEAST_ENTRY) {
    if (type !== block.DESCRIPTORS_2) {
      entries.push(decodeDescriptor(r, false));
      continue;
    }
    const start = r.at;
    const outer = r.enter(start, r.u32());
    entries.push(decodeDescriptor(r, true));
    r.leave(outer);
  }
  return { tid, entries };
}

function decodeDescriptor(r: ByteReader, sized: boolean): DescriptorEntry {
  const head = { fd: r.i64(), ino: r.u64(), type: r.u8of() };
  switch (head.type) {
    case fdType.IPV4:
      return descriptorEntry({
        ...head,
        sip: r.bytes(4),
        dip: r.bytes(4),
        sport: r.u16(),
        dport: r.u16(),
        proto: r.u8of(),
      });
    case fdType.IPV6:
      return descriptorEntry({
        ...head,
        sip: r.bytes(16),
        dip: r.bytes(16),
        sport: r.u16(),
        dport: r.u16(),
        proto: r.u8of(),
      });
    case fdType.IPV4_SERVER:
      return descriptorEntry({ ...head, sip: r.bytes(4), sport: r.u16(), proto: r.u8of() });
    case fdType.IPV6_SERVER:
      return descriptorEntry({ ...head, sip: r.bytes(16), sport: r.u16(), proto: r.u8of() });
    case fdType.UNIX:
      return descriptorEntry({ ...head, source: r.u64(), destination: r.u64(), name: r.text() });
    case fdType.FILE_2:
      return descriptorEntry({ ...head, flags: r.u32(), name: r.text(), dev: sized && r.left >= 4 ? r.u32() : 0 });
    case fdType.UNKNOWN:
      return descriptorEntry(head);
    default:
      if (head.type <= fdType.PIDFD) return descriptorEntry({ ...head, name: r.text() });
      if (!sized) throw r.damaged(`a descriptor of unknown type ${head.type}`);
      return descriptorEntry(head);
  }
}

const INTERFACE = { IPV4: 1, IPV6: 2, IPV4_NO_SPEED: 3, IPV6_NO_SPEED: 4 } as const;

export function decodeInterfaces(r: ByteReader, type: number): InterfaceEntry[] {
  const entries: InterfaceEntry[] = [];
  while (r.left >= LEAST_ENTRY) {
    if (type !== block.INTERFACES_2) {
      const entry = decodeInterface(r);
      if (entry === undefined) throw r.damaged('an interface of unknown type');
      entries.push(entry);
      continue;
    }
    const length = r.u32();
    const outer = r.enter(r.at, length);
    const entry = decodeInterface(r);
    if (entry !== undefined) entries.push(entry);
    r.leave(outer);
  }
  return entries;
}

function decodeInterface(r: ByteReader): InterfaceEntry | undefined {
  const type = r.u16();
  const nameLength = r.u16();
  if (type < INTERFACE.IPV4 || type > INTERFACE.IPV6_NO_SPEED) return undefined;
  const size = type === INTERFACE.IPV4 || type === INTERFACE.IPV4_NO_SPEED ? 4 : 16;
  const addresses = { address: r.bytes(size), mask: r.bytes(size), broadcast: r.bytes(size) };
  const linkSpeed = type <= INTERFACE.IPV6 ? r.u64() : 0n;
  return { ...addresses, linkSpeed, name: r.bytes(nameLength) };
}

export function decodeUsers(r: ByteReader, type: number): { users: UserEntry[]; groups: GroupEntry[] } {
  const users: UserEntry[] = [];
  const groups: GroupEntry[] = [];
  while (r.left >= LEAST_ENTRY) {
    const start = r.at;
    const outer = type === block.USERS_2 ? r.enter(start, r.u32()) : r.end;
    const isUser = r.u8of() === 0;
    if (isUser) users.push({ uid: r.u32(), gid: r.u32(), name: r.text(), home: r.text(), shell: r.text() });
    else groups.push({ gid: r.u32(), name: r.text() });
    if (type === block.USERS_2) r.leave(outer);
  }
  return { users, groups };
}

/**
 * Encodes the blocks that stand before a file's events, in the layouts that sysdig 0.29.3 and later read: processes 0x215,
 * descriptors 0x218, interfaces 0x219, users 0x220. Texts are cut at the lengths those readers accept. A list that would
 * exceed what readers take in one block is split over several.
 */
import { BYTE_ORDER_MAGIC, block } from './blocks.ts';
import { ByteWriter } from './byte-writer.ts';
import {
  type DescriptorEntry,
  fdType,
  type GroupEntry,
  type InterfaceEntry,
  type MachineEntry,
  type ProcessEntry,
  type UserEntry,
} from './entries.ts';

/** Longest texts of each kind, in bytes. */
export const textLimits = { path: 1023, args: 4096, env: 4096, cgroups: 4096, name: 255, hostname: 127 } as const;

/** A list block is closed when it is longer than this. */
const SPLIT_BYTES = 1 << 20;

/** First block of every file. */
export function encodeSection(): Uint8Array {
  return inBlock(block.SECTION, (w) => {
    w.u32(BYTE_ORDER_MAGIC);
    w.u16(1);
    w.u16(2);
    w.u64(0xffffffffffffffffn);
  });
}

export function encodeMachine(machine: MachineEntry): Uint8Array {
  return inBlock(block.MACHINE, (w) => {
    w.u32(machine.cpus);
    w.u64(machine.memory);
    w.u64(machine.maxPid);
    w.fixed(machine.hostname.subarray(0, textLimits.hostname), textLimits.hostname + 1);
    w.u64(machine.bootTime);
    for (let reserved = 0; reserved < 3; reserved++) w.u64(0n);
  });
}

/**
 * The process list. Its entries end with the members that sysdig 0.29.3 expects at the end; the others go into a block of
 * our own in front of it, which every other reader skips.
 */
export function encodeProcesses(processes: readonly ProcessEntry[]): Uint8Array {
  const extras = inBlocks(block.PROCESS_EXTRAS, processes.filter(hasExtras), putExtras);
  const list = inBlocks(block.PROCESSES_9, processes, putProcess);
  return concat([...extras, ...list]);
}

function hasExtras(p: ProcessEntry): boolean {
  return p.tty !== 0 || p.exeUpperLayer || p.exeFromMemfd || (p.exeIno | p.exeCtime | p.exeMtime | p.pidnsStart) !== 0n;
}

function putExtras(w: ByteWriter, p: ProcessEntry): void {
  w.i64(p.tid);
  w.u32(p.tty);
  w.u8of((p.exeUpperLayer ? 1 : 0) | (p.exeFromMemfd ? 2 : 0));
  for (const value of [p.exeIno, p.exeCtime, p.exeMtime, p.pidnsStart]) w.u64(value);
}

function putProcess(w: ByteWriter, p: ProcessEntry): void {
  for (const id of [p.tid, p.pid, p.ptid, p.sid, p.vpgid]) w.i64(id);
  for (const path of [p.comm, p.exe, p.exepath]) w.text(path, textLimits.path);
  w.text(p.args, textLimits.args);
  w.text(p.cwd, textLimits.path);
  w.u64(p.fdlimit);
  for (const value of [p.flags, p.uid, p.gid, p.vmSize, p.vmRss, p.vmSwap]) w.u32(value);
  w.i64(p.pfMajor);
  w.i64(p.pfMinor);
  w.text(p.env, textLimits.env);
  w.i64(p.vtid);
  w.i64(p.vpid);
  w.text(p.cgroups, textLimits.cgroups);
  w.text(p.root, textLimits.path);
  w.u32(p.loginuid);
  w.u8of(p.exeWritable ? 1 : 0);
  for (const set of [p.capInheritable, p.capPermitted, p.capEffective]) w.u64(set);
}

/** Types above this make sysdig 0.29.3 refuse the whole file; they are written as UNSUPPORTED, with their name. */
const LAST_CLASSIC_TYPE = fdType.FILE_2;

/** The descriptors of one process. Entries of unknown type are left out. */
export function encodeDescriptors(tid: number, descriptors: readonly DescriptorEntry[]): Uint8Array {
  const known = descriptors.filter((d) => d.type > fdType.UNKNOWN && d.type <= fdType.PIDFD);
  return concat(inBlocks(block.DESCRIPTORS_2, known, putDescriptor, (w) => w.i64(tid)));
}

function putDescriptor(w: ByteWriter, d: DescriptorEntry): void {
  w.i64(d.fd);
  w.u64(d.ino);
  w.u8of(d.type > LAST_CLASSIC_TYPE ? fdType.UNSUPPORTED : d.type);
  if (d.type === fdType.IPV4 || d.type === fdType.IPV6) putSocket(w, d, d.type === fdType.IPV4 ? 4 : 16);
  else if (d.type === fdType.IPV4_SERVER || d.type === fdType.IPV6_SERVER)
    putServer(w, d, d.type === fdType.IPV4_SERVER ? 4 : 16);
  else if (d.type === fdType.UNIX) {
    w.u64(d.source);
    w.u64(d.destination);
    w.text(d.name, textLimits.path);
  } else if (d.type === fdType.FILE_2) {
    w.u32(d.flags);
    w.text(d.name, textLimits.path);
    w.u32(d.dev);
  } else w.text(d.name, textLimits.path);
}

function putSocket(w: ByteWriter, d: DescriptorEntry, size: number): void {
  w.fixed(d.sip, size);
  w.fixed(d.dip, size);
  w.u16(d.sport);
  w.u16(d.dport);
  w.u8of(d.proto);
}

function putServer(w: ByteWriter, d: DescriptorEntry, size: number): void {
  w.fixed(d.sip, size);
  w.u16(d.sport);
  w.u8of(d.proto);
}

export function encodeInterfaces(interfaces: readonly InterfaceEntry[]): Uint8Array {
  return inBlock(block.INTERFACES_2, (w) => {
    // Readers expect the addresses of version 4 first. Here, unlike in the other lists, the length leaves itself out.
    for (const size of [4, 16]) {
      for (const i of interfaces) if (i.address.length === size) putInterface(w, i, size);
    }
  });
}

function putInterface(w: ByteWriter, i: InterfaceEntry, size: number): void {
  const name = i.name.subarray(0, textLimits.name);
  w.u32(12 + 3 * size + name.length);
  w.u16(size === 4 ? 1 : 2);
  w.u16(name.length);
  for (const address of [i.address, i.mask, i.broadcast]) w.fixed(address, size);
  w.u64(i.linkSpeed);
  w.bytes(name);
}

export function encodeUsers(users: readonly UserEntry[], groups: readonly GroupEntry[]): Uint8Array {
  return inBlock(block.USERS_2, (w) => {
    for (const user of users) putSized(w, user, putUser);
    for (const group of groups) putSized(w, group, putGroup);
  });
}

function putUser(w: ByteWriter, user: UserEntry): void {
  w.u8of(0);
  w.u32(user.uid);
  w.u32(user.gid);
  for (const text of [user.name, user.home, user.shell]) w.text(text, textLimits.name);
}

function putGroup(w: ByteWriter, group: GroupEntry): void {
  w.u8of(1);
  w.u32(group.gid);
  w.text(group.name, textLimits.name);
}

/** u32 length (its own four bytes included), then the entry. */
function putSized<T>(w: ByteWriter, entry: T, put: (w: ByteWriter, entry: T) => void): void {
  const start = w.length;
  w.u32(0);
  put(w, entry);
  w.setU32(start, w.length - start);
}

function inBlock(type: number, put: (w: ByteWriter) => void): Uint8Array {
  const w = new ByteWriter();
  w.u32(type);
  w.u32(0);
  put(w);
  while (w.length % 4 !== 0) w.u8of(0);
  const length = w.length + 4;
  w.setU32(4, length);
  w.u32(length);
  return w.done();
}

/** As many blocks of sized entries as are needed; each begins with what `head` puts. */
function inBlocks<T>(
  type: number,
  entries: readonly T[],
  put: (w: ByteWriter, entry: T) => void,
  head: (w: ByteWriter) => void = () => undefined,
): Uint8Array[] {
  const blocks: Uint8Array[] = [];
  for (let next = 0; next < entries.length; ) {
    blocks.push(
      inBlock(type, (w) => {
        head(w);
        do putSized(w, entries[next++] as T, put);
        while (next < entries.length && w.length < SPLIT_BYTES);
      }),
    );
  }
  return blocks;
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

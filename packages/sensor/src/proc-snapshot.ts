/**
 * The state of the victim when recording begins, as the entries that a capture starts with. Everything is read from
 * outside, through /proc; what cannot be read is left out and the rest kept.
 */
import { statSync } from 'node:fs';
import os from 'node:os';
import {
  type DescriptorEntry,
  type GroupEntry,
  type InterfaceEntry,
  type MachineEntry,
  type ProcessEntry,
  processEntry,
  type UserEntry,
  utf8,
} from '@waspglass/scap';
import { readDescriptors } from './proc-descriptors.ts';
import { numbersIn, readProc, readProcLink, readProcText, readStat, readStatus, readVictimFile } from './proc-files.ts';
import { Networks, readInterfaces } from './proc-network.ts';
import { victimPids } from './proc-tree.ts';

export interface Snapshot {
  readonly machine: MachineEntry;
  readonly processes: readonly ProcessEntry[];
  /** Process id → its descriptors. */
  readonly descriptors: ReadonlyMap<number, readonly DescriptorEntry[]>;
  readonly users: readonly UserEntry[];
  readonly groups: readonly GroupEntry[];
  readonly interfaces: readonly InterfaceEntry[];
}

const EMPTY = new Uint8Array(0);
const NO_LOGIN = 0xffffffff;
const MOST_THREADS = 1024;
const MOST_USERS = 4096;
/** CLONE_FILES and CLONE_THREAD as captures number them. */
const THREAD_FLAGS = 1 | (1 << 13);

export function snapshotProc(initPid: number): Snapshot {
  const networks = new Networks();
  const processes: ProcessEntry[] = [];
  const descriptors = new Map<number, readonly DescriptorEntry[]>();
  for (const pid of victimPids(initPid)) {
    const entries = readProcess(pid);
    if (entries.length === 0) continue;
    processes.push(...entries);
    descriptors.set(pid, readDescriptors(pid, networks.of(pid)));
  }
  return {
    machine: readMachine(initPid),
    processes,
    descriptors,
    users: readUsers(initPid),
    groups: readGroups(initPid),
    interfaces: readInterfaces(initPid),
  };
}

function readMachine(initPid: number): MachineEntry {
  const name = readVictimFile(`/proc/${initPid}/root/etc/hostname`)?.toString('latin1').split('\n')[0]?.trim();
  const bootSeconds = /^btime (\d+)$/m.exec(readProcText('/proc/stat') ?? '')?.[1] ?? '0';
  return {
    cpus: os.cpus().length,
    memory: BigInt(os.totalmem()),
    maxPid: BigInt((readProcText('/proc/sys/kernel/pid_max') ?? '4194304').trim()),
    hostname: utf8(name === undefined || name === '' ? os.hostname() : name),
    bootTime: BigInt(bootSeconds) * 1_000_000_000n,
  };
}

/** The process's threads, main thread first; empty when it has ended. */
function readProcess(pid: number): ProcessEntry[] {
  const directory = `/proc/${pid}`;
  const stat = readStat(directory);
  if (stat === undefined) return [];
  const status = readStatus(directory);
  const main = processEntry({
    ...idsOf(pid, status),
    ptid: Number(stat.fields[1]),
    sid: Number(stat.fields[3]),
    comm: Buffer.from(stat.comm, 'latin1'),
    ...programOf(directory, stat.comm),
    ...memoryOf(status, stat.fields),
    ...credentialsOf(directory, status),
    tty: Number(stat.fields[4]) >>> 0,
    cgroups: utf8('cpu=/\0'),
    fdlimit: fdLimit(directory),
  });
  const others = numbersIn(`${directory}/task`)
    .filter((tid) => tid !== pid)
    .slice(0, MOST_THREADS)
    .map((tid) => threadOf(main, tid));
  return [main, ...others];
}

function threadOf(main: ProcessEntry, tid: number): ProcessEntry {
  const directory = `/proc/${main.pid}/task/${tid}`;
  const comm = readStat(directory)?.comm;
  const vtid = lastNumber(readStatus(directory).get('NSpid'), tid);
  return {
    ...main,
    tid,
    vtid,
    flags: THREAD_FLAGS,
    comm: comm === undefined ? main.comm : Buffer.from(comm, 'latin1'),
  };
}

/** The last of several numbers: the one of the innermost namespace. */
function lastNumber(text: string | undefined, otherwise: number): number {
  const last = text?.split(/\s+/).at(-1);
  return last === undefined || last === '' ? otherwise : Number(last);
}

function idsOf(pid: number, status: ReadonlyMap<string, string>) {
  const vpid = lastNumber(status.get('NStgid'), pid);
  return {
    tid: pid,
    pid,
    vpid,
    vtid: lastNumber(status.get('NSpid'), pid),
    vpgid: lastNumber(status.get('NSpgid'), -1),
  };
}

function programOf(directory: string, comm: string) {
  const line = readProc(`${directory}/cmdline`) ?? Buffer.alloc(0);
  const end = line.indexOf(0);
  const cut = end < 0 ? line.length : end;
  const exe = readProcLink(`${directory}/exe`) ?? EMPTY;
  return {
    exe: cut === 0 ? Buffer.from(comm, 'latin1') : line.subarray(0, cut),
    args: line.subarray(Math.min(cut + 1, line.length)),
    exepath: exe,
    env: readProc(`${directory}/environ`) ?? EMPTY,
    cwd: readProcLink(`${directory}/cwd`) ?? EMPTY,
    root: utf8('/'),
    exeFromMemfd: Buffer.from(exe).subarray(0, 7).toString('latin1') === '/memfd:',
    ...exeInode(directory),
  };
}

function exeInode(directory: string) {
  try {
    const { ino, ctimeNs, mtimeNs } = statSync(`${directory}/exe`, { bigint: true });
    return { exeIno: ino, exeCtime: ctimeNs, exeMtime: mtimeNs };
  } catch {
    return {};
  }
}

function memoryOf(status: ReadonlyMap<string, string>, fields: readonly string[]) {
  const kib = (name: string) => Number.parseInt(status.get(name) ?? '0', 10);
  return {
    vmSize: kib('VmSize'),
    vmRss: kib('VmRSS'),
    vmSwap: kib('VmSwap'),
    pfMinor: Number(fields[7] ?? 0),
    pfMajor: Number(fields[9] ?? 0),
  };
}

function credentialsOf(directory: string, status: ReadonlyMap<string, string>) {
  const effective = (name: string) => Number(status.get(name)?.split(/\s+/)[1] ?? 0);
  const caps = (name: string) => BigInt(`0x${status.get(name) ?? '0'}`);
  const loginuid = (readProcText(`${directory}/loginuid`) ?? '').trim();
  return {
    uid: effective('Uid'),
    gid: effective('Gid'),
    loginuid: loginuid === '' ? NO_LOGIN : Number(loginuid),
    capInheritable: caps('CapInh'),
    capPermitted: caps('CapPrm'),
    capEffective: caps('CapEff'),
  };
}

function fdLimit(directory: string): bigint {
  const soft = /^Max open files\s+(\d+)/m.exec(readProcText(`${directory}/limits`) ?? '')?.[1];
  return BigInt(soft ?? '1024');
}

function records(path: string): string[][] {
  const text = readVictimFile(path)?.toString('latin1') ?? '';
  return text
    .split('\n', MOST_USERS)
    .map((line) => line.split(':'))
    .filter((fields) => /^\d{1,10}$/.test(fields[2] ?? ''));
}

function readUsers(initPid: number): UserEntry[] {
  return records(`/proc/${initPid}/root/etc/passwd`).map(([name = '', , uid, gid, , home = '', shell = '']) => ({
    uid: Number(uid) >>> 0,
    gid: Number(gid) >>> 0,
    name: Buffer.from(name, 'latin1'),
    home: Buffer.from(home, 'latin1'),
    shell: Buffer.from(shell, 'latin1'),
  }));
}

function readGroups(initPid: number): GroupEntry[] {
  return records(`/proc/${initPid}/root/etc/group`).map(([name = '', , gid]) => ({
    gid: Number(gid) >>> 0,
    name: Buffer.from(name, 'latin1'),
  }));
}

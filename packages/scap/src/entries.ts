/**
 * What a capture's lists say about the machine when recording began. Texts are bytes as the kernel had them (attackers
 * choose them; they need not be UTF-8); 64-bit identities are bigint, everything else a number.
 */
export interface SectionEntry {
  readonly major: number;
  readonly minor: number;
}

export interface MachineEntry {
  readonly cpus: number;
  /** Bytes. */
  readonly memory: bigint;
  readonly maxPid: bigint;
  readonly hostname: Uint8Array;
  /** Nanoseconds since the epoch; 0 when the writer didn't know. */
  readonly bootTime: bigint;
}

export interface ProcessEntry {
  readonly tid: number;
  readonly pid: number;
  readonly ptid: number;
  /** -1 when unknown, as are `vpgid`, `vtid`, `vpid`. */
  readonly sid: number;
  readonly vpgid: number;
  readonly comm: Uint8Array;
  readonly exe: Uint8Array;
  readonly exepath: Uint8Array;
  /** Each argument (without argv[0]) followed by a zero byte; `env` and `cgroups` (`subsystem=path`) likewise. */
  readonly args: Uint8Array;
  readonly cwd: Uint8Array;
  readonly fdlimit: bigint;
  /** Bits of the clone flags table. */
  readonly flags: number;
  readonly uid: number;
  readonly gid: number;
  /** KiB. */
  readonly vmSize: number;
  readonly vmRss: number;
  readonly vmSwap: number;
  readonly pfMajor: number;
  readonly pfMinor: number;
  readonly env: Uint8Array;
  readonly vtid: number;
  readonly vpid: number;
  readonly cgroups: Uint8Array;
  readonly root: Uint8Array;
  /** 4294967295 when never logged in. */
  readonly loginuid: number;
  readonly exeWritable: boolean;
  readonly capInheritable: bigint;
  readonly capPermitted: bigint;
  readonly capEffective: bigint;
  /** Device number of the terminal, 0 when none. */
  readonly tty: number;
  /** When the process's pid namespace began, ns. */
  readonly pidnsStart: bigint;
  readonly exeUpperLayer: boolean;
  readonly exeFromMemfd: boolean;
  readonly exeIno: bigint;
  readonly exeCtime: bigint;
  readonly exeMtime: bigint;
}

/** Kinds of descriptors; the numbers are the format's. */
export const fdType = {
  UNKNOWN: 0,
  FILE: 1,
  DIRECTORY: 2,
  IPV4: 3,
  IPV6: 4,
  IPV4_SERVER: 5,
  IPV6_SERVER: 6,
  FIFO: 7,
  UNIX: 8,
  EVENT: 9,
  UNSUPPORTED: 10,
  SIGNALFD: 11,
  EVENTPOLL: 12,
  INOTIFY: 13,
  TIMERFD: 14,
  NETLINK: 15,
  /** A file with open flags and device. */
  FILE_2: 16,
  BPF: 17,
  USERFAULTFD: 18,
  IOURING: 19,
  MEMFD: 20,
  PIDFD: 21,
} as const;

/** Members that a kind doesn't have are empty or 0. */
export interface DescriptorEntry {
  readonly fd: number;
  readonly ino: bigint;
  /** A value of `fdType`. */
  readonly type: number;
  /** Path, or what /proc shows for the descriptor; empty for internet sockets. */
  readonly name: Uint8Array;
  /** Open flags (table `file_flags`) and device of FILE_2. */
  readonly flags: number;
  readonly dev: number;
  /** Addresses of 4 or 16 bytes; a server socket has the source only. */
  readonly sip: Uint8Array;
  readonly dip: Uint8Array;
  readonly sport: number;
  readonly dport: number;
  /** A value of `l4proto`. */
  readonly proto: number;
  /** Kernel addresses of a unix socket's two ends. */
  readonly source: bigint;
  readonly destination: bigint;
}

export const l4proto = { UNKNOWN: 0, NA: 1, TCP: 2, UDP: 3, ICMP: 4, RAW: 5 } as const;

export interface InterfaceEntry {
  readonly name: Uint8Array;
  /** 4 or 16 bytes, as are `mask` and `broadcast`. */
  readonly address: Uint8Array;
  readonly mask: Uint8Array;
  readonly broadcast: Uint8Array;
  readonly linkSpeed: bigint;
}

export interface UserEntry {
  readonly uid: number;
  readonly gid: number;
  readonly name: Uint8Array;
  readonly home: Uint8Array;
  readonly shell: Uint8Array;
}

export interface GroupEntry {
  readonly gid: number;
  readonly name: Uint8Array;
}

const EMPTY = new Uint8Array(0);
const encoder = new TextEncoder();

/** Bytes of a text. */
export function utf8(text: string): Uint8Array {
  return encoder.encode(text);
}

/** A process entry from what is known; the rest says "unknown". */
export function processEntry(known: Partial<ProcessEntry> & Pick<ProcessEntry, 'tid'>): ProcessEntry {
  return { ...UNKNOWN_PROCESS, pid: known.tid, ...known };
}

const UNKNOWN_PROCESS: Omit<ProcessEntry, 'tid' | 'pid'> = {
  ptid: 0,
  sid: -1,
  vpgid: -1,
  comm: EMPTY,
  exe: EMPTY,
  exepath: EMPTY,
  args: EMPTY,
  cwd: EMPTY,
  fdlimit: 0n,
  flags: 0,
  uid: 0,
  gid: 0,
  vmSize: 0,
  vmRss: 0,
  vmSwap: 0,
  pfMajor: 0,
  pfMinor: 0,
  env: EMPTY,
  vtid: -1,
  vpid: -1,
  cgroups: EMPTY,
  root: EMPTY,
  loginuid: 0xffffffff,
  exeWritable: false,
  capInheritable: 0n,
  capPermitted: 0n,
  capEffective: 0n,
  tty: 0,
  pidnsStart: 0n,
  exeUpperLayer: false,
  exeFromMemfd: false,
  exeIno: 0n,
  exeCtime: 0n,
  exeMtime: 0n,
};

/** A descriptor entry from what is known; the rest is empty. */
export function descriptorEntry(
  known: Partial<DescriptorEntry> & Pick<DescriptorEntry, 'fd' | 'type'>,
): DescriptorEntry {
  return { ...UNKNOWN_DESCRIPTOR, ...known };
}

const UNKNOWN_DESCRIPTOR: Omit<DescriptorEntry, 'fd' | 'type'> = {
  ino: 0n,
  name: EMPTY,
  flags: 0,
  dev: 0,
  sip: EMPTY,
  dip: EMPTY,
  sport: 0,
  dport: 0,
  proto: 0,
  source: 0n,
  destination: 0n,
};

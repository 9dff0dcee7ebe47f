/**
 * Layout of the state's typed arrays: which int32 of a row holds what. A 64-bit value takes two columns, low half first.
 * Symbols are ids of the state's symbol table, 0 = not known.
 */

/** int32 values per thread row. */
export const THREAD_WIDTH = 64;

/** Columns of a thread row. */
export const T = {
  tid: 0,
  pid: 1,
  /** Process id of the parent as the kernel told it; the parent may be unknown. */
  ptid: 2,
  sid: 3,
  /** Process group as the host sees it; -1 when not known. */
  pgid: 4,
  /** Process group as seen in the process's pid namespace; -1 when not known. */
  vpgid: 5,
  vtid: 6,
  vpid: 7,
  comm: 8,
  exe: 9,
  exepath: 10,
  /** Arguments after argv[0], each ended by NUL. */
  args: 11,
  /** Environment, each variable ended by NUL. */
  env: 12,
  /** `subsystem=path`, each ended by NUL. */
  cgroups: 13,
  root: 14,
  uid: 15,
  gid: 16,
  loginuid: 17,
  tty: 18,
  /** Bits of `threadFlag`. */
  flags: 19,
  /** Bits of `exeFlag`. */
  exeFlags: 20,
  capInheritable: 21,
  capPermitted: 23,
  capEffective: 25,
  exeIno: 27,
  exeCtime: 29,
  exeMtime: 31,
  /** Time of the clone or of the start, ns since the epoch; 0 when not known. */
  start: 33,
  pidnsStart: 35,
  fdLimit: 37,
  pfMajor: 39,
  pfMinor: 40,
  vmSize: 41,
  vmRss: 42,
  vmSwap: 43,
  /** Descriptor table (row of `Descriptors`); 0 = none yet. */
  fds: 44,
  /** Working directory (row of `Directories`); 0 = none yet. */
  cwd: 45,
  /** Row of the process's main thread; itself for a main thread. */
  main: 46,
  /** In the main thread's row: rows of this process, itself included when alive. */
  members: 47,
  /** Rows of the tree of processes; 0 = none. */
  parent: 48,
  firstChild: 49,
  nextSibling: 50,
  previousSibling: 51,
  /** Who reported this thread's clone so far: see `cloneMark`. */
  mark: 52,
  /** Symbol of the command line, 0 = not made yet. */
  cmdline: 53,
  /** Enter event kept for the exit event: offset and size class in `Pending`, type + 1. */
  pending: 54,
  pendingClass: 55,
  pendingType: 56,
  /** Time of the last enter event. */
  enterTime: 57,
  /** Descriptor in the kept enter event. */
  pendingFd: 61,
  /** Time on processors so far, ns, as switches tell. */
  ran: 62,
  /** Next free row while the row is free. */
  nextFree: 59,
  /** Row is in use. */
  used: 60,
} as const;

export const threadFlag = {
  /** Made for an event of a thread that nobody has announced. */
  invalid: 1,
  /** The thread is gone, its row stays for the other threads of the process. */
  dead: 2,
  /** Its children and their children are adopted by it (PR_SET_CHILD_SUBREAPER). */
  subreaper: 4,
} as const;

export const cloneMark = { none: 0, byParent: 1, byChild: 2 } as const;

/** Bits of the parameter `flags` of execve. */
export const exeFlag = { writable: 1, upperLayer: 2, fromMemfd: 4, lowerLayer: 8 } as const;

/** int32 values per descriptor. */
export const FD_WIDTH = 8;

/** Columns of a descriptor. */
export const F = {
  /** `fdType` in the low byte, `fdFlag` bits above, layer-4 protocol in bits 24–27. */
  kind: 0,
  /** Path, or path of a unix socket, or label. */
  name: 1,
  /** Files: path as it was given. Sockets: symbol of the source (client) address. */
  raw: 2,
  source: 2,
  /** Sockets: symbol of the destination (server) address. */
  destination: 3,
  /** Files: open flags. Sockets: source port, destination port << 16. */
  openFlags: 4,
  ports: 4,
  dev: 5,
  ino: 6,
} as const;

/** Kinds of descriptors; 0 = slot is free. */
export const fdType = {
  none: 0,
  file: 1,
  directory: 2,
  ipv4: 3,
  ipv6: 4,
  unix: 5,
  pipe: 6,
  event: 7,
  signalfd: 8,
  eventpoll: 9,
  inotify: 10,
  timerfd: 11,
  netlink: 12,
  bpf: 13,
  userfaultfd: 14,
  iouring: 15,
  memfd: 16,
  pidfd: 17,
  other: 18,
  /** The lists tell that the writer knew no kind for it. */
  unsupported: 19,
} as const;

export const fdFlag = {
  /** This process is the server's end. */
  server: 1 << 8,
  client: 1 << 9,
  /** The tuple has two ends. */
  connected: 1 << 10,
  /** Bound or listening: the tuple has one end, the destination. */
  bound: 1 << 11,
  cloexec: 1 << 12,
  /** File made by the open that gave the descriptor. */
  created: 1 << 13,
  upperLayer: 1 << 14,
  lowerLayer: 1 << 15,
  /** connect() has been started and not yet finished. */
  connecting: 1 << 16,
} as const;

export const FD_TYPE_MASK = 0xff;

/** Layer-4 protocols (our numbers), in bits 24–27 of `kind`. */
export const l4 = { none: 0, tcp: 1, udp: 2, icmp: 3, raw: 4 } as const;
export const L4_SHIFT = 24;

/**
 * The records that the probes put into the ring, and the other structures that C and TypeScript share. This table is the
 * source: `tools/gen-header.ts` makes `bpf/record.gen.h` and `src/record.gen.ts` from it; a test compares both with the
 * object's BTF. Members are in order of declaration, naturally aligned, without holes.
 */
export type Scalar = 'u8' | 'u16' | 'u32' | 's32' | 'u64' | 's64';
/** name, type, count (arrays), sentence */
type Member = readonly [name: string, type: Scalar, count: number, doc: string];

export interface Layout {
  readonly name: string;
  readonly doc: string;
  readonly members: readonly Member[];
}

/** Sizes that the shape `fixed` can have, by number. */
export const fixedSizes = [4, 8, 12, 16, 24, 40] as const;

const sizeOf: Readonly<Record<Scalar, number>> = { u8: 1, u16: 2, u32: 4, s32: 4, u64: 8, s64: 8 };

/** What every record begins with. */
const commonMembers: readonly Member[] = [
  ['time', 'u64', 1, 'CLOCK_BOOTTIME, ns'],
  ['pid', 'u32', 1, 'thread group, in the first pid namespace'],
  ['tid', 'u32', 1, 'thread, in the first pid namespace'],
  ['nr', 'u16', 1, 'system call number of the ABI that was used'],
  ['kind', 'u8', 1, 'one of KIND_'],
  ['shape', 'u8', 1, 'one of SHAPE_: what the parts are'],
  ['cpu', 'u32', 1, 'processor'],
];

const recordLayout: Layout = {
  name: 'wasp_record',
  doc: 'Head of a record; the parts follow back to back. Without parts it ends before `part`, without aux before that.',
  members: [
    ...commonMembers,
    ['ret', 's64', 1, 'result'],
    ['args', 'u64', 6, 'arguments as passed'],
    ['aux', 'u64', 2, 'by shape'],
    ['part', 'u16', 6, 'bytes of each part'],
    ['spare', 'u16', 2, ''],
  ],
};

const moveLayout: Layout = {
  name: 'wasp_move',
  doc: 'Head of KIND_MOVE: a read or write, short because there are so many. Its data follows.',
  members: [
    ...commonMembers,
    ['ret', 's32', 1, 'result'],
    ['fd', 's32', 1, 'argument 0'],
    ['asked', 'u32', 1, 'argument 2'],
    ['kept', 'u32', 1, 'bytes of data that follow'],
  ],
};

const identityLayout: Layout = {
  name: 'wasp_identity',
  doc: 'Who a thread is: first part of clone, exec and fork records.',
  members: [
    ['cap_inheritable', 'u64', 1, 'capabilities'],
    ['cap_permitted', 'u64', 1, ''],
    ['cap_effective', 'u64', 1, ''],
    ['exe_ino', 'u64', 1, 'inode of the executable'],
    ['exe_ctime', 'u64', 1, 'its times, ns since the epoch'],
    ['exe_mtime', 'u64', 1, ''],
    ['maj_flt', 'u64', 1, 'page faults'],
    ['min_flt', 'u64', 1, ''],
    ['fd_limit', 'u64', 1, 'RLIMIT_NOFILE, soft'],
    ['vm_size', 'u32', 1, 'KiB'],
    ['vm_rss', 'u32', 1, ''],
    ['vm_swap', 'u32', 1, ''],
    ['ptid', 'u32', 1, 'parent'],
    ['vtid', 'u32', 1, 'ids as the process sees them itself'],
    ['vpid', 'u32', 1, ''],
    ['vpgid', 'u32', 1, ''],
    ['vsid', 'u32', 1, ''],
    ['pgid', 'u32', 1, 'in the first pid namespace'],
    ['sid', 'u32', 1, ''],
    ['loginuid', 'u32', 1, 'audit login user, all ones when unset'],
    ['tty', 'u32', 1, 'device number as in /proc/PID/stat, 0 for none'],
    ['euid', 'u32', 1, ''],
    ['egid', 'u32', 1, ''],
    ['exe_mode', 'u32', 1, 'mode of the executable'],
    ['exe_uid', 'u32', 1, ''],
    ['exe_gid', 'u32', 1, ''],
    ['exe_nlink', 'u32', 1, '0: deleted'],
    ['exe_layer', 'u32', 1, 'overlay file system: 1 upper, 2 lower, 0 not overlay'],
    ['level', 'u32', 1, 'depth of the pid namespace'],
    ['comm', 'u8', 16, 'NUL-terminated'],
  ],
};

const socketLayout: Layout = {
  name: 'wasp_socket',
  doc: 'Both ends of a socket. Unix sockets: the inode numbers of the ends in the addresses.',
  members: [
    ['family', 'u16', 1, 'AF_INET, AF_INET6 or AF_UNIX'],
    ['protocol', 'u16', 1, ''],
    ['local_port', 'u16', 1, 'host order'],
    ['peer_port', 'u16', 1, 'host order'],
    ['local', 'u8', 16, ''],
    ['peer', 'u8', 16, ''],
  ],
};

const configLayout: Layout = {
  name: 'wasp_config',
  doc: 'Read-only data of the object, set before it is loaded.',
  members: [
    ['full_rate', 'u64', 1, 'bytes of full data that a process may cause in a second'],
    ['full_total', 'u64', 1, 'the same in its life'],
    ['full_file', 'u64', 1, 'bytes of full data kept of one file'],
    ['crowded', 'u64', 1, 'bytes waiting in the bulk ring from which it is thinned'],
    [
      'calls',
      'u32',
      512,
      'for each system call: shape | a << 8 | b << 16 | fd << 24 (numbers of arguments), CALL_ bits',
    ],
    ['compat', 'u32', 512, 'the same for 32-bit calls'],
    ['socketcalls', 'u32', 22, '32-bit number of each call that socketcall stands for, 0: none'],
    ['snap', 'u32', 1, 'bytes of I/O data kept, at most SNAP_MAX'],
    ['self', 'u32', 1, "the sensor's own process, never recorded"],
    ['mount_ns', 'u32', 1, "inode of the victim's mount namespace; 0: go by the process tree alone"],
    ['share', 'u32', 1, 'bulk events of one process in 67 ms while the ring is crowded'],
    ['level', 'u32', 1, 'LEVEL_ of whoever enters the victim from outside'],
    ['sessions', 'u32', 1, 'whether sessions get LEVEL_FULL'],
  ],
};

const countersLayout: Layout = {
  name: 'wasp_counters',
  doc: 'One line per processor; seen = sent + lost_first + lost_bulk + thinned.',
  members: [
    ['seen', 'u64', 1, 'events of the victim that were to be recorded'],
    ['sent', 'u64', 1, 'records put into a ring'],
    ['lost_first', 'u64', 1, 'records that found the ring of the first lane full'],
    ['lost_bulk', 'u64', 1, 'records that found the bulk ring full'],
    ['thinned', 'u64', 1, 'bulk events left out because their process had its share of a crowded ring'],
    ['bytes', 'u64', 1, 'bytes sent'],
    ['unreadable', 'u64', 1, 'parts that user memory did not give'],
    ['overflow', 'u64', 1, 'processes that found the table of the tree full'],
    ['cut', 'u64', 1, 'calls whose full data was cut by a limit'],
    ['spare', 'u64', 7, ''],
  ],
};

const memberLayout: Layout = {
  name: 'wasp_member',
  doc: 'What is kept of a thread group of the victim.',
  members: [
    ['second', 'u64', 1, 'the second (2^30 ns) that rate counts'],
    ['rate', 'u64', 1, 'bytes of full data in it'],
    ['total', 'u64', 1, 'bytes of full data since the beginning'],
    ['window', 'u64', 1, 'the 67 ms (2^26 ns) that count counts'],
    ['count', 'u32', 1, 'bulk events in it while the ring was crowded'],
    ['level', 'u32', 1, 'one of LEVEL_'],
  ],
};

export const layouts: readonly Layout[] = [
  recordLayout,
  moveLayout,
  identityLayout,
  socketLayout,
  configLayout,
  countersLayout,
  memberLayout,
];

/** Record kinds. */
export const kinds = ['none', 'call', 'compat', 'x32', 'fork', 'exec', 'exit', 'signal', 'move'] as const;

/** What the parts of a record are. The probes have one branch for each. */
export const shapes = [
  ['skip', 'not recorded'],
  ['bare', 'arguments only, no aux'],
  ['path', 'path at a'],
  ['path2', 'paths at a and b'],
  ['path3', 'paths at a, a+1 and a+2 (mount)'],
  [
    'open',
    'path at a; aux: device and inode of the result, CREATED when it was made; b > 0: part 1 is the open_how there; fd: where the flags are',
  ],
  ['opened', 'path of the result, names from the leaf up; aux as for open'],
  ['fixed', 'b structures (1–3) at a, a+1 …, each of the size that fd numbers'],
  ['poll', 'pollfds at 0; b = 1: timespec at 2, signal set at 3'],
  ['option', 'value at 3 of length 4 (b = 1: length at 4)'],
  ['memory', 'nothing; aux 0: size and resident set, aux 1: swap, KiB in 32 bits each'],
  ['caps', 'three capability sets'],
  ['ioctl', 'nothing; argument 2 is what it points to for the requests of terminals'],
  ['data', 'bytes at a, as many as the result says'],
  ['vector', 'bytes of the vector at a, b entries'],
  ['sendto', 'bytes at a; socket of fd; address at argument 4 of length 5'],
  ['recvfrom', 'bytes at a; socket of fd; address at argument 4'],
  [
    'message',
    'bytes of the message at a; socket of fd; its address; control data; aux 0: bytes moved (b = 1: several messages)',
  ],
  ['address', 'nothing; socket of fd; address at a of length b'],
  ['accept', 'nothing; socket of fd; its own unix address'],
  ['pair', 'two descriptors at a; aux: their inode numbers'],
  ['clone', 'identity; aux 0: flags (b = 1: read at a)'],
  ['exec', 'identity, file name, executable, directory, environment, arguments'],
  ['execfail', 'path at a, arguments at b'],
] as const satisfies readonly (readonly [string, string])[];

export const numbers = {
  ARG_RET: 6,
  PARTS: 6,
  CALLS: 512,
  PROCESSORS: 256,
  /** A call of the first lane; one that writes; one that becomes a KIND_MOVE. */
  CALL_FIRST: 0x80000000,
  CALL_WRITES: 0x40000000,
  CALL_MOVES: 0x20000000,
  /** In aux 0 of shapes that open: the call made the file. */
  CREATED: 2 ** 32,
  /** Entries of the table in which processes are found without hashing. */
  NEAR: 16384,
  /** Longest I/O data that can be asked for. */
  SNAP_MAX: 4096,
  /** Data kept while the bulk ring is crowded. */
  SNAP_CROWDED: 80,
  /** A call that moved more, of which all is kept, becomes several of this size. */
  PIECE: 0xf000,
  /** Most full data kept of one call. */
  FULL_MAX: 8 << 20,
  /** Whose data is kept whole: nobody's; what a network service writes to files; everything. */
  LEVEL_SNAP: 0,
  LEVEL_SERVICE: 1,
  LEVEL_FULL: 2,
  /** Longest arguments and environment of an exec: with its paths they fit a block of 64 KiB, the most that sysdig reads. */
  ARGUMENTS_MAX: 0xa000,
  ENVIRONMENT_MAX: 0x3fff,
} as const;

export interface PlacedMember {
  readonly name: string;
  readonly type: Scalar;
  readonly count: number;
  readonly offset: number;
  readonly doc: string;
}

/** Members with offsets, and the size of the whole. Refuses tables with holes. */
export function place(layout: Layout): { members: PlacedMember[]; size: number } {
  let offset = 0;
  let align = 1;
  const members = layout.members.map(([name, type, count, doc]) => {
    const size = sizeOf[type];
    if (offset % size !== 0) throw new Error(`${layout.name}.${name} would leave a hole at ${offset}`);
    const at = offset;
    offset += size * count;
    align = Math.max(align, size);
    return { name, type, count, offset: at, doc };
  });
  if (offset % align !== 0) throw new Error(`${layout.name} ends with a hole at ${offset}`);
  return { members, size: offset };
}

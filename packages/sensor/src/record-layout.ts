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

const sizeOf: Readonly<Record<Scalar, number>> = { u8: 1, u16: 2, u32: 4, s32: 4, u64: 8, s64: 8 };

const recordLayout: Layout = {
  name: 'wasp_record',
  doc: 'Head of every record; the parts follow back to back.',
  members: [
    ['len', 'u32', 1, 'bytes of head and parts'],
    ['kind', 'u8', 1, 'one of KIND_'],
    ['shape', 'u8', 1, 'one of SHAPE_: what the parts are'],
    ['nr', 'u16', 1, 'system call number of the ABI that was used'],
    ['time', 'u64', 1, 'CLOCK_BOOTTIME, ns'],
    ['pid', 'u32', 1, 'thread group, in the first pid namespace'],
    ['tid', 'u32', 1, 'thread, in the first pid namespace'],
    ['args', 'u64', 6, 'arguments as passed'],
    ['ret', 's64', 1, 'result'],
    ['aux', 'u64', 2, 'by shape'],
    ['cpu', 'u32', 1, 'processor'],
    ['flags', 'u32', 1, 'bits of FLAG_'],
    ['part', 'u32', 6, 'bytes of each part'],
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
    ['calls', 'u32', 512, 'for each system call: shape | a << 8 | b << 16 | fd << 24 (numbers of arguments)'],
    ['snap', 'u32', 1, 'bytes of I/O data kept, at most SNAP_MAX'],
    ['self', 'u32', 1, "the sensor's own process, never recorded"],
    ['mount_ns', 'u32', 1, "inode of the victim's mount namespace; 0: go by the process tree alone"],
    ['spare', 'u32', 1, ''],
  ],
};

const countersLayout: Layout = {
  name: 'wasp_counters',
  doc: 'One line per processor; seen = sent + lost.',
  members: [
    ['seen', 'u64', 1, 'events of the victim that were to be recorded'],
    ['sent', 'u64', 1, 'records put into the ring'],
    ['lost', 'u64', 1, 'records that found the ring full'],
    ['bytes', 'u64', 1, 'bytes sent'],
    ['unreadable', 'u64', 1, 'parts that user memory did not give'],
    ['overflow', 'u64', 1, 'processes that found the table of the tree full'],
    ['spare', 'u64', 2, ''],
  ],
};

export const layouts: readonly Layout[] = [recordLayout, identityLayout, socketLayout, configLayout, countersLayout];

/** Record kinds. */
export const kinds = ['none', 'call', 'compat', 'fork', 'exec', 'exit'] as const;

/** What the parts of a record are. The probes have one branch for each. */
export const shapes = [
  ['skip', 'not recorded'],
  ['bare', 'arguments only'],
  ['path', 'path at a'],
  ['path2', 'paths at a and b'],
  ['path3', 'paths at a, a+1 and a+2 (mount)'],
  ['open', 'path at a; aux: device and inode of the result; b > 0: part 1 is the open_how there'],
  ['data', 'bytes at a, as many as the result says'],
  ['vector', 'bytes of the vector at a, b entries'],
  ['sendto', 'bytes at a; socket of fd; address at argument 4 of length 5'],
  ['recvfrom', 'bytes at a; socket of fd; address at argument 4'],
  ['message', 'bytes of the message at a; socket of fd; its address; aux 0: bytes moved (b = 1: several messages)'],
  ['address', 'nothing; socket of fd; address at a of length b'],
  ['accept', 'nothing; socket of fd; its own unix address'],
  ['pair', 'two descriptors at a; aux: their inode numbers'],
  ['clone', 'identity; aux 0: flags (b = 1: read at a)'],
  ['exec', 'identity, file name, executable, directory, environment, arguments'],
  ['execfail', 'path at a, arguments at b'],
] as const satisfies readonly (readonly [string, string])[];

export const numbers = {
  ARG_RET: 6,
  FLAG_CUT: 1,
  PARTS: 6,
  CALLS: 512,
  PROCESSORS: 256,
  /** Longest I/O data that can be asked for. */
  SNAP_MAX: 4096,
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

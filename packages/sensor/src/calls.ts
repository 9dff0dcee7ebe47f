/**
 * What is recorded: one row for each system call, with what the probe copies (shape and the arguments it looks at) and the
 * two events that a capture shows. Events are the newest that sysdig 0.29.3 knows; a call that it has no type for takes
 * the later type (0.29.3 skips those), and one that no version has becomes the generic event.
 *
 * Values: `ret` result, `fd3`/`s3` signed, `u3` 32 bits, `q3` 64 bits, `h3` 16, `b3` 8 bits of argument 3, `str0` text of
 * part 0, `data0` bytes of part 0, `out`/`in` socket seen from here/from the peer, `addr` address of part 2, `pint:1:2` the
 * third 32-bit number of part 1; other words with a colon convert: see `value-words.ts`.
 *
 * Two lanes: what processes, files and connections become is never thinned; `bulk` rows are what they move and ask.
 */
import { fixedSizes } from './record-layout.ts';

export interface CallRow {
  readonly shape: string;
  readonly a?: number;
  readonly b?: number;
  readonly fd?: number;
  /** Not of the first lane. */
  readonly bulk?: boolean;
  /** Moves data from the process into the descriptor at argument 0. */
  readonly writes?: boolean;
  /** A plain transfer between descriptor 0 and `size` bytes at 1: `E fd0 u2` and `X ret data0`, in the short form. */
  readonly moves?: boolean;
  /** `EVENT value value …` for the enter and the exit event; missing: generic; '' no event. */
  readonly enter?: string;
  readonly exit?: string;
  /** The event of the current dialect, where it isn't made of those two by the names of their parameters. */
  readonly current?: string;
}

const RET = 6;
const bare = (enter: string, exit: string): CallRow => ({ shape: 'bare', enter, exit });
const path = (a: number, enter: string, exit: string): CallRow => ({ shape: 'path', a, enter, exit });
const paths = (a: number, b: number, enter: string, exit: string): CallRow => ({ shape: 'path2', a, b, enter, exit });
const bulk = (row: CallRow): CallRow => ({ ...row, bulk: true });
const writing = (row: CallRow): CallRow => ({ ...row, writes: true });
const moving = (row: CallRow): CallRow => ({ ...row, moves: true });
const fixed = (a: number, b: number, size: number, enter: string, exit: string): CallRow => ({
  shape: 'fixed',
  a,
  b,
  fd: fixedSizes.indexOf(size as (typeof fixedSizes)[number]),
  enter,
  exit,
});
const memory = (enter: string, exit: string): CallRow => ({
  shape: 'memory',
  bulk: true,
  enter,
  exit: `${exit} ret vm:0 vm:1 vm:2`,
});
const data = (enter: string, exit: string): CallRow => ({ shape: 'data', a: 1, bulk: true, enter, exit });
const vector = (enter: string, exit: string): CallRow => ({
  shape: 'vector',
  a: 1,
  b: 2,
  bulk: true,
  enter,
  exit,
});
const clone = (event: string, extra: Partial<CallRow> = {}): CallRow => ({
  shape: 'clone',
  enter: `${event}_E`,
  exit: `${event}_X`,
  ...extra,
});

const GENERIC: CallRow = { shape: 'bare' };
const NO_FD = 7;

export const calls: Readonly<Record<string, CallRow>> = {
  // files: open, close, read, write
  open: {
    shape: 'open',
    a: 0,
    fd: 1,
    enter: 'SYSCALL_OPEN_E str0 open:1 mode:1:2',
    exit: 'SYSCALL_OPEN_X ret str0 opened:1 mode:1:2 dev ino',
  },
  openat: {
    shape: 'open',
    a: 1,
    fd: 2,
    enter: 'SYSCALL_OPENAT_2_E fd0 str0 open:2 mode:2:3',
    exit: 'SYSCALL_OPENAT_2_X ret fd0 str0 opened:2 mode:2:3 dev ino',
  },
  openat2: {
    shape: 'open',
    a: 1,
    b: 2,
    enter: 'SYSCALL_OPENAT2_E fd0 str0 how:open how:mode how:resolve',
    exit: 'SYSCALL_OPENAT2_X ret fd0 str0 how:opened how:mode how:resolve dev ino',
  },
  creat: { shape: 'open', a: 0, enter: 'SYSCALL_CREAT_E str0 u1', exit: 'SYSCALL_CREAT_X ret str0 u1 dev ino' },
  close: bulk(bare('SYSCALL_CLOSE_E fd0', 'SYSCALL_CLOSE_X ret')),
  close_range: bare('', 'SYSCALL_CLOSE_RANGE_X ret u0 u1 u2'),
  read: moving(data('SYSCALL_READ_E fd0 u2', 'SYSCALL_READ_X ret data0')),
  write: moving(writing(data('SYSCALL_WRITE_E fd0 u2', 'SYSCALL_WRITE_X ret data0'))),
  pread64: data('SYSCALL_PREAD_E fd0 u2 q3', 'SYSCALL_PREAD_X ret data0'),
  pwrite64: writing(data('SYSCALL_PWRITE_E fd0 u2 q3', 'SYSCALL_PWRITE_X ret data0')),
  readv: vector('SYSCALL_READV_E fd0', 'SYSCALL_READV_X ret moved data0'),
  writev: writing(vector('SYSCALL_WRITEV_E fd0 moved', 'SYSCALL_WRITEV_X ret data0')),
  preadv: vector('SYSCALL_PREADV_E fd0 q3', 'SYSCALL_PREADV_X ret moved data0'),
  pwritev: writing(vector('SYSCALL_PWRITEV_E fd0 moved q3', 'SYSCALL_PWRITEV_X ret data0')),
  preadv2: vector('SYSCALL_PREADV_E fd0 q3', 'SYSCALL_PREADV_X ret moved data0'),
  pwritev2: writing(vector('SYSCALL_PWRITEV_E fd0 moved q3', 'SYSCALL_PWRITEV_X ret data0')),
  sendfile: fixed(2, 1, 8, 'SYSCALL_SENDFILE_E fd0 fd1 before:0 q3', 'SYSCALL_SENDFILE_X ret plong:0:0'),
  splice: bare('SYSCALL_SPLICE_E fd0 fd2 q4 u5', 'SYSCALL_SPLICE_X ret'),
  copy_file_range: fixed(
    1,
    3,
    8,
    'SYSCALL_COPY_FILE_RANGE_E fd0 before:0 q4',
    'SYSCALL_COPY_FILE_RANGE_X ret fd2 before:2',
  ),
  dup: bare('SYSCALL_DUP_E fd0', 'SYSCALL_DUP_X ret'),
  dup2: bare('SYSCALL_DUP_E fd0', 'SYSCALL_DUP_X ret'),
  dup3: bare('SYSCALL_DUP_E fd0', 'SYSCALL_DUP_X ret'),
  fcntl: bulk(bare('SYSCALL_FCNTL_E fd0 fcntl:1', 'SYSCALL_FCNTL_X ret')),
  // of the requests of terminals the argument is what it points to: the size of the window, the byte that is pushed
  ioctl: bulk({ shape: 'ioctl', enter: 'SYSCALL_IOCTL_3_E fd0 q1 q2', exit: 'SYSCALL_IOCTL_3_X ret' }),
  flock: bare('SYSCALL_FLOCK_E fd0 u1', 'SYSCALL_FLOCK_X ret'),
  lseek: bulk(bare('SYSCALL_LSEEK_E fd0 q1 b2', 'SYSCALL_LSEEK_X ret')),
  getdents: bulk(bare('SYSCALL_GETDENTS_E fd0', 'SYSCALL_GETDENTS_X ret')),
  getdents64: bulk(bare('SYSCALL_GETDENTS64_E fd0', 'SYSCALL_GETDENTS64_X ret')),
  open_by_handle_at: {
    shape: 'opened',
    enter: 'SYSCALL_OPEN_BY_HANDLE_AT_E',
    exit: 'SYSCALL_OPEN_BY_HANDLE_AT_X ret fd0 open:2 turned0 dev ino',
  },
  signalfd: bare('SYSCALL_SIGNALFD_E fd0 zero32 zero8', 'SYSCALL_SIGNALFD_X ret'),
  pipe: { shape: 'pair', a: 0, enter: 'SYSCALL_PIPE_E', exit: 'SYSCALL_PIPE_X ret pair0 pair1 aux0' },
  pipe2: { shape: 'pair', a: 0, enter: 'SYSCALL_PIPE_E', exit: 'SYSCALL_PIPE_X ret pair0 pair1 aux0' },
  eventfd: bare('SYSCALL_EVENTFD_E q0 zero32', 'SYSCALL_EVENTFD_X ret'),
  eventfd2: bare('SYSCALL_EVENTFD_E q0 zero32', 'SYSCALL_EVENTFD_X ret'),
  signalfd4: bare('SYSCALL_SIGNALFD_E fd0 zero32 zero8', 'SYSCALL_SIGNALFD_X ret'),
  timerfd_create: bare('SYSCALL_TIMERFD_CREATE_E b0 zero8', 'SYSCALL_TIMERFD_CREATE_X ret'),
  inotify_init: bare('SYSCALL_INOTIFY_INIT_E zero8', 'SYSCALL_INOTIFY_INIT_X ret'),
  inotify_init1: bare('SYSCALL_INOTIFY_INIT_E zero8', 'SYSCALL_INOTIFY_INIT_X ret'),
  epoll_create: bare('SYSCALL_EPOLL_CREATE_E u0', 'SYSCALL_EPOLL_CREATE_X ret'),
  epoll_create1: bare('SYSCALL_EPOLL_CREATE1_E epoll:0', 'SYSCALL_EPOLL_CREATE1_X ret'),
  memfd_create: path(0, 'SYSCALL_MEMFD_CREATE_E', 'SYSCALL_MEMFD_CREATE_X ret str0 u1'),

  // names, modes and owners of files
  unlink: path(0, 'SYSCALL_UNLINK_2_E', 'SYSCALL_UNLINK_2_X ret str0'),
  unlinkat: path(1, 'SYSCALL_UNLINKAT_2_E', 'SYSCALL_UNLINKAT_2_X ret fd0 str0 u2'),
  rmdir: path(0, 'SYSCALL_RMDIR_2_E', 'SYSCALL_RMDIR_2_X ret str0'),
  mkdir: path(0, 'SYSCALL_MKDIR_2_E u1', 'SYSCALL_MKDIR_2_X ret str0'),
  mkdirat: path(1, 'SYSCALL_MKDIRAT_E', 'SYSCALL_MKDIRAT_X ret fd0 str0 u2'),
  rename: paths(0, 1, 'SYSCALL_RENAME_E', 'SYSCALL_RENAME_X ret str0 str1'),
  renameat: paths(1, 3, 'SYSCALL_RENAMEAT_E', 'SYSCALL_RENAMEAT_X ret fd0 str0 fd2 str1'),
  renameat2: paths(1, 3, 'SYSCALL_RENAMEAT2_E', 'SYSCALL_RENAMEAT2_X ret fd0 str0 fd2 str1 u4'),
  link: paths(0, 1, 'SYSCALL_LINK_2_E', 'SYSCALL_LINK_2_X ret str0 str1'),
  linkat: paths(1, 3, 'SYSCALL_LINKAT_2_E', 'SYSCALL_LINKAT_2_X ret fd0 str0 fd2 str1 u4'),
  symlink: paths(0, 1, 'SYSCALL_SYMLINK_E', 'SYSCALL_SYMLINK_X ret str0 str1'),
  symlinkat: paths(0, 2, 'SYSCALL_SYMLINKAT_E', 'SYSCALL_SYMLINKAT_X ret str0 fd1 str1'),
  chmod: path(0, 'SYSCALL_CHMOD_E', 'SYSCALL_CHMOD_X ret str0 u1'),
  fchmod: bare('SYSCALL_FCHMOD_E', 'SYSCALL_FCHMOD_X ret fd0 u1'),
  fchmodat: path(1, 'SYSCALL_FCHMODAT_E', 'SYSCALL_FCHMODAT_X ret fd0 str0 u2'),
  fchmodat2: path(1, 'SYSCALL_FCHMODAT_E', 'SYSCALL_FCHMODAT_X ret fd0 str0 u2'),
  chown: path(0, 'SYSCALL_CHOWN_E', 'SYSCALL_CHOWN_X ret str0 u1 u2'),
  lchown: path(0, 'SYSCALL_LCHOWN_E', 'SYSCALL_LCHOWN_X ret str0 u1 u2'),
  fchown: bare('SYSCALL_FCHOWN_E', 'SYSCALL_FCHOWN_X ret fd0 u1 u2'),
  fchownat: path(1, 'SYSCALL_FCHOWNAT_E', 'SYSCALL_FCHOWNAT_X ret fd0 str0 u2 u3 u4'),
  mknod: path(0, 'SYSCALL_MKNOD_E', 'SYSCALL_MKNOD_X ret str0 u1 u2'),
  mknodat: path(1, 'SYSCALL_MKNODAT_E', 'SYSCALL_MKNODAT_X ret fd0 str0 u2 u3'),
  truncate: GENERIC,
  ftruncate: GENERIC,
  setxattr: GENERIC,
  lsetxattr: GENERIC,
  fsetxattr: GENERIC,
  removexattr: GENERIC,
  utimensat: GENERIC,
  utime: GENERIC,
  utimes: GENERIC,
  chdir: path(0, 'SYSCALL_CHDIR_E', 'SYSCALL_CHDIR_X ret str0'),
  fchdir: bare('SYSCALL_FCHDIR_E fd0', 'SYSCALL_FCHDIR_X ret'),
  chroot: path(0, 'SYSCALL_CHROOT_E', 'SYSCALL_CHROOT_X ret str0'),
  pivot_root: GENERIC,
  mount: { shape: 'path3', enter: 'SYSCALL_MOUNT_E mount:3', exit: 'SYSCALL_MOUNT_X ret str0 str1 str2' },
  umount2: path(0, 'SYSCALL_UMOUNT_E u1', 'SYSCALL_UMOUNT_X ret str0'),
  move_mount: GENERIC,
  fsopen: GENERIC,
  fsmount: GENERIC,
  open_tree: GENERIC,

  // questions about files
  stat: bulk(path(0, 'SYSCALL_STAT_E', 'SYSCALL_STAT_X ret str0')),
  lstat: bulk(path(0, 'SYSCALL_LSTAT_E', 'SYSCALL_LSTAT_X ret str0')),
  fstat: bulk(bare('SYSCALL_FSTAT_E fd0', 'SYSCALL_FSTAT_X ret')),
  newfstatat: bulk(path(1, 'SYSCALL_NEWFSTATAT_E', 'SYSCALL_NEWFSTATAT_X ret fd0 str0 u3')),
  access: bulk(path(0, 'SYSCALL_ACCESS_E u1', 'SYSCALL_ACCESS_X ret str0')),
  getcwd: bulk({ shape: 'data', a: 0, fd: NO_FD, enter: 'SYSCALL_GETCWD_E', exit: 'SYSCALL_GETCWD_X ret str0' }),
  quotactl: paths(
    1,
    3,
    'SYSCALL_QUOTACTL_E quotacmd:0 quotatype:0 u2 zero8',
    `SYSCALL_QUOTACTL_X ret str0 str1 ${'zero64 '.repeat(9)}zero8 zero8`,
  ),
  fsconfig: paths(2, 3, 'SYSCALL_FSCONFIG_E', 'SYSCALL_FSCONFIG_X ret fd0 u1 str0 none setstr:0:1 u4'),

  // memory
  mmap: memory('SYSCALL_MMAP_E q0 q1 prot:2 mmap:3 fd4 q5', 'SYSCALL_MMAP_X'),
  munmap: memory('SYSCALL_MUNMAP_E q0 q1', 'SYSCALL_MUNMAP_X'),
  brk: memory('SYSCALL_BRK_4_E q0', 'SYSCALL_BRK_4_X'),
  mprotect: bulk(bare('SYSCALL_MPROTECT_E q0 q1 prot:2', 'SYSCALL_MPROTECT_X ret')),
  mlock: bare('SYSCALL_MLOCK_E', 'SYSCALL_MLOCK_X ret q0 q1'),
  mlock2: bare('SYSCALL_MLOCK2_E', 'SYSCALL_MLOCK2_X ret q0 q1 u2'),
  munlock: bare('SYSCALL_MUNLOCK_E', 'SYSCALL_MUNLOCK_X ret q0 q1'),
  mlockall: bare('SYSCALL_MLOCKALL_E', 'SYSCALL_MLOCKALL_X ret u0'),
  munlockall: bare('SYSCALL_MUNLOCKALL_E', 'SYSCALL_MUNLOCKALL_X ret'),

  // waiting and limits
  poll: bulk({ shape: 'poll', enter: 'SYSCALL_POLL_E fds:0 s2', exit: 'SYSCALL_POLL_X ret fds:1' }),
  ppoll: bulk({
    shape: 'poll',
    b: 1,
    enter: 'SYSCALL_PPOLL_E fds:0 time:1 pint:2:0',
    exit: 'SYSCALL_PPOLL_X ret fds:1',
  }),
  select: bulk(bare('SYSCALL_SELECT_E', 'SYSCALL_SELECT_X ret')),
  epoll_wait: bulk(bare('SYSCALL_EPOLLWAIT_E s2', 'SYSCALL_EPOLLWAIT_X ret')),
  futex: bulk(bare('SYSCALL_FUTEX_E q0 h1 q2', 'SYSCALL_FUTEX_X ret')),
  nanosleep: bulk(fixed(0, 1, 16, 'SYSCALL_NANOSLEEP_E time:0', 'SYSCALL_NANOSLEEP_X ret')),
  getrlimit: bulk(fixed(1, 1, 16, 'SYSCALL_GETRLIMIT_E resource:0', 'SYSCALL_GETRLIMIT_X ret limit:0:0 limit:0:1')),
  setrlimit: fixed(1, 1, 16, 'SYSCALL_SETRLIMIT_E resource:0', 'SYSCALL_SETRLIMIT_X ret limit:0:0 limit:0:1'),
  prlimit64: fixed(
    2,
    2,
    16,
    'SYSCALL_PRLIMIT_E s0 resource:1',
    'SYSCALL_PRLIMIT_X ret limit:0:0 limit:0:1 limit:1:0 limit:1:1',
  ),
  semget: bare('SYSCALL_SEMGET_E u0 u1 semget:2', 'SYSCALL_SEMGET_X ret'),
  semctl: bare('SYSCALL_SEMCTL_E u0 u1 semcmd:2 u3', 'SYSCALL_SEMCTL_X ret'),
  semop: bulk(fixed(1, 1, 12, 'SYSCALL_SEMOP_E u0', 'SYSCALL_SEMOP_X ret u2 sem:0 sem:1 sem:2 sem:3 sem:4 sem:5')),

  // sockets
  socket: bare('SOCKET_SOCKET_E u0 u1 u2', 'SOCKET_SOCKET_X ret'),
  socketpair: {
    shape: 'pair',
    a: 3,
    enter: 'SOCKET_SOCKETPAIR_E u0 u1 u2',
    exit: 'SOCKET_SOCKETPAIR_X ret pair0 pair1 aux0 aux1',
  },
  bind: { shape: 'address', a: 1, b: 2, fd: 0, enter: 'SOCKET_BIND_E fd0', exit: 'SOCKET_BIND_X ret addr' },
  listen: bare('SOCKET_LISTEN_E fd0 u1', 'SOCKET_LISTEN_X ret'),
  connect: {
    shape: 'address',
    a: 1,
    b: 2,
    fd: 0,
    enter: 'SOCKET_CONNECT_E fd0 addr',
    exit: 'SOCKET_CONNECT_X ret out',
  },
  accept: {
    shape: 'accept',
    fd: RET,
    enter: 'SOCKET_ACCEPT_5_E',
    exit: 'SOCKET_ACCEPT_5_X ret in zero8 zero32 zero32',
  },
  accept4: {
    shape: 'accept',
    fd: RET,
    enter: 'SOCKET_ACCEPT4_5_E zero32',
    exit: 'SOCKET_ACCEPT4_5_X ret in zero8 zero32 zero32',
  },
  shutdown: bare('SOCKET_SHUTDOWN_E fd0 b1', 'SOCKET_SHUTDOWN_X ret'),
  sendto: {
    bulk: true,
    shape: 'sendto',
    a: 1,
    fd: 0,
    enter: 'SOCKET_SENDTO_E fd0 u2 out',
    exit: 'SOCKET_SENDTO_X ret data0',
  },
  recvfrom: {
    bulk: true,
    shape: 'recvfrom',
    a: 1,
    fd: 0,
    enter: 'SOCKET_RECVFROM_E fd0 u2',
    exit: 'SOCKET_RECVFROM_X ret data0 in',
  },
  sendmsg: {
    bulk: true,
    shape: 'message',
    a: 1,
    fd: 0,
    enter: 'SOCKET_SENDMSG_E fd0 moved out',
    exit: 'SOCKET_SENDMSG_X ret data0',
  },
  recvmsg: {
    bulk: true,
    shape: 'message',
    a: 1,
    fd: 0,
    enter: 'SOCKET_RECVMSG_E fd0',
    exit: 'SOCKET_RECVMSG_X ret moved data0 in data3',
  },
  // of several messages the first
  sendmmsg: {
    bulk: true,
    shape: 'message',
    a: 1,
    b: 1,
    fd: 0,
    enter: 'SOCKET_SENDMMSG_E',
    exit: 'SOCKET_SENDMMSG_X ret fd0 moved data0 out',
  },
  recvmmsg: {
    bulk: true,
    shape: 'message',
    a: 1,
    b: 1,
    fd: 0,
    enter: 'SOCKET_RECVMMSG_E',
    exit: 'SOCKET_RECVMMSG_X ret fd0 moved data0 in data3',
  },

  getsockname: bulk(bare('SOCKET_GETSOCKNAME_E', 'SOCKET_GETSOCKNAME_X')),
  getpeername: bulk(bare('SOCKET_GETPEERNAME_E', 'SOCKET_GETPEERNAME_X')),
  setsockopt: bulk({
    shape: 'option',
    enter: 'SOCKET_SETSOCKOPT_E',
    exit: 'SOCKET_SETSOCKOPT_X ret fd0 level:1 optname optval u4',
  }),
  getsockopt: bulk({
    shape: 'option',
    b: 1,
    enter: 'SOCKET_GETSOCKOPT_E',
    exit: 'SOCKET_GETSOCKOPT_X ret fd0 level:1 optname optval vm:0',
  }),

  // processes
  clone: clone('SYSCALL_CLONE_20', { a: 0 }),
  clone3: clone('SYSCALL_CLONE3', { a: 0, b: 1 }),
  fork: clone('SYSCALL_FORK_20', { a: 7 }),
  vfork: clone('SYSCALL_VFORK_20', { a: 7 }),
  execve: {
    shape: 'execfail',
    a: 0,
    b: 1,
    enter: 'SYSCALL_EXECVE_19_E str0',
    exit: 'SYSCALL_EXECVE_19_X',
  },
  execveat: {
    shape: 'execfail',
    a: 1,
    b: 2,
    enter: 'SYSCALL_EXECVEAT_E fd0 str0 execat:4',
    exit: 'SYSCALL_EXECVEAT_X',
  },
  kill: bare('SYSCALL_KILL_E s0 b1', 'SYSCALL_KILL_X ret'),
  tkill: bare('SYSCALL_TKILL_E s0 b1', 'SYSCALL_TKILL_X ret'),
  tgkill: bare('SYSCALL_TGKILL_E s0 s1 b2', 'SYSCALL_TGKILL_X ret'),
  pidfd_open: bare('SYSCALL_PIDFD_OPEN_E', 'SYSCALL_PIDFD_OPEN_X ret s0 pidfd:1'),
  pidfd_getfd: bare('SYSCALL_PIDFD_GETFD_E', 'SYSCALL_PIDFD_GETFD_X ret fd0 fd1 u2'),
  pidfd_send_signal: GENERIC,
  ptrace: bare('SYSCALL_PTRACE_E ptrace:0 s1', 'SYSCALL_PTRACE_X ret dyn2 dyn3'),
  process_vm_readv: {
    shape: 'vector',
    a: 1,
    b: 2,
    fd: NO_FD,
    enter: 'SYSCALL_PROCESS_VM_READV_E',
    exit: 'SYSCALL_PROCESS_VM_READV_X ret s0 data0',
  },
  process_vm_writev: {
    shape: 'vector',
    a: 1,
    b: 2,
    fd: NO_FD,
    enter: 'SYSCALL_PROCESS_VM_WRITEV_E',
    exit: 'SYSCALL_PROCESS_VM_WRITEV_X ret s0 data0',
  },
  prctl: path(1, 'SYSCALL_PRCTL_E', 'SYSCALL_PRCTL_X ret u0 prctlstr prctlint'),
  setsid: bare('SYSCALL_SETSID_E', 'SYSCALL_SETSID_X ret'),
  setpgid: bare('SYSCALL_SETPGID_E s0 s1', 'SYSCALL_SETPGID_X ret'),
  setuid: bare('SYSCALL_SETUID_E u0', 'SYSCALL_SETUID_X ret'),
  setgid: bare('SYSCALL_SETGID_E u0', 'SYSCALL_SETGID_X ret'),
  setresuid: bare('SYSCALL_SETRESUID_E u0 u1 u2', 'SYSCALL_SETRESUID_X ret'),
  setresgid: bare('SYSCALL_SETRESGID_E u0 u1 u2', 'SYSCALL_SETRESGID_X ret'),
  setreuid: bare('SYSCALL_SETREUID_E', 'SYSCALL_SETREUID_X ret u0 u1'),
  setregid: bare('SYSCALL_SETREGID_E', 'SYSCALL_SETREGID_X ret u0 u1'),
  getuid: bulk(bare('SYSCALL_GETUID_E', 'SYSCALL_GETUID_X retlow')),
  geteuid: bulk(bare('SYSCALL_GETEUID_E', 'SYSCALL_GETEUID_X retlow')),
  getgid: bulk(bare('SYSCALL_GETGID_E', 'SYSCALL_GETGID_X retlow')),
  getegid: bulk(bare('SYSCALL_GETEGID_E', 'SYSCALL_GETEGID_X retlow')),
  getresuid: bulk(fixed(0, 3, 4, 'SYSCALL_GETRESUID_E', 'SYSCALL_GETRESUID_X ret pint:0:0 pint:1:0 pint:2:0')),
  getresgid: bulk(fixed(0, 3, 4, 'SYSCALL_GETRESGID_E', 'SYSCALL_GETRESGID_X ret pint:0:0 pint:1:0 pint:2:0')),
  setfsuid: GENERIC,
  setfsgid: GENERIC,
  setgroups: GENERIC,
  capset: { shape: 'caps', enter: 'SYSCALL_CAPSET_E', exit: 'SYSCALL_CAPSET_X ret plong:0:0 plong:0:1 plong:0:2' },
  personality: GENERIC,
  unshare: bare('SYSCALL_UNSHARE_E clone:0', 'SYSCALL_UNSHARE_X ret'),
  setns: bare('SYSCALL_SETNS_E fd0 clone:1', 'SYSCALL_SETNS_X ret'),
  seccomp: { ...bare('SYSCALL_SECCOMP_E q0', 'SYSCALL_SECCOMP_X ret'), current: 'SYSCALL_SECCOMP_X ret q0 q1' },

  // the machine
  init_module: path(2, 'SYSCALL_INIT_MODULE_E', 'SYSCALL_INIT_MODULE_X ret none q1 str0'),
  finit_module: path(1, 'SYSCALL_FINIT_MODULE_E', 'SYSCALL_FINIT_MODULE_X ret fd0 str0 u2'),
  delete_module: path(0, 'SYSCALL_DELETE_MODULE_E', 'SYSCALL_DELETE_MODULE_X ret str0 delmod:1'),
  bpf: { ...bare('SYSCALL_BPF_E q0', 'SYSCALL_BPF_X dynret'), current: 'SYSCALL_BPF_2_X ret u0' },
  // what a ring does makes no further calls: its making is the finding
  io_uring_setup: fixed(
    1,
    1,
    40,
    'SYSCALL_IO_URING_SETUP_E',
    'SYSCALL_IO_URING_SETUP_X ret u0 pint:0:0 pint:0:1 uring:0:2 pint:0:3 pint:0:4 pint:0:5',
  ),
  io_uring_register: bare('SYSCALL_IO_URING_REGISTER_E', 'SYSCALL_IO_URING_REGISTER_X ret fd0 h1 q2 u3'),
  io_uring_enter: fixed(4, 1, 8, 'SYSCALL_IO_URING_ENTER_E', 'SYSCALL_IO_URING_ENTER_X ret fd0 u1 u2 u3 pint:0:0'),
  userfaultfd: bare('SYSCALL_USERFAULTFD_E', 'SYSCALL_USERFAULTFD_X ret openbits:0'),
  perf_event_open: GENERIC,
  kexec_load: GENERIC,
  kexec_file_load: GENERIC,
  reboot: GENERIC,
  sethostname: GENERIC,
  setdomainname: GENERIC,
  settimeofday: GENERIC,
  clock_settime: GENERIC,
  adjtimex: GENERIC,
  syslog: GENERIC,
  acct: GENERIC,
  swapon: GENERIC,
  swapoff: GENERIC,
  iopl: GENERIC,
  ioperm: GENERIC,
  add_key: GENERIC,
  keyctl: bare('', 'SYSCALL_KEYCTL_X ret u0 key1 key2 key3 key4'),
};

/** Calls that only ask, and that the tables have no type for: left out unless asked for. */
export const quietCalls: ReadonlySet<string> = new Set(
  (
    'getpid getppid gettid getpgrp getpgid getsid getpriority getrusage times time gettimeofday clock_gettime ' +
    'clock_getres sched_yield rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending sigaltstack set_tid_address ' +
    'set_robust_list get_robust_list rseq arch_prctl madvise getcpu getrandom restart_syscall membarrier mincore ' +
    'sched_getaffinity sched_getparam sched_getscheduler sched_get_priority_max sched_get_priority_min fadvise64 ' +
    'clock_gettime64 clock_getres_time64 fadvise64_64 sigaction sigprocmask sigreturn set_thread_area getgroups'
  ).split(' '),
);

/** What any other call is recorded as. */
export const otherCall: CallRow = bulk(GENERIC);

const seek = 'SYSCALL_LLSEEK_E fd0 hilo:1:2 b4';
const rlimit32 = (name: string) =>
  fixed(1, 1, 8, `SYSCALL_${name}_E resource:0`, `SYSCALL_${name}_X ret limitint:0:0 limitint:0:1`);

/** Rows of 32-bit calls that differ from the call of that name, or have a name of their own. null: generic. */
export const compatCalls: Readonly<Record<string, CallRow | string | null>> = {
  mmap: null,
  mmap2: memory('SYSCALL_MMAP2_E q0 q1 prot:2 mmap:3 fd4 q5', 'SYSCALL_MMAP2_X'),
  stat64: bulk(path(0, 'SYSCALL_STAT64_E', 'SYSCALL_STAT64_X ret str0')),
  lstat64: bulk(path(0, 'SYSCALL_LSTAT64_E', 'SYSCALL_LSTAT64_X ret str0')),
  fstat64: bulk(bare('SYSCALL_FSTAT64_E fd0', 'SYSCALL_FSTAT64_X ret')),
  fstatat64: 'newfstatat',
  _llseek: bulk(bare(seek, 'SYSCALL_LLSEEK_X ret')),
  pread64: data('SYSCALL_PREAD_E fd0 u2 hilo:4:3', 'SYSCALL_PREAD_X ret data0'),
  pwrite64: writing(data('SYSCALL_PWRITE_E fd0 u2 hilo:4:3', 'SYSCALL_PWRITE_X ret data0')),
  preadv: vector('SYSCALL_PREADV_E fd0 hilo:4:3', 'SYSCALL_PREADV_X ret moved data0'),
  pwritev: writing(vector('SYSCALL_PWRITEV_E fd0 moved hilo:4:3', 'SYSCALL_PWRITEV_X ret data0')),
  _newselect: 'select',
  fcntl64: 'fcntl',
  chown32: 'chown',
  lchown32: 'lchown',
  fchown32: 'fchown',
  setuid32: 'setuid',
  setgid32: 'setgid',
  setreuid32: 'setreuid',
  setregid32: 'setregid',
  setresuid32: 'setresuid',
  setresgid32: 'setresgid',
  getuid32: 'getuid',
  getgid32: 'getgid',
  geteuid32: 'geteuid',
  getegid32: 'getegid',
  getresuid32: 'getresuid',
  getresgid32: 'getresgid',
  getresuid: null,
  getresgid: null,
  getrlimit: bulk(rlimit32('GETRLIMIT')),
  ugetrlimit: bulk(rlimit32('GETRLIMIT')),
  setrlimit: rlimit32('SETRLIMIT'),
  umount: path(0, 'SYSCALL_UMOUNT_E zero32', 'SYSCALL_UMOUNT_X ret str0'),
  nanosleep: bulk(fixed(0, 1, 8, 'SYSCALL_NANOSLEEP_E timeint:0', 'SYSCALL_NANOSLEEP_X ret')),
  ppoll: bulk({
    shape: 'poll',
    b: 1,
    enter: 'SYSCALL_PPOLL_E fds:0 timeint:1 pint:2:0',
    exit: 'SYSCALL_PPOLL_X ret fds:1',
  }),
  ppoll_time64: 'ppoll',
  futex_time64: 'futex',
  recvmmsg_time64: 'recvmmsg',
  sendfile64: 'sendfile',
  sendfile: bare('SYSCALL_SENDFILE_E fd0 fd1 zero64 q3', 'SYSCALL_SENDFILE_X ret zero64'),
};

/** Which call the first argument of `socketcall` stands for. */
export const socketCalls: readonly string[] = (
  ' socket bind connect listen accept4 getsockname getpeername socketpair sendto recvfrom sendto recvfrom shutdown ' +
  'setsockopt getsockopt sendmsg recvmsg accept4 recvmmsg sendmmsg'
).split(' ');

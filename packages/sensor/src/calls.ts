/**
 * What is recorded: one row for each system call, with what the probe copies (shape and the arguments it looks at) and the
 * two events that a capture shows. Events are the newest that sysdig 0.29.3 knows; a call that it has no type for takes
 * the later type (0.29.3 skips those), and one that no version has becomes the generic event.
 *
 * Values: `ret` result, `fd3`/`s3` signed, `u3` 32 bits, `q3` 64 bits, `h3` 16, `b3` 8 bits of argument 3, `str0` text of
 * part 0, `data0` bytes of part 0, `out`/`in` socket seen from here/from the peer, `addr` address of part 2; words with a
 * colon convert: see `value-words.ts`.
 */
export interface CallRow {
  readonly shape: string;
  readonly a?: number;
  readonly b?: number;
  readonly fd?: number;
  /** `EVENT value value …` for the enter and the exit event; missing: generic. */
  readonly enter?: string;
  readonly exit?: string;
}

const RET = 6;
const bare = (enter: string, exit: string): CallRow => ({ shape: 'bare', enter, exit });
const path = (a: number, enter: string, exit: string): CallRow => ({ shape: 'path', a, enter, exit });
const paths = (a: number, b: number, enter: string, exit: string): CallRow => ({ shape: 'path2', a, b, enter, exit });
const data = (enter: string, exit: string): CallRow => ({ shape: 'data', a: 1, enter, exit });
const vector = (enter: string, exit: string): CallRow => ({ shape: 'vector', a: 1, b: 2, enter, exit });
const clone = (event: string, extra: Partial<CallRow> = {}): CallRow => ({
  shape: 'clone',
  enter: `${event}_E`,
  exit: `${event}_X`,
  ...extra,
});

const GENERIC: CallRow = { shape: 'bare' };

export const calls: Readonly<Record<string, CallRow>> = {
  // files: open, close, read, write
  open: {
    shape: 'open',
    a: 0,
    enter: 'SYSCALL_OPEN_E str0 open:1 mode:1:2',
    exit: 'SYSCALL_OPEN_X ret str0 open:1 mode:1:2 dev ino',
  },
  openat: {
    shape: 'open',
    a: 1,
    enter: 'SYSCALL_OPENAT_2_E fd0 str0 open:2 mode:2:3',
    exit: 'SYSCALL_OPENAT_2_X ret fd0 str0 open:2 mode:2:3 dev ino',
  },
  openat2: {
    shape: 'open',
    a: 1,
    b: 2,
    enter: 'SYSCALL_OPENAT2_E fd0 str0 how:open how:mode how:resolve',
    exit: 'SYSCALL_OPENAT2_X ret fd0 str0 how:open how:mode how:resolve dev ino',
  },
  creat: { shape: 'open', a: 0, enter: 'SYSCALL_CREAT_E str0 u1', exit: 'SYSCALL_CREAT_X ret str0 u1 dev ino' },
  close: bare('SYSCALL_CLOSE_E fd0', 'SYSCALL_CLOSE_X ret'),
  close_range: bare('SYSCALL_CLOSE_RANGE_E', 'SYSCALL_CLOSE_RANGE_X ret u0 u1 u2'),
  read: data('SYSCALL_READ_E fd0 u2', 'SYSCALL_READ_X ret data0'),
  write: data('SYSCALL_WRITE_E fd0 u2', 'SYSCALL_WRITE_X ret data0'),
  pread64: data('SYSCALL_PREAD_E fd0 u2 q3', 'SYSCALL_PREAD_X ret data0'),
  pwrite64: data('SYSCALL_PWRITE_E fd0 u2 q3', 'SYSCALL_PWRITE_X ret data0'),
  readv: vector('SYSCALL_READV_E fd0', 'SYSCALL_READV_X ret moved data0'),
  writev: vector('SYSCALL_WRITEV_E fd0 moved', 'SYSCALL_WRITEV_X ret data0'),
  preadv: vector('SYSCALL_PREADV_E fd0 q3', 'SYSCALL_PREADV_X ret moved data0'),
  pwritev: vector('SYSCALL_PWRITEV_E fd0 moved q3', 'SYSCALL_PWRITEV_X ret data0'),
  preadv2: vector('SYSCALL_PREADV_E fd0 q3', 'SYSCALL_PREADV_X ret moved data0'),
  pwritev2: vector('SYSCALL_PWRITEV_E fd0 moved q3', 'SYSCALL_PWRITEV_X ret data0'),
  sendfile: bare('SYSCALL_SENDFILE_E fd0 fd1 zero64 q3', 'SYSCALL_SENDFILE_X ret zero64'),
  splice: bare('SYSCALL_SPLICE_E fd0 fd2 q4 u5', 'SYSCALL_SPLICE_X ret'),
  copy_file_range: bare('SYSCALL_COPY_FILE_RANGE_E fd0 zero64 q4', 'SYSCALL_COPY_FILE_RANGE_X ret fd2 zero64'),
  dup: bare('SYSCALL_DUP_E fd0', 'SYSCALL_DUP_X ret'),
  dup2: bare('SYSCALL_DUP_E fd0', 'SYSCALL_DUP_X ret'),
  dup3: bare('SYSCALL_DUP_E fd0', 'SYSCALL_DUP_X ret'),
  fcntl: bare('SYSCALL_FCNTL_E fd0 fcntl:1', 'SYSCALL_FCNTL_X ret'),
  pipe: { shape: 'pair', a: 0, enter: 'SYSCALL_PIPE_E', exit: 'SYSCALL_PIPE_X ret pair0 pair1 aux0' },
  pipe2: { shape: 'pair', a: 0, enter: 'SYSCALL_PIPE_E', exit: 'SYSCALL_PIPE_X ret pair0 pair1 aux0' },
  eventfd: bare('SYSCALL_EVENTFD_E q0 zero32', 'SYSCALL_EVENTFD_X ret'),
  eventfd2: bare('SYSCALL_EVENTFD_E q0 zero32', 'SYSCALL_EVENTFD_X ret'),
  signalfd4: bare('SYSCALL_SIGNALFD_E fd0 zero32 zero8', 'SYSCALL_SIGNALFD_X ret'),
  timerfd_create: bare('SYSCALL_TIMERFD_CREATE_E b0 zero8', 'SYSCALL_TIMERFD_CREATE_X ret'),
  inotify_init: bare('SYSCALL_INOTIFY_INIT_E zero8', 'SYSCALL_INOTIFY_INIT_X ret'),
  inotify_init1: bare('SYSCALL_INOTIFY_INIT_E zero8', 'SYSCALL_INOTIFY_INIT_X ret'),
  epoll_create: bare('SYSCALL_EPOLL_CREATE_E u0', 'SYSCALL_EPOLL_CREATE_X ret'),
  epoll_create1: bare('SYSCALL_EPOLL_CREATE1_E zero32', 'SYSCALL_EPOLL_CREATE1_X ret'),
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
  mount: { shape: 'path3', enter: 'SYSCALL_MOUNT_E u3', exit: 'SYSCALL_MOUNT_X ret str0 str1 str2' },
  umount2: path(0, 'SYSCALL_UMOUNT_E u1', 'SYSCALL_UMOUNT_X ret str0'),
  move_mount: GENERIC,
  fsopen: GENERIC,
  fsmount: GENERIC,
  open_tree: GENERIC,

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
    shape: 'sendto',
    a: 1,
    fd: 0,
    enter: 'SOCKET_SENDTO_E fd0 u2 out',
    exit: 'SOCKET_SENDTO_X ret data0',
  },
  recvfrom: {
    shape: 'recvfrom',
    a: 1,
    fd: 0,
    enter: 'SOCKET_RECVFROM_E fd0 u2',
    exit: 'SOCKET_RECVFROM_X ret data0 in',
  },
  sendmsg: {
    shape: 'message',
    a: 1,
    fd: 0,
    enter: 'SOCKET_SENDMSG_E fd0 moved out',
    exit: 'SOCKET_SENDMSG_X ret data0',
  },
  recvmsg: {
    shape: 'message',
    a: 1,
    fd: 0,
    enter: 'SOCKET_RECVMSG_E fd0',
    exit: 'SOCKET_RECVMSG_X ret moved data0 in',
  },
  // of several messages the first
  sendmmsg: {
    shape: 'message',
    a: 1,
    b: 1,
    fd: 0,
    enter: 'SOCKET_SENDMMSG_E',
    exit: 'SOCKET_SENDMMSG_X ret fd0 moved data0 out',
  },
  recvmmsg: {
    shape: 'message',
    a: 1,
    b: 1,
    fd: 0,
    enter: 'SOCKET_RECVMMSG_E',
    exit: 'SOCKET_RECVMMSG_X ret fd0 moved data0 in none',
  },

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
    enter: 'SYSCALL_EXECVEAT_E fd0 str0 zero32',
    exit: 'SYSCALL_EXECVEAT_X',
  },
  kill: bare('SYSCALL_KILL_E s0 b1', 'SYSCALL_KILL_X ret'),
  tkill: bare('SYSCALL_TKILL_E s0 b1', 'SYSCALL_TKILL_X ret'),
  tgkill: bare('SYSCALL_TGKILL_E s0 s1 b2', 'SYSCALL_TGKILL_X ret'),
  pidfd_open: bare('SYSCALL_PIDFD_OPEN_E', 'SYSCALL_PIDFD_OPEN_X ret s0 zero32'),
  pidfd_send_signal: GENERIC,
  ptrace: bare('SYSCALL_PTRACE_E ptrace:0 s1', 'SYSCALL_PTRACE_X ret dyn2 dyn3'),
  process_vm_readv: bare('SYSCALL_PROCESS_VM_READV_E', 'SYSCALL_PROCESS_VM_READV_X ret s0 none'),
  process_vm_writev: bare('SYSCALL_PROCESS_VM_WRITEV_E', 'SYSCALL_PROCESS_VM_WRITEV_X ret s0 none'),
  prctl: path(1, 'SYSCALL_PRCTL_E', 'SYSCALL_PRCTL_X ret u0 prctlstr prctlint'),
  setsid: bare('SYSCALL_SETSID_E', 'SYSCALL_SETSID_X ret'),
  setpgid: bare('SYSCALL_SETPGID_E s0 s1', 'SYSCALL_SETPGID_X ret'),
  setuid: bare('SYSCALL_SETUID_E u0', 'SYSCALL_SETUID_X ret'),
  setgid: bare('SYSCALL_SETGID_E u0', 'SYSCALL_SETGID_X ret'),
  setresuid: bare('SYSCALL_SETRESUID_E u0 u1 u2', 'SYSCALL_SETRESUID_X ret'),
  setresgid: bare('SYSCALL_SETRESGID_E u0 u1 u2', 'SYSCALL_SETRESGID_X ret'),
  setreuid: bare('SYSCALL_SETREUID_E', 'SYSCALL_SETREUID_X ret u0 u1'),
  setregid: bare('SYSCALL_SETREGID_E', 'SYSCALL_SETREGID_X ret u0 u1'),
  setfsuid: GENERIC,
  setfsgid: GENERIC,
  setgroups: GENERIC,
  capset: GENERIC,
  personality: GENERIC,
  unshare: bare('SYSCALL_UNSHARE_E clone:0', 'SYSCALL_UNSHARE_X ret'),
  setns: bare('SYSCALL_SETNS_E fd0 clone:1', 'SYSCALL_SETNS_X ret'),
  seccomp: bare('SYSCALL_SECCOMP_E q0', 'SYSCALL_SECCOMP_X ret'),

  // the machine
  init_module: path(2, 'SYSCALL_INIT_MODULE_E', 'SYSCALL_INIT_MODULE_X ret none q1 str0'),
  finit_module: path(1, 'SYSCALL_FINIT_MODULE_E', 'SYSCALL_FINIT_MODULE_X ret fd0 str0 u2'),
  delete_module: path(0, 'SYSCALL_DELETE_MODULE_E', 'SYSCALL_DELETE_MODULE_X ret str0 zero32'),
  bpf: bare('SYSCALL_BPF_E q0', 'SYSCALL_BPF_X dynret'),
  // what a ring does makes no further calls: its making is the finding
  io_uring_setup: bare(
    'SYSCALL_IO_URING_SETUP_E',
    'SYSCALL_IO_URING_SETUP_X ret u0 zero32 zero32 zero32 zero32 zero32 zero32',
  ),
  io_uring_enter: bare('SYSCALL_IO_URING_ENTER_E', 'SYSCALL_IO_URING_ENTER_X ret fd0 u1 u2 u3 none'),
  userfaultfd: bare('SYSCALL_USERFAULTFD_E', 'SYSCALL_USERFAULTFD_X ret zero32'),
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
  keyctl: GENERIC,
};

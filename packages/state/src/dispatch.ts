/** Which handler an event type has. Only types of today's dialect are here: older ones are translated first. */
import type { EventCursor } from '@waspglass/scap';
import { conversions, eventTypes, eventId as id } from '@waspglass/schema';
import * as files from './handle-files.hot.ts';
import * as machine from './handle-machine.hot.ts';
import * as processes from './handle-processes.hot.ts';
import * as sockets from './handle-sockets.hot.ts';
import * as accounts from './handle-users.hot.ts';
import type { State } from './state.hot.ts';

export type Handler = (s: State, e: EventCursor) => void;

/** Events of threads. */
const OF_THREADS: readonly (readonly [number, Handler])[] = [
  [id.SYSCALL_CLONE_20_X, processes.clone],
  [id.SYSCALL_CLONE3_X, processes.clone],
  [id.SYSCALL_FORK_20_X, processes.clone],
  [id.SYSCALL_VFORK_20_X, processes.clone],
  [id.SYSCALL_EXECVE_19_X, processes.execve],
  [id.SYSCALL_EXECVEAT_X, processes.execveat],
  [id.PROCEXIT_E, processes.procexit],
  [id.PROCEXIT_1_E, processes.procexit],
  [id.SYSCALL_PRCTL_X, processes.prctl],
  [id.SYSCALL_SETSID_X, processes.setsid],
  [id.SYSCALL_SETPGID_X, processes.setpgid],
  [id.SYSCALL_CAPSET_X, processes.capset],
  [id.SYSCALL_BRK_4_X, processes.memory],
  [id.SYSCALL_MMAP_X, processes.memory],
  [id.SYSCALL_MMAP2_X, processes.memory],
  [id.SYSCALL_MUNMAP_X, processes.memory],
  [id.SYSCALL_SETUID_X, accounts.setuid],
  [id.SYSCALL_SETREUID_X, accounts.setEffectiveUid],
  [id.SYSCALL_SETRESUID_X, accounts.setEffectiveUid],
  [id.SYSCALL_SETGID_X, accounts.setgid],
  [id.SYSCALL_SETREGID_X, accounts.setEffectiveGid],
  [id.SYSCALL_SETRESGID_X, accounts.setEffectiveGid],
  [id.SYSCALL_OPEN_X, files.open],
  [id.SYSCALL_OPENAT_2_X, files.openat],
  [id.SYSCALL_OPENAT2_X, files.openat2],
  [id.SYSCALL_CREAT_X, files.creat],
  [id.SYSCALL_OPEN_BY_HANDLE_AT_X, files.openByHandle],
  [id.SYSCALL_CLOSE_X, files.close],
  [id.SYSCALL_CLOSE_RANGE_X, files.closeRange],
  [id.SYSCALL_DUP_1_X, files.dup],
  [id.SYSCALL_DUP2_X, files.dup],
  [id.SYSCALL_DUP3_X, files.dup3],
  [id.SYSCALL_FCNTL_X, files.fcntl],
  [id.SYSCALL_PIPE_X, files.pipe],
  [id.SYSCALL_PIPE2_X, files.pipe2],
  [id.SYSCALL_EVENTFD_X, files.eventfd],
  [id.SYSCALL_EVENTFD2_X, files.eventfd2],
  [id.SYSCALL_SIGNALFD_X, files.signalfd],
  [id.SYSCALL_SIGNALFD4_X, files.signalfd4],
  [id.SYSCALL_TIMERFD_CREATE_X, files.timerfd],
  [id.SYSCALL_INOTIFY_INIT_X, files.inotify],
  [id.SYSCALL_INOTIFY_INIT1_X, files.inotify1],
  [id.SYSCALL_EPOLL_CREATE_X, files.epoll],
  [id.SYSCALL_EPOLL_CREATE1_X, files.epoll1],
  [id.SYSCALL_USERFAULTFD_X, files.userfaultfd],
  [id.SYSCALL_IO_URING_SETUP_X, files.ioUring],
  [id.SYSCALL_MEMFD_CREATE_X, files.memfd],
  [id.SYSCALL_PIDFD_OPEN_X, files.pidfdOpen],
  [id.SYSCALL_PIDFD_GETFD_X, files.pidfdGetfd],
  [id.SYSCALL_BPF_2_X, files.bpf],
  [id.SYSCALL_CHDIR_X, files.chdir],
  [id.SYSCALL_FCHDIR_X, files.fchdir],
  [id.SYSCALL_CHROOT_X, files.chroot],
  [id.SOCKET_SOCKET_X, sockets.socket],
  [id.SOCKET_SOCKETPAIR_X, sockets.socketpair],
  [id.SOCKET_BIND_X, sockets.bind],
  [id.SOCKET_CONNECT_X, sockets.connect],
  [id.SOCKET_GETSOCKOPT_X, sockets.getsockopt],
  [id.SOCKET_ACCEPT_5_X, sockets.accept],
  [id.SOCKET_ACCEPT4_6_X, sockets.accept4],
  [id.SOCKET_SEND_X, sockets.send],
  [id.SOCKET_SENDTO_X, sockets.send],
  [id.SOCKET_SENDMSG_X, sockets.send],
  [id.SOCKET_SENDMMSG_X, sockets.send],
  [id.SOCKET_RECV_X, sockets.recv],
  [id.SOCKET_RECVFROM_X, sockets.recvfrom],
  [id.SOCKET_RECVMSG_X, sockets.recvmsg],
  [id.SOCKET_RECVMMSG_X, sockets.recv],
];

/** Events that need no thread. */
const OF_MACHINE: readonly (readonly [number, Handler])[] = [
  [id.USER_ADDED_E, accounts.useradded],
  [id.USER_DELETED_E, accounts.userdeleted],
  [id.GROUP_ADDED_E, accounts.groupadded],
  [id.GROUP_DELETED_E, accounts.groupdeleted],
  [id.CONTAINER_E, machine.container],
  [id.CONTAINER_JSON_E, machine.containerJson],
  [id.CONTAINER_JSON_2_E, machine.containerJson],
  [id.ASYNCEVENT_E, machine.asynchronous],
  [id.SCHEDSWITCH_1_E, machine.schedswitch],
  [id.SCHEDSWITCH_6_E, machine.schedswitch],
];

const rows = [...OF_THREADS, ...OF_MACHINE];

/** Handlers by code; code 0 stands for none. */
export const handlers: readonly (Handler | null)[] = [null, ...rows.map(([, handler]) => handler)];

/** Codes from this one on need no thread. */
export const FIRST_OF_MACHINE = OF_THREADS.length + 1;

/** Handler code per event number: an old number has the code of the number that replaced it. */
export const handlerCodes: Uint8Array = Uint8Array.from(eventTypes, ({ id: type }) => {
  const target = conversions[type]?.target ?? type;
  return rows.findIndex(([of]) => of === target) + 1;
});

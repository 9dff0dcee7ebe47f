/**
 * Two dialects of captures. Today's writers give one event per call, on its exit, with all arguments. Older ones give an
 * enter event with the arguments and an exit event with the results, partly under event numbers that are no longer
 * written. This table says how an old exit event becomes today's: which number it gets and where each parameter comes
 * from. It is derived from the event table by the parameters' names.
 */
import { type EventType, enterOf, eventFlag, eventId, eventTypes, paramTypes } from '@waspglass/schema';

/** Where a parameter of the new event comes from: index into the exit event, or `FROM_ENTER + index`, or `EMPTY`. */
export const FROM_ENTER = 64;
export const EMPTY = 255;

export interface Conversion {
  /** Number of the event that comes out. */
  readonly target: number;
  readonly sources: Uint8Array;
  /** Bytes of zeros that stand for a parameter when the enter event was lost. */
  readonly defaults: Uint8Array;
}

/** Exit numbers that are no longer written → the number that replaced them. */
const REPLACED: readonly (readonly [number, number])[] = [
  [eventId.SYSCALL_BRK_1_X, eventId.SYSCALL_BRK_4_X],
  [eventId.SYSCALL_EXECVE_8_X, eventId.SYSCALL_EXECVE_19_X],
  [eventId.SYSCALL_EXECVE_13_X, eventId.SYSCALL_EXECVE_19_X],
  [eventId.SYSCALL_EXECVE_14_X, eventId.SYSCALL_EXECVE_19_X],
  [eventId.SYSCALL_EXECVE_15_X, eventId.SYSCALL_EXECVE_19_X],
  [eventId.SYSCALL_EXECVE_16_X, eventId.SYSCALL_EXECVE_19_X],
  [eventId.SYSCALL_EXECVE_17_X, eventId.SYSCALL_EXECVE_19_X],
  [eventId.SYSCALL_EXECVE_18_X, eventId.SYSCALL_EXECVE_19_X],
  [eventId.SYSCALL_CLONE_11_X, eventId.SYSCALL_CLONE_20_X],
  [eventId.SYSCALL_CLONE_16_X, eventId.SYSCALL_CLONE_20_X],
  [eventId.SYSCALL_CLONE_17_X, eventId.SYSCALL_CLONE_20_X],
  [eventId.SYSCALL_FORK_X, eventId.SYSCALL_FORK_20_X],
  [eventId.SYSCALL_FORK_17_X, eventId.SYSCALL_FORK_20_X],
  [eventId.SYSCALL_VFORK_X, eventId.SYSCALL_VFORK_20_X],
  [eventId.SYSCALL_VFORK_17_X, eventId.SYSCALL_VFORK_20_X],
  [eventId.SYSCALL_OPENAT_X, eventId.SYSCALL_OPENAT_2_X],
  [eventId.SOCKET_ACCEPT_X, eventId.SOCKET_ACCEPT_5_X],
  [eventId.SOCKET_ACCEPT4_X, eventId.SOCKET_ACCEPT4_6_X],
  [eventId.SOCKET_ACCEPT4_5_X, eventId.SOCKET_ACCEPT4_6_X],
  [eventId.SYSCALL_NEWSELECT_X, eventId.SYSCALL_SELECT_X],
  [eventId.SYSCALL_IOCTL_2_X, eventId.SYSCALL_IOCTL_3_X],
  [eventId.SYSCALL_MKDIR_X, eventId.SYSCALL_MKDIR_2_X],
  [eventId.SYSCALL_RMDIR_X, eventId.SYSCALL_RMDIR_2_X],
  [eventId.SYSCALL_LINK_X, eventId.SYSCALL_LINK_2_X],
  [eventId.SYSCALL_LINKAT_X, eventId.SYSCALL_LINKAT_2_X],
  [eventId.SYSCALL_UNLINK_X, eventId.SYSCALL_UNLINK_2_X],
  [eventId.SYSCALL_UNLINKAT_X, eventId.SYSCALL_UNLINKAT_2_X],
  [eventId.SYSCALL_DUP_X, eventId.SYSCALL_DUP_1_X],
  [eventId.SYSCALL_UMOUNT_X, eventId.SYSCALL_UMOUNT_1_X],
  [eventId.SYSCALL_BPF_X, eventId.SYSCALL_BPF_2_X],
];

/** New parameter name → old one, where the two differ. */
const ALIASES: Readonly<Record<string, string>> = { oldfd: 'fd', fd: 'res_or_fd' };

/** Parameters that today's tools don't add to old events: those from this index on exist in newer writers only. */
const NEWER: readonly (readonly [number, number])[] = [
  [eventId.SYSCALL_FCNTL_X, 3],
  [eventId.SOCKET_SOCKET_X, 4],
];

function conversionOf(type: EventType): Conversion | undefined {
  if (type.enter || type.source !== 'SYSCALL' || (type.flags & eventFlag.UNUSED) !== 0) return undefined;
  const target = REPLACED.find(([from]) => from === type.id)?.[1] ?? type.id;
  const managed = (type.flags & eventFlag.CONVERTER_MANAGED) !== 0;
  if (target === type.id && !managed) return undefined;
  const params = (eventTypes[target]?.params ?? []).slice(0, NEWER.find(([of]) => of === target)?.[1]);
  const enter = eventTypes[enterOf(type.id)];
  return {
    target,
    sources: Uint8Array.from(params, ({ name }, i) => source(name, i, type, target === type.id, enter)),
    defaults: Uint8Array.from(params, (p) => paramTypes[p.type].size),
  };
}

/** One `Conversion` per exit event number that may need it. */
export const conversions: readonly (Conversion | undefined)[] = eventTypes.map(conversionOf);

/** In an event that keeps its number, what it carries comes from itself; a parameter of the enter event is a fallback. */
function source(name: string, i: number, exit: EventType, same: boolean, enter: EventType | undefined): number {
  if (!same) {
    const own = exit.params.findIndex((p) => p.name === name || p.name === ALIASES[name]);
    if (own >= 0) return own;
  }
  const before = enter?.params.findIndex((p) => p.name === name || p.name === ALIASES[name]) ?? -1;
  if (before >= 0) return FROM_ENTER + before;
  return same ? i : EMPTY;
}

/** Exit events with fewer parameters than this are of the old dialect; 0 = never converted. */
export const fullCount: Uint8Array = Uint8Array.from(eventTypes, (_, i) => {
  const conversion = conversions[i];
  if (conversion === undefined) return 0;
  return conversion.target === i ? conversion.sources.length : 255;
});

/** What happens to an enter event. */
export const enterRole = { none: 0, kept: 1, dropped: 2 } as const;

/** `enterRole` per event number: enter events of system calls are for the exit event only. */
export const enterRoles: Uint8Array = Uint8Array.from(eventTypes, (t) => {
  if (!t.enter || t.source !== 'SYSCALL' || (t.flags & eventFlag.UNUSED) !== 0) return enterRole.none;
  return t.params.length > 0 && t.id !== eventId.GENERIC_E ? enterRole.kept : enterRole.dropped;
});

/** Enter events of execve that name the file. */
const EXEC: ReadonlySet<number> = new Set([
  eventId.SYSCALL_EXECVE_18_E,
  eventId.SYSCALL_EXECVE_19_E,
  eventId.SYSCALL_EXECVEAT_E,
]);

/** Enter events that today's tools count although they don't show them. */
export const countedEnter: Uint8Array = Uint8Array.from(eventTypes, (t) =>
  t.enter && t.source === 'SYSCALL' && ((t.flags & (eventFlag.OLD_VERSION | eventFlag.UNUSED)) === 0 || EXEC.has(t.id))
    ? 1
    : 0,
);

/** Names of the parameter that holds the descriptor which the call works on, in order of preference. */
const FD_NAMES = ['fd', 'fd_out', 'out_fd', 'fdout', 'oldfd', 'dirfd', 'linkdirfd'];
export const NO_FD = 255;

/** Index of the descriptor's parameter per event number, `NO_FD` when the type uses none. */
export const fdParams: Uint8Array = Uint8Array.from(eventTypes, (t) => {
  if ((t.flags & eventFlag.USES_FD) === 0) return NO_FD;
  for (const name of FD_NAMES) {
    const i = t.params.findIndex((p) => p.name === name);
    if (i >= 0) return i;
  }
  return NO_FD;
});

/** Calls that sysdig 0.29.3 doesn't take for being about the descriptor that a parameter of theirs names. */
const CLASSIC_WITHOUT_FD: readonly string[] = [
  'mmap',
  'mmap2',
  'sendmmsg',
  'recvmmsg',
  'symlinkat',
  'unlinkat',
  'mkdirat',
  'fchmodat',
  'fchmod',
];

/** Whether an event is about a descriptor, in today's tools or in sysdig 0.29.3. */
export function isAboutFd(type: number, classic: boolean): boolean {
  if (fdParams[type] === NO_FD) return false;
  return !classic || !CLASSIC_WITHOUT_FD.includes(eventTypes[type]?.name ?? '');
}

/** Where an old exit event has its descriptor, as in `Conversion.sources`; `NO_FD` when nowhere. */
export const fdSources: Uint8Array = Uint8Array.from(eventTypes, (_, type) => {
  const conversion = conversions[type];
  const param = fdParams[type] ?? NO_FD;
  return param === NO_FD ? NO_FD : (conversion?.sources[param] ?? NO_FD);
});

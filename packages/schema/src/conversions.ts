/**
 * Two dialects of captures. Today's writers give one event per call, on its exit, with all arguments. Older ones give an
 * enter event with the arguments and an exit event with the results, partly under event numbers that are no longer
 * written. This table says how an old exit event becomes today's: which number it gets and where each parameter comes
 * from. It is derived from the event table by the parameters' names.
 */
import { eventFlag } from './event-flags.ts';
import { eventId } from './events.gen.ts';
import { type EventType, enterOf, eventTypes } from './events.ts';
import { paramTypes } from './param-types.ts';

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

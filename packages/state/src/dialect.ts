/** What the state does with the events of both dialects (`conversions` of the schema): roles, and which descriptor. */
import { conversions, eventFlag, eventId, eventTypes } from '@waspglass/schema';

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
const FD_NAMES = ['fd', 'fd_out', 'out_fd', 'fdout', 'fdin', 'oldfd', 'dirfd', 'linkdirfd'];
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

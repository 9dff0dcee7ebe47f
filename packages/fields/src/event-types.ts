/** What an event's type alone says: used by fields that are decided when a filter is compiled. */
import type { TextDomain } from '@waspglass/lang';
import { type EventType, eventFlag, eventId, eventTypes, syscalls } from '@waspglass/schema';

const has = (flag: number) => (t: EventType) => (t.flags & flag) !== 0;

/** Types whose events are about a descriptor. */
export const usesFd = has(eventFlag.USES_FD | eventFlag.CREATES_FD | eventFlag.DESTROYS_FD);
export const readsFd = has(eventFlag.READS_FROM_FD);
export const writesFd = has(eventFlag.WRITES_TO_FD);
export const waits = has(eventFlag.WAITS);

/** Types that move data: what they belong to is what their descriptor is. */
export const isTransfer = (t: EventType): boolean => t.category.startsWith('IO_');

/** Types that carry the number of a system call instead of having one of their own. */
export function isGeneric(t: EventType): boolean {
  return t.id === eventId.GENERIC_E || t.id === eventId.GENERIC_X;
}

export function isSyscall(t: EventType): boolean {
  return t.source === 'SYSCALL';
}

export function hasParam(...names: string[]): (t: EventType) => boolean {
  return (t) => t.params.some((p) => names.includes(p.name));
}

/** `file`, `net`, `process` … */
export function categoryName(t: EventType): string | undefined {
  return CATEGORIES[t.category];
}

const CATEGORIES: Readonly<Record<string, string>> = {
  UNKNOWN: 'unknown',
  OTHER: 'other',
  FILE: 'file',
  NET: 'net',
  IPC: 'ipc',
  WAIT: 'wait',
  SIGNAL: 'signal',
  SLEEP: 'sleep',
  TIME: 'time',
  PROCESS: 'process',
  SCHEDULER: 'scheduler',
  MEMORY: 'memory',
  USER: 'user',
  SYSTEM: 'system',
};

/** Index of a type's result, -1 when it has none: `res`, else the new descriptor. */
export const resultParams: Int8Array = Int8Array.from(eventTypes, (t) => {
  if (t.enter) return -1;
  const result = t.params.findIndex((p) => p.name === 'res');
  if (result >= 0) return result;
  return (t.flags & eventFlag.CREATES_FD) === 0 ? -1 : t.params.findIndex((p) => p.name === 'fd');
});

/** Index of a type's data buffer, -1 when it has none. */
export const bufferParams: Int8Array = Int8Array.from(eventTypes, (t) =>
  t.params.findIndex((p) => p.type === 'BYTEBUF' && p.name === 'data'),
);

const OPENING: readonly string[] = ['open', 'openat', 'openat2', 'open_by_handle_at'];

/** Index of a type's open flags, -1 when it opens nothing. */
export const openFlagParams: Int8Array = Int8Array.from(eventTypes, (t) =>
  OPENING.includes(t.name) ? t.params.findIndex((p) => p.name === 'flags') : -1,
);

/** Index of a type's file mode, -1 when it opens nothing. */
export const openModeParams: Int8Array = Int8Array.from(eventTypes, (t) =>
  OPENING.includes(t.name) || t.name === 'creat' ? t.params.findIndex((p) => p.name === 'mode') : -1,
);

export const opens = (t: EventType): boolean => OPENING.includes(t.name) || t.name === 'creat';

/** What is shown of a call that no table knows. */
export const UNKNOWN_CALL = '<unknown>';

/** Name of an event whose number is newer than the table. */
export const newerName = (type: number): string => `event-${type}`;

let names: ReadonlySet<string> | undefined;

/** Every name that `evt.type` can have. */
export function eventTypeNames(): TextDomain {
  names ??= new Set([...eventTypes.map((type) => type.name), ...syscalls.map((call) => call.name), UNKNOWN_CALL]);
  const known = names;
  return { has: (text) => known.has(text) || /^event-\d+$/.test(text), [Symbol.iterator]: () => known.values() };
}

let genericNames: ReadonlySet<string> | undefined;

/**
 * Names of the calls that can come as events of a type that several calls share: all but those that have had a type of
 * their own since the first captures.
 */
export function sharedNames(type: EventType): ReadonlySet<string> | undefined {
  if (!isGeneric(type)) return undefined;
  if (genericNames === undefined) {
    const own = new Set(eventTypes.slice(0, eventId.DROP_E).map(({ name }) => name));
    genericNames = new Set([...eventTypeNames()].filter((name) => !own.has(name)));
  }
  return genericNames;
}

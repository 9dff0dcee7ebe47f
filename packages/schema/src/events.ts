/**
 * The event table: one row per event type of every writer version. Even numbers are enter events, odd numbers exit
 * events. Names repeat (eight exit types of `execve`): match by name, decode by number. Writers differ in how many
 * parameters they write: trust an event's own count, use this table for names and types.
 */
import { classicCounts, classicTypes, type eventId, eventRows } from './events.gen.ts';
import { type ParamFormat, type ParamType, paramTypes } from './param-types.ts';

export type EventName = keyof typeof eventId;

export interface Param {
  readonly name: string;
  /** Type without `PT_`: a key of `paramTypes`. */
  readonly type: ParamType;
  readonly fmt: ParamFormat;
  /** Name of the flag table, or `DIRFD_PARAM(n)`: the parameter that a relative path starts from. */
  readonly info?: string;
}

export interface EventType {
  readonly id: number;
  /** Name without `PPME_`, such as `SYSCALL_OPENAT_2_X`. */
  readonly enum: EventName;
  /** What `evt.type` shows, such as `openat`. */
  readonly name: string;
  readonly enter: boolean;
  /** First category: `FILE`, `NET`, `PROCESS`, `IO_READ` …, `UNKNOWN`. */
  readonly category: string;
  /** Where it comes from: `SYSCALL`, `TRACEPOINT`, `METAEVENT`, `PLUGIN`, `ITER`, or ''. */
  readonly source: string;
  /** Bits of `eventFlag`. */
  readonly flags: number;
  readonly params: readonly Param[];
}

/** Bits of `EventType.flags`; numbers are ours. */
export const eventFlag = {
  CREATES_FD: 1,
  DESTROYS_FD: 2,
  USES_FD: 4,
  READS_FROM_FD: 8,
  WRITES_TO_FD: 16,
  MODIFIES_STATE: 32,
  WAITS: 64,
  SKIPPARSERESET: 128,
  UNUSED: 256,
  OLD_VERSION: 512,
  CONVERTER_MANAGED: 1024,
  LARGE_PAYLOAD: 2048,
} as const;

const SOURCES = ['SYSCALL', 'TRACEPOINT', 'METAEVENT', 'PLUGIN', 'ITER'];

/** All event types; the index is the number in captures. */
export const eventTypes: readonly EventType[] = eventRows.map(unpack);

function unpack(row: string, id: number): EventType {
  const [name = '', shown = '', categories = '', flags = '', params = ''] = row.split('|');
  const words = categories.split(' ');
  return {
    id,
    enum: name as EventName,
    name: shown,
    enter: (id & 1) === 0,
    category: words.find((w) => !SOURCES.includes(w)) ?? 'UNKNOWN',
    source: words.find((w) => SOURCES.includes(w)) ?? '',
    flags: flagBits(flags),
    params: params === '' ? [] : params.split(';').map(unpackParam),
  };
}

function flagBits(words: string): number {
  let bits = 0;
  for (const word of words.split(' ')) bits |= eventFlag[word as keyof typeof eventFlag] ?? 0;
  return bits;
}

function unpackParam(text: string): Param {
  const [name = '', type = 'NONE', fmt = 'NA', info] = text.split(' ');
  const base = { name, type: type as ParamType, fmt: fmt as ParamFormat };
  return info === undefined ? base : { ...base, info };
}

/** Bytes of each parameter of a type, 0 = variable; index = event number. For fast consistency checks. */
export const paramSizes: readonly Uint8Array[] = eventTypes.map((t) =>
  Uint8Array.from(t.params, (p) => paramTypes[p.type].size),
);

/** Enter number of an exit number (or itself). */
export function enterOf(id: number): number {
  return id & ~1;
}

/** Exit number of an enter number (or itself). */
export function exitOf(id: number): number {
  return id | 1;
}

export function isEnter(id: number): boolean {
  return (id & 1) === 0;
}

/** Numbers of all event types shown under a name, enter and exit, every version. */
export function idsOfName(name: string): readonly number[] {
  return idsByName.get(name) ?? [];
}

const idsByName = new Map<string, number[]>();
for (const { id, name, flags } of eventTypes) {
  if ((flags & eventFlag.UNUSED) !== 0) continue;
  const ids = idsByName.get(name);
  if (ids === undefined) idsByName.set(name, [id]);
  else ids.push(id);
}

/** Names that `evt.type` can have, sorted. */
export const eventNames: readonly string[] = [...idsByName.keys()].sort();

/** What sysdig 0.29.3 knows of an event type: its parameter count and types; undefined when the number is newer. */
export function event0293(id: number): { readonly nparams: number; readonly types: readonly ParamType[] } | undefined {
  const nparams = classicCounts[id];
  if (nparams === undefined) return undefined;
  const own = classicTypes[id];
  const types = own === undefined ? eventTypes[id]?.params.map((p) => p.type) : (own.split(' ') as ParamType[]);
  return { nparams, types: (types ?? []).slice(0, nparams) };
}

/** Numbers from this one on are unknown to sysdig 0.29.3. */
export const event0293Count = classicCounts.length;

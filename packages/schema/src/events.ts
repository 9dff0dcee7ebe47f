/**
 * The event table: one row per event type of every writer version. Even numbers are enter events, odd numbers exit
 * events. Names repeat (eight exit types of `execve`): match by name, decode by number. Writers differ in how many
 * parameters they write: trust an event's own count, use this table for names and types.
 */
import { eventFlag } from './event-flags.ts';
import { classicCounts, classicTypes, eventId, eventRows } from './events.gen.ts';
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

/** A row whose parameters are unpacked when somebody first looks at them. */
class EventRow implements EventType {
  readonly id: number;
  readonly enum: EventName;
  readonly name: string;
  readonly enter: boolean;
  readonly category: string;
  readonly source: string;
  readonly flags: number;
  private readonly text: string;
  private unpacked: readonly Param[] | undefined;

  constructor(id: number, name: EventName, row: (typeof eventRows)[number]) {
    this.id = id;
    this.enum = name;
    this.enter = (id & 1) === 0;
    this.name = row[0];
    this.category = row[1];
    this.source = row[2];
    this.flags = row[3];
    this.text = row[4];
    this.unpacked = undefined;
  }

  get params(): readonly Param[] {
    this.unpacked ??= this.text === '' ? [] : this.text.split(';').map(unpackParam);
    return this.unpacked;
  }
}

const names = Object.keys(eventId) as EventName[];

/** All event types; the index is the number in captures. */
export const eventTypes: readonly EventType[] = eventRows.map(
  (row, id) => new EventRow(id, names[id] as EventName, row),
);

function unpackParam(text: string): Param {
  const [name = '', type = 'NONE', fmt = 'NA', info] = text.split(' ');
  const base = { name, type: type as ParamType, fmt: fmt as ParamFormat };
  return info === undefined ? base : { ...base, info };
}

/** Bytes of each parameter of a type, 0 = variable; empty for unknown types. */
export function paramSizes(id: number): readonly number[] {
  return eventTypes[id]?.params.map((p) => paramTypes[p.type].size) ?? [];
}

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

/** Names that parameters had in sysdig 0.29.3, where they differ: by their present ones. */
const CLASSIC_NAMES: Readonly<Record<string, string>> = { vpgid: 'pgid' };
const NEITHER: readonly Param[] = [];
const classic: (readonly Param[] | undefined)[] = [];

/** Parameters as sysdig 0.29.3 shows them; of types that it doesn't know, as today. */
export function classicParams(id: number): readonly Param[] {
  classic[id] ??= makeClassic(id);
  return classic[id];
}

function makeClassic(id: number): readonly Param[] {
  const params = eventTypes[id]?.params ?? NEITHER;
  const known = event0293(id);
  if (known === undefined) return params;
  return params.slice(0, known.nparams).map((param, i) => ({
    ...param,
    type: known.types[i] ?? param.type,
    name: CLASSIC_NAMES[param.name] ?? param.name,
  }));
}

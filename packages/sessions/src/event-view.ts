/**
 * Reads what sessions need from an event and the state behind it: names instead of columns, and parameters by name,
 * since their places differ between event types.
 */
import type { EventContext } from '@waspglass/fields';
import { eventTypes, idsOfName, isEnter } from '@waspglass/schema';
import { addressText, F, fdFlag, fdType, L4_SHIFT, l4, splitList, T } from '@waspglass/state';
import { limits } from './limits.ts';

const NS_PER_MS = 1_000_000;

/** Numbers of the exit events of these names. */
export function exitTypes(...names: readonly string[]): number[] {
  return names.flatMap((name) => idsOfName(name)).filter((id) => !isEnter(id));
}

const places = new Map<string, Int16Array>();

/** Place of the parameter `name` in today's form of the event; -1 when it has none. */
export function place(type: number, name: string): number {
  let byType = places.get(name);
  if (byType === undefined) {
    byType = Int16Array.from(eventTypes, (t) => t.params.findIndex((p) => p.name === name));
    places.set(name, byType);
  }
  return byType[type] ?? -1;
}

export function number(c: EventContext, name: string, missing: number): number {
  const i = place(c.typeId, name);
  return i < 0 ? missing : c.ev.i32(i, missing);
}

export function data(c: EventContext): Uint8Array {
  const i = place(c.typeId, 'data');
  const length = i < 0 ? -1 : c.ev.len(i);
  if (length <= 0) return EMPTY;
  const at = c.ev.off(i);
  return c.ev.u8.subarray(at, at + length);
}
const EMPTY = new Uint8Array(0);

/** Milliseconds since the epoch. */
export function timeOf(c: EventContext): number {
  return c.ev.timeApprox / NS_PER_MS;
}

export function isoTime(ms: number): string {
  return new Date(Number.isFinite(ms) && Math.abs(ms) < 8.64e15 ? ms : 0).toISOString();
}

/** Process id of the event's thread. */
export function pidOf(c: EventContext): number {
  const pid = c.column(T.pid, -1);
  return pid > 0 ? pid : c.ev.tid;
}

/** Text of a symbol column of a thread row, bounded. */
export function threadText(c: EventContext, row: number, column: number): string {
  return c.state.symbols.text(c.of(row, column, 0)).slice(0, limits.path);
}

/** Program and arguments as they were given: argv, bounded in number and in all their characters. */
export function argumentsOf(c: EventContext): string[] {
  const { symbols } = c.state;
  const list: string[] = [];
  let room: number = limits.commandLine;
  for (const word of [symbols.text(c.column(T.exe, 0)), ...splitList(symbols.text(c.column(T.args, 0)))]) {
    if (list.length >= limits.arguments || room <= 0) break;
    list.push(word.slice(0, room));
    room -= word.length + 1;
  }
  return list;
}

export function workingDirectory(c: EventContext): string {
  return c.state.symbols.text(c.state.cwd(c.state.thread)).slice(0, limits.path);
}

/** Kind of the event's descriptor: a value of `fdType`, 0 when nothing is known of it. */
export function fdKind(c: EventContext): number {
  return c.state.fd === 0 ? fdType.none : c.state.fdKind(c.state.fd);
}

export function fdName(c: EventContext): string {
  return c.state.fd === 0 ? '' : c.state.symbols.text(c.texts.fdName(c.state.fd)).slice(0, limits.path);
}

export function fdTransport(c: EventContext): 'tcp' | 'udp' | 'other' {
  const protocol = (c.fd(F.kind) >> L4_SHIFT) & 15;
  return protocol === l4.tcp ? 'tcp' : protocol === l4.udp ? 'udp' : 'other';
}

/** Resolved path of the parameter `name`, relative to the directory in parameter `directory` or the working directory. */
export function pathOf(c: EventContext, name: string, directory?: string): string {
  const i = place(c.typeId, name);
  if (i < 0) return '';
  const dirfd = directory === undefined ? -100 : number(c, directory, -100);
  return c.state.symbols.text(c.state.path(c.ev, i, c.state.base(dirfd))).slice(0, limits.path);
}

export interface Endpoint {
  readonly ip: string;
  readonly port: number;
}

/** Both ends in a socket tuple parameter (family, near address and port, far address and port). */
export function tupleOf(
  c: EventContext,
  name: string,
): { readonly near: Endpoint; readonly far: Endpoint } | undefined {
  const i = place(c.typeId, name);
  const length = i < 0 ? -1 : c.ev.len(i);
  if (length < 13) return undefined;
  const at = c.ev.off(i);
  const width = c.ev.u8[at] === 2 ? 4 : c.ev.u8[at] === 10 && length >= 37 ? 16 : 0;
  if (width === 0) return undefined;
  return { near: endpoint(c, at + 1, width), far: endpoint(c, at + 3 + width, width) };
}

/** The one end in an address parameter (family, address, port). */
export function addressOf(c: EventContext, name: string): Endpoint | undefined {
  const i = place(c.typeId, name);
  const length = i < 0 ? -1 : c.ev.len(i);
  if (length < 7) return undefined;
  const at = c.ev.off(i);
  const width = c.ev.u8[at] === 2 ? 4 : c.ev.u8[at] === 10 && length >= 19 ? 16 : 0;
  return width === 0 ? undefined : endpoint(c, at + 1, width);
}

function endpoint(c: EventContext, at: number, width: number): Endpoint {
  return { ip: addressText(c.ev.u8.subarray(at, at + width)), port: c.ev.view.getUint16(at + width, true) };
}

/** The client of a connected socket that `row` has open: what an sshd process serves. */
export function servedClient(c: EventContext, row: number): Endpoint | undefined {
  const { state } = c;
  const table = row === 0 ? 0 : state.table(row);
  for (let fd = 0, end = Math.min(64, state.descriptors.capacity(table)); fd < end; fd++) {
    const entry = state.descriptors.find(table, fd);
    const kind = entry === 0 ? 0 : state.fdKind(entry);
    const client = kind === fdType.ipv4 || kind === fdType.ipv6 ? farEnd(c, entry) : undefined;
    if (client !== undefined) return client;
  }
  return undefined;
}

/** Lists at a capture's start have the near end as source, whoever took the connection; accept has the client there. */
function farEnd(c: EventContext, entry: number): Endpoint | undefined {
  const { descriptors, symbols } = c.state;
  const f = descriptors.entries;
  if (((f[entry] ?? 0) & fdFlag.connected) === 0) return undefined;
  const served = ((f[entry] ?? 0) & fdFlag.server) !== 0;
  const ports = f[entry + F.ports] ?? 0;
  const address = f[entry + (served ? F.source : F.destination)] ?? 0;
  return { ip: addressText(symbols.bytes(address)), port: served ? ports & 0xffff : ports >>> 16 };
}

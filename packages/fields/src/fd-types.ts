/** Kinds of descriptors as `fd.type` and `fd.typechar` show them. */
import { fdType } from '@waspglass/state';

const ROWS: readonly (readonly [kind: number, char: string, name: string | null])[] = [
  [fdType.file, 'f', 'file'],
  [fdType.directory, 'd', 'directory'],
  [fdType.ipv4, '4', 'ipv4'],
  [fdType.ipv6, '6', 'ipv6'],
  [fdType.unix, 'u', 'unix'],
  [fdType.pipe, 'p', 'pipe'],
  [fdType.event, 'e', 'event'],
  [fdType.signalfd, 's', 'signalfd'],
  [fdType.eventpoll, 'l', 'eventpoll'],
  [fdType.inotify, 'i', 'inotify'],
  [fdType.timerfd, 't', 'timerfd'],
  [fdType.netlink, 'n', 'netlink'],
  [fdType.bpf, 'b', 'bpf'],
  [fdType.userfaultfd, 'u', 'userfaultfd'],
  [fdType.iouring, 'r', 'io_uring'],
  [fdType.memfd, 'm', 'memfd'],
  [fdType.pidfd, 'P', 'pidfd'],
  [fdType.other, 'o', 'other'],
  [fdType.unsupported, 'X', null],
];

const chars: Readonly<Record<number, string>> = Object.fromEntries(ROWS.map(([kind, char]) => [kind, char]));
const names: Readonly<Record<number, string | null>> = Object.fromEntries(ROWS.map(([kind, , name]) => [kind, name]));

export function typeChar(kind: number): string {
  return chars[kind] ?? 'o';
}

export function typeName(kind: number): string | null {
  return names[kind] ?? null;
}

/** Category of reading from and writing to a kind of descriptor. */
export function fdCategory(kind: number): string {
  if (kind === fdType.file || kind === fdType.directory) return 'file';
  if (kind === fdType.ipv4 || kind === fdType.ipv6) return 'net';
  if (kind === fdType.pipe || kind === fdType.unix || kind === fdType.event || kind === fdType.signalfd) return 'ipc';
  return 'other';
}

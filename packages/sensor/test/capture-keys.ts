/** The calls of a capture as keys that compare with those of `strace-log.ts`. */
import { errnoName } from '@waspglass/schema';
import type { SeenEvent } from './records.ts';
import { count } from './strace-log.ts';

const O_WRITES = 2 | 4 | 8;
const AF_UNIX = 1;
const AF_INET = 2;

const text = (event: SeenEvent | undefined, name: string) =>
  (event?.params[name]?.toString('latin1') ?? '').replace(/\0$/, '');
const word = (event: SeenEvent | undefined, name: string) => event?.params[name]?.readUInt32LE() ?? -1;
const number = (event: SeenEvent | undefined, name: string) => Number(event?.params[name]?.readBigInt64LE() ?? -1n);

type Key = (exit: SeenEvent, enter: SeenEvent | undefined) => string | undefined;

const openKey: Key = (exit) =>
  (word(exit, 'flags') & OPENS_TO_WRITE) !== 0 ? `open ${text(exit, 'name')}` : undefined;
const OPENS_TO_WRITE = O_WRITES | 0x10 | 0x100;
const ids =
  (...names: string[]): Key =>
  (_, enter) =>
    `set ${names.map((name) => word(enter, name) | 0).join(' ')}`;

const keys: Readonly<Record<string, Key>> = {
  SYSCALL_EXECVE_19_X: (_, enter) => `exec ${text(enter, 'filename')}`,
  SYSCALL_OPEN_X: openKey,
  SYSCALL_OPENAT_2_X: openKey,
  SYSCALL_OPENAT2_X: openKey,
  SYSCALL_CREAT_X: (exit) => `open ${text(exit, 'name')}`,
  SOCKET_CONNECT_X: (_, enter) => connectKey(enter?.params.addr),
  SYSCALL_UNLINK_2_X: (exit) => `unlink ${text(exit, 'path')}`,
  SYSCALL_RMDIR_2_X: (exit) => `unlink ${text(exit, 'path')}`,
  SYSCALL_UNLINKAT_2_X: (exit) => `unlink ${text(exit, 'name')}`,
  SYSCALL_RENAME_X: (exit) => `rename ${text(exit, 'oldpath')} ${text(exit, 'newpath')}`,
  SYSCALL_RENAMEAT_X: (exit) => `rename ${text(exit, 'oldpath')} ${text(exit, 'newpath')}`,
  SYSCALL_RENAMEAT2_X: (exit) => `rename ${text(exit, 'oldpath')} ${text(exit, 'newpath')}`,
  SYSCALL_SETUID_X: ids('uid'),
  SYSCALL_SETGID_X: ids('gid'),
  SYSCALL_SETRESUID_X: ids('ruid', 'euid', 'suid'),
  SYSCALL_SETRESGID_X: ids('rgid', 'egid', 'sgid'),
};

function connectKey(address: Buffer | undefined): string | undefined {
  if (address?.[0] === AF_INET) return `connect ${address.subarray(1, 5).join('.')}:${address.readUInt16LE(5)}`;
  if (address?.[0] === AF_UNIX) return `connect ${address.toString('latin1', 1).replace(/\0$/, '')}`;
  return undefined;
}

/** Key → how often. */
export function keysOfCapture(events: readonly SeenEvent[]): Map<string, number> {
  const counts = new Map<string, number>();
  const enters = new Map<number, SeenEvent>();
  for (const event of events) {
    if (event.name.endsWith('_E')) enters.set(event.tid, event);
    const key = keys[event.name]?.(event, enters.get(event.tid));
    if (key !== undefined) count(counts, `${key} = ${result(event)}`);
  }
  return counts;
}

function result(event: SeenEvent): string {
  const value = number(event, 'res' in event.params ? 'res' : 'fd');
  return value < 0 ? (errnoName(-value) ?? String(value)) : String(value);
}

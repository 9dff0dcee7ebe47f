/** What processes of a session do to files and with sockets, as one row per event name: which parameters say it. */
import type { EventContext } from '@waspglass/fields';
import { errnoName, flagTable, flagValue } from '@waspglass/schema';
import { fdType } from '@waspglass/state';
import { addressOf, fdKind, fdName, fdTransport, number, pathOf, tupleOf } from './event-view.ts';
import type { FileAction, SocketAction } from './session-documents.ts';

const WRITES = 2;
const TRUNCATES = 256;
const openFlags = flagTable('file_flags');
const CREATED = openFlags === undefined ? 0 : (flagValue(openFlags, 'O_F_CREATED') ?? 0);
const EXECUTABLE = 0o111;

type FileReader = (c: EventContext) => FileAction | undefined;

/** Event name → what it did to a file; undefined when nothing that matters. The call has succeeded. */
export const fileActions: Readonly<Record<string, FileReader>> = {
  open: opened,
  openat: opened,
  openat2: opened,
  creat: (c) => kept({ action: 'create', path: fdName(c) }),
  rename: (c) => renamed(pathOf(c, 'oldpath'), pathOf(c, 'newpath')),
  renameat: (c) => renamed(pathOf(c, 'oldpath', 'olddirfd'), pathOf(c, 'newpath', 'newdirfd')),
  renameat2: (c) => renamed(pathOf(c, 'oldpath', 'olddirfd'), pathOf(c, 'newpath', 'newdirfd')),
  unlink: (c) => kept({ action: 'remove', path: pathOf(c, 'path') }),
  unlinkat: (c) => kept({ action: 'remove', path: pathOf(c, 'name', 'dirfd') }),
  chmod: (c) => executable(c, pathOf(c, 'filename')),
  fchmod: (c) => executable(c, fdName(c)),
  fchmodat: (c) => executable(c, pathOf(c, 'filename', 'dirfd')),
};

/** Writing to these is no file that anybody dropped. */
const PLAIN_DEVICES = ['/dev/null', '/dev/tty', '/dev/zero', '/dev/ptmx'];

function opened(c: EventContext): FileAction | undefined {
  const flags = number(c, 'flags', 0);
  if ((flags & WRITES) === 0) return undefined;
  const action = (flags & CREATED) !== 0 ? 'create' : (flags & TRUNCATES) !== 0 ? 'truncate' : 'write';
  return kept({ action, path: fdName(c) });
}

function renamed(path: string, target: string): FileAction | undefined {
  return kept({ action: 'rename', path, target });
}

function executable(c: EventContext, path: string): FileAction | undefined {
  return (number(c, 'mode', 0) & EXECUTABLE) === 0 ? undefined : kept({ action: 'make-executable', path });
}

function kept(action: FileAction): FileAction | undefined {
  const { path } = action;
  return path === '' || PLAIN_DEVICES.includes(path) || path.startsWith('/dev/pts/') ? undefined : action;
}

/** An outgoing connection, also one that failed; undefined for UNIX and netlink sockets. */
export function connectAction(c: EventContext): SocketAction | undefined {
  const kind = fdKind(c);
  if (kind !== fdType.ipv4 && kind !== fdType.ipv6) return undefined;
  const tuple = tupleOf(c, 'tuple');
  const destination = tuple?.far ?? addressOf(c, 'addr');
  if (destination === undefined || destination.port === 0) return undefined;
  const result = number(c, 'res', 0);
  return {
    action: 'connect',
    transport: fdTransport(c),
    source: tuple?.near,
    destination,
    result: result >= 0 ? 'success' : (errnoName(-result) ?? String(result)),
  };
}

export function acceptAction(c: EventContext): SocketAction | undefined {
  const tuple = tupleOf(c, 'tuple');
  if (tuple === undefined) return undefined;
  return { action: 'accept', transport: 'tcp', source: tuple.near, destination: tuple.far, result: 'success' };
}

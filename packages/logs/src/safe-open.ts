/**
 * Opens a file below a root whose content an attacker owns, without ever leaving that root: every component is opened
 * by itself, relative to the descriptor of the one before (`/proc/self/fd/N/name`), never following a link, so a link
 * swapped in between two steps is refused too. The last component is looked at (O_PATH) before it is opened: FIFOs and
 * devices are never opened for reading.
 */

import type { Stats } from 'node:fs';
import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { systemCode } from '@waspglass/kit';
import { fail } from './errors.ts';

/** O_PATH of Linux (same value on x86-64 and arm64); Node has no name for it. */
const O_PATH = 0o10000000;
const DIRECTORY = O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW;

export type SafeOpenResult =
  | { readonly kind: 'open'; readonly fd: number; readonly stat: Stats }
  | { readonly kind: 'missing' }
  /** Something is there that must not be read: a link, a FIFO, a device, a directory; or a link on the way. */
  | { readonly kind: 'refused'; readonly reason: string };

/** Splits an absolute path into names; refuses what could lead elsewhere. */
export function pathComponents(path: string): readonly string[] {
  const names = path.split('/').filter((name) => name !== '');
  if (!path.startsWith('/') || names.length === 0 || names.some((n) => n === '.' || n === '..' || n.includes('\0'))) {
    throw fail('WG_LOG_BAD_PATH', { path });
  }
  return names;
}

/** Opens the directory that holds the last of `names`; the caller closes the descriptor. */
export function openDirectoryBelow(root: string, names: readonly string[]): SafeOpenResult {
  let fd = openRoot(root);
  for (const name of names.slice(0, -1)) {
    const next = step(fd, name, DIRECTORY);
    closeSync(fd);
    if (typeof next !== 'number') return next;
    fd = next;
  }
  return { kind: 'open', fd, stat: fstatSync(fd) };
}

/** Opens the regular file `name` in an open directory for reading. */
export function openFileIn(directory: number, name: string): SafeOpenResult {
  const look = step(directory, name, O_PATH | constants.O_NOFOLLOW);
  if (typeof look !== 'number') return look;
  try {
    const stat = fstatSync(look);
    if (!stat.isFile()) return { kind: 'refused', reason: `${name} is ${kindOf(stat)}, no regular file` };
    const fd = openSync(`/proc/self/fd/${look}`, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    return { kind: 'open', fd, stat };
  } catch (error) {
    return notOpened(error, name);
  } finally {
    closeSync(look);
  }
}

/** Device and inode: what a file is, whatever it is called. */
export function identity(stat: Stats): string {
  return `${stat.dev}:${stat.ino}`;
}

function openRoot(root: string): number {
  try {
    return openSync(root, O_PATH | constants.O_DIRECTORY);
  } catch (error) {
    throw fail('WG_LOG_NO_ROOT', { reason: systemCode(error) ?? String(error) }, { at: { file: root }, cause: error });
  }
}

function step(directory: number, name: string, flags: number): number | SafeOpenResult {
  try {
    return openSync(`/proc/self/fd/${directory}/${name}`, flags);
  } catch (error) {
    return notOpened(error, name);
  }
}

function notOpened(error: unknown, name: string): SafeOpenResult {
  const code = systemCode(error);
  if (code === 'ENOENT') return { kind: 'missing' };
  if (code === 'ELOOP' || code === 'ENOTDIR') return { kind: 'refused', reason: `${name} is a link or no directory` };
  return { kind: 'refused', reason: `${name}: ${code ?? String(error)}` };
}

function kindOf(stat: Stats): string {
  if (stat.isSymbolicLink()) return 'a link';
  if (stat.isDirectory()) return 'a directory';
  if (stat.isFIFO()) return 'a FIFO';
  if (stat.isSocket()) return 'a socket';
  return 'a device';
}

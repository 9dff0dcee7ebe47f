/** The unprivileged user that everything but sensor and victim set-up runs as. */
import { spawnSync } from 'node:child_process';
import { fail } from '../errors.ts';

export interface UserIds {
  readonly uid: number;
  readonly gid: number;
}

/** Ids of a user; undefined when there is none of that name. */
export function lookUpUser(name: string): UserIds | undefined {
  const { stdout, status } = spawnSync('getent', ['passwd', name], { encoding: 'utf8' });
  const [, , uid, gid] = stdout.split(':');
  return status === 0 && uid !== undefined && gid !== undefined ? { uid: Number(uid), gid: Number(gid) } : undefined;
}

/** Ids of the user, made as a system user without home and shell when missing. */
export function ensureUser(name: string): UserIds {
  const known = lookUpUser(name);
  if (known !== undefined) return known;
  const args = [
    '--system',
    '--user-group',
    '--no-create-home',
    '--home-dir',
    '/nonexistent',
    '--shell',
    '/usr/sbin/nologin',
    '--',
    name,
  ];
  const { status, stderr, error } = spawnSync('useradd', args, { encoding: 'utf8' });
  const made = lookUpUser(name);
  if (made === undefined)
    throw fail('WG_UP_USER', { name, reason: error?.message ?? stderr?.trim() ?? `useradd ended with ${status}` });
  return made;
}

/** From root to the user for good; nothing happens when the process is no root (it was started as that user). */
export function dropPrivileges(name: string): void {
  if (process.getuid?.() !== 0) return;
  const ids = lookUpUser(name);
  if (ids === undefined) throw fail('WG_UP_USER', { name, reason: 'no such user' });
  process.setgroups?.([ids.gid]);
  process.setgid?.(ids.gid);
  process.setuid?.(ids.uid);
}

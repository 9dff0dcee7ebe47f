/** Accounts from a file in the form of passwd(5), for user ids that a capture does not list. */
import { readFileSync } from 'node:fs';
import { messageOf } from '@waspglass/kit';
import type { State } from '@waspglass/state';
import { UsageError } from '../command.ts';

type User = Parameters<State['users']['setOther']>[0];

const LINE = /^([^:\n]+):[^:\n]*:(\d{1,10}):(\d{1,10}):[^:\n]*:([^:\n]*):([^:\n]*)$/gm;

export function readAccounts(file: string): User[] {
  try {
    return accountsIn(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new UsageError(`--passwd: cannot read ${file}: ${messageOf(error)}`);
  }
}

/** Lines of another form are left out, as every reader of that file does. */
export function accountsIn(text: string): User[] {
  return [...text.matchAll(LINE)].map(([, name = '', uid, gid, home = '', shell = '']) => ({
    uid: Number(uid),
    gid: Number(gid),
    name,
    home,
    shell,
  }));
}

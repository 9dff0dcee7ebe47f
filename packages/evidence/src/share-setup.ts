/** Makes the accounts, folders and passwords of a share on this machine. Safe to be run again: what is there is kept. */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, globSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { readTextIfThere } from '@waspglass/kit';
import { fail } from './errors.ts';
import { SHARE_OWNER, shareConfig } from './share-config.ts';

export interface ShareSetup {
  readonly directory: string;
  /** Accounts of honeypots to be made. */
  readonly users: readonly string[];
  /** smb.conf of the server whose list of passwords gets the accounts. */
  readonly serverConfig: string;
}

export interface MadeShare {
  /** To be included in smb.conf. */
  readonly configFile: string;
  /** One for each account, to be moved to its honeypot. */
  readonly credentials: readonly string[];
  /** Whether Samba's modules `worm` and `full_audit` are there and used. */
  readonly hasModules: boolean;
}

const MODULES = '/usr/lib{,64}{,/*-linux-gnu}/samba/vfs/worm.so';

export function setUpShare({ directory, users, serverConfig }: ShareSetup): MadeShare {
  const owner = account(SHARE_OWNER);
  // Accounts must get through every folder above their own.
  folder(directory, 0, 0, 0o755);
  folder(path.join(directory, 'evidence'), owner.uid, owner.gid, 0o755);
  folder(path.join(directory, 'receipts'), owner.uid, owner.gid, 0o755);
  folder(path.join(directory, 'credentials'), 0, 0, 0o700);
  for (const user of users) {
    const { gid } = account(user);
    folder(path.join(directory, 'evidence', user), owner.uid, gid, 0o1730);
    folder(path.join(directory, 'receipts', user), owner.uid, gid, 0o2750);
  }
  const credentials = users.map((user) => password(user, path.join(directory, 'credentials', user), serverConfig));
  const all = readdirSync(path.join(directory, 'evidence')).sort();
  const hasModules = globSync(MODULES).length > 0;
  const configFile = path.join(directory, 'waspglass.smb.conf');
  writeFileSync(configFile, shareConfig(directory, all, hasModules), { mode: 0o644 });
  return { configFile, credentials, hasModules };
}

function folder(place: string, uid: number, gid: number, mode: number): void {
  mkdirSync(place, { recursive: true });
  chownSync(place, uid, gid);
  chmodSync(place, mode);
}

/** Unix account without a shell and without a password, made when missing. */
function account(name: string): { uid: number; gid: number } {
  const known = lookUp(name);
  if (known !== undefined) return known;
  run('useradd', ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', '--', name], '');
  const made = lookUp(name);
  if (made === undefined) throw fail('WG_EVIDENCE_SETUP', { program: 'useradd', reason: `no account ${name}` });
  return made;
}

function lookUp(name: string): { uid: number; gid: number } | undefined {
  const { stdout, status } = spawnSync('getent', ['passwd', name], { encoding: 'utf8' });
  const [, , uid, gid] = (stdout ?? '').split(':');
  return status === 0 ? { uid: Number(uid), gid: Number(gid) } : undefined;
}

/** Gives the account a password in Samba; the file of an earlier run is kept and its password used again. */
function password(user: string, file: string, serverConfig: string): string {
  const before = /^password = (.+)$/m.exec(readTextIfThere(file) ?? '')?.[1];
  const secret = before ?? randomBytes(24).toString('base64url');
  if (before === undefined)
    writeFileSync(file, `username = ${user}\npassword = ${secret}\n`, { mode: 0o600, flag: 'wx' });
  run('smbpasswd', ['-c', serverConfig, '-s', '-a', user], `${secret}\n${secret}\n`);
  return file;
}

function run(program: string, args: readonly string[], input: string): void {
  const { status, stderr, error } = spawnSync(program, args, { input, encoding: 'utf8' });
  if (status === 0) return;
  const reason = error?.message ?? stderr.trim().split('\n').at(-1) ?? `ended with ${status}`;
  throw fail('WG_EVIDENCE_SETUP', { program, reason });
}

/**
 * Tries on a share what somebody could try who has taken over a honeypot and knows its account. One row for each attack:
 * what smbclient is told to do. Everything but adding a file must be refused.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { delay } from '@waspglass/kit';
import { lastLine, placeOnShare, quote, type SmbServer, smbcacls, smbclient } from './smb-client.ts';

export interface AttackPlan {
  readonly server: SmbServer;
  /** Share of receipts; '' when there is none. */
  readonly receipts: string;
  /** Account of another honeypot whose folder is tried. */
  readonly other: string;
}

export interface AttackResult {
  readonly what: string;
  /** What must happen; `harmless`: it may be allowed, since it does nothing to evidence. */
  readonly expected: 'allowed' | 'denied' | 'harmless';
  readonly outcome: 'allowed' | 'denied';
  /** What the server said. */
  readonly answer: string;
}

interface Target {
  /** Name of a file that was delivered a while ago. */
  readonly old: string;
  /** A name that is free, another one for each row. */
  readonly free: string;
  readonly other: string;
  readonly receipts: string;
  readonly share: string;
  /** Local files. */
  readonly forged: string;
  readonly empty: string;
  readonly longer: string;
}

interface Attack {
  readonly what: string;
  readonly isHarmless?: boolean;
  readonly commands: (t: Target) => readonly string[];
  /** Another server or another protection than the honeypot's own. */
  readonly server?: (t: Target, server: SmbServer) => SmbServer;
  /** Arguments of smbcacls, which is run instead. */
  readonly access?: (t: Target) => readonly string[];
}

const put = (local: string, remote: string): readonly string[] => [`put ${quote(local)} ${quote(remote)}`];

const attacks: readonly Attack[] = [
  { what: 'overwrite', commands: (t) => put(t.forged, t.old) },
  { what: 'truncate', commands: (t) => put(t.empty, t.old) },
  { what: 'open again and append', commands: (t) => [`reput ${quote(t.longer)} ${quote(t.old)}`] },
  { what: 'delete', commands: (t) => [`del ${quote(t.old)}`] },
  { what: 'delete by a pattern', commands: () => ['del *'] },
  { what: 'delete a tree', commands: (t) => [`deltree ${quote(t.old)}`] },
  { what: 'rename', commands: (t) => [`rename ${quote(t.old)} ${quote(t.free)}`] },
  {
    what: 'rename a new file over it',
    commands: (t) => [...put(t.forged, t.free), `rename ${quote(t.free)} ${quote(t.old)} -f`],
  },
  { what: 'hard link', commands: (t) => [`hardlink ${quote(t.old)} ${quote(t.free)}`] },
  { what: 'symbolic link', commands: (t) => ['posix', `symlink ${quote('/etc/passwd')} ${quote(t.free)}`] },
  { what: 'read', commands: (t) => [`get ${quote(t.old)} -`] },
  { what: 'list', commands: () => ['ls'] },
  { what: 'times', commands: (t) => [`utimes ${quote(t.old)} -1 -1 2001:01:01-01:01:01 -1`] },
  { what: 'attributes', commands: (t) => [`setmode ${quote(t.old)} +rsh`] },
  { what: 'extended attributes', commands: (t) => [`setea ${quote(t.old)} user.forged yes`] },
  { what: 'mode', commands: (t) => ['posix', `chmod 0777 ${quote(t.old)}`] },
  { what: 'owner', commands: (t) => ['posix', `chown 0 0 ${quote(t.old)}`] },
  {
    what: 'access list',
    commands: () => [],
    access: (t) => [t.old, '--add=ACL:Everyone:ALLOWED/0x0/FULL'],
  },
  { what: 'another stream of it', commands: (t) => put(t.forged, `${t.old}:forged`) },
  // Samba makes it before it looks at its mode: an empty folder that nobody can enter.
  { what: 'make a folder', commands: (t) => [`mkdir ${quote(t.free)}`], isHarmless: true },
  { what: "write into another honeypot's folder", commands: (t) => put(t.forged, `..\\${t.other}\\${t.free}`) },
  { what: "list another honeypot's folder", commands: (t) => [`cd ${quote(`..\\${t.other}`)}`, 'ls'] },
  {
    what: 'leave the share',
    commands: (t) => [`get ${quote('..\\..\\waspglass.smb.conf')} -`, ...put(t.forged, `..\\${t.free}`)],
  },
  {
    what: 'write a receipt',
    server: (t, server) => ({ ...server, share: t.receipts }),
    commands: (t) => put(t.forged, t.free),
  },
  {
    what: 'an old protocol without encryption',
    server: (_, server) => ({ ...server, encrypt: false, protocol: 'SMB2_10' }),
    commands: (t) => put(t.forged, t.free),
  },
  {
    what: 'without a password',
    server: (_, server) => ({ ...server, credentials: { username: 'guest', password: '', domain: '' } }),
    commands: (t) => put(t.forged, t.free),
  },
  // Whatever was answered before: a file that is gone would leave its name free.
  { what: 'put another in its place', commands: (t) => put(t.longer, t.old) },
];

const USUAL_PORT = 445;
/** Longer than the second after which a file is closed for good. */
const GRACE_MS = 2500;

/** Delivers a file, waits until it is out of reach, and tries everything. Takes some seconds. */
export async function tryAttacks(plan: AttackPlan, signal: AbortSignal): Promise<AttackResult[]> {
  const local = mkdtempSync(path.join(tmpdir(), 'wg-attacks-'));
  const id = randomBytes(6).toString('hex');
  const file = (name: string, content: string): string => {
    writeFileSync(path.join(local, name), content);
    return path.join(local, name);
  };
  const { receipts, other, server } = plan;
  const target = {
    ...{ old: `check.${id}.evidence`, free: '', other, receipts, share: server.share },
    ...{ forged: file('forged', 'forged\n'), empty: file('empty', ''), longer: file('longer', 'evidence and more\n') },
  };
  try {
    const add: Attack = { what: 'add a file', commands: () => put(file('evidence', 'evidence\n'), target.old) };
    const results = [await attempt(add, target, plan, signal, 'allowed')];
    await delay(GRACE_MS);
    for (const [i, attack] of attacks.entries()) {
      const cannot = attack.access !== undefined && server.port !== USUAL_PORT;
      if (cannot || attack.server?.(target, server).share === '') continue;
      const free = `check.${id}.${String.fromCharCode(97 + Math.floor(i / 26), 97 + (i % 26))}`;
      results.push(await attempt(attack, { ...target, free }, plan, signal, attack.isHarmless ? 'harmless' : 'denied'));
    }
    return results;
  } finally {
    rmSync(local, { recursive: true, force: true });
  }
}

/** Whether the share did what it must not. */
export const isBroken = ({ expected, outcome }: AttackResult): boolean =>
  expected !== 'harmless' && expected !== outcome;

async function attempt(
  { what, commands, server, access }: Attack,
  target: Target,
  plan: AttackPlan,
  signal: AbortSignal,
  expected: AttackResult['expected'],
): Promise<AttackResult> {
  const place = server?.(target, plan.server) ?? plan.server;
  const { folder } = placeOnShare(place.share);
  const inFolder = folder === '' ? [] : [`cd ${quote(folder)}`];
  const outcome =
    access === undefined
      ? await smbclient(place, [...inFolder, ...commands(target)], signal)
      : await smbcacls(place, access(target), signal);
  // A fault is told on either of the two, and not every command turns it into an exit code.
  const said = `${outcome.errors}\n${outcome.output}`;
  const isDenied = outcome.code !== 0 || /NT_STATUS_(?!OK)|does not support|doesn't support/.test(said);
  return { what, expected, outcome: isDenied ? 'denied' : 'allowed', answer: isDenied ? reasonOf(said) : '' };
}

function reasonOf(said: string): string {
  return /NT_STATUS_\w+/.exec(said)?.[0] ?? lastLine(said).slice(0, 100);
}

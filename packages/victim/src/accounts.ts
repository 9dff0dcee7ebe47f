/**
 * The weak accounts: lines of passwd, shadow, group and gshadow added to the image's. Hashes are yescrypt as Debian 12
 * makes them (sha512crypt where the machine's libcrypt knows no yescrypt); passwords reach perl on standard input only.
 */
import { randomBytes } from 'node:crypto';
import { run } from './command.ts';
import { fail } from './errors.ts';

export interface Account {
  readonly name: string;
  readonly password: string;
  readonly uid?: number;
  readonly shell?: string;
  /** May run everything as root with its own password. */
  readonly sudo?: boolean;
}

/** The accounts of the article's honeypot. */
/** Weak accounts by name of the set; both are those of the article that this product began with. */
export const accountSets = {
  first: accountsWithRoot('passw0rd'),
  second: accountsWithRoot('test123'),
} as const;

export const defaultAccounts: readonly Account[] = accountSets.first;

function accountsWithRoot(password: string): readonly Account[] {
  return [
    { name: 'root', password },
    { name: 'user', password: 'user' },
    { name: 'user2', password: 'user2' },
  ];
}

export interface AccountFiles {
  readonly passwd: string;
  readonly shadow: string;
  readonly group: string;
  readonly gshadow: string;
}

export interface Home {
  readonly path: string;
  readonly uid: number;
}

const FIRST_UID = 1000;
const DAY = 86_400_000;

/** The files with the accounts added (or, for those that the image has, such as root, given a password). */
export async function addAccounts(
  files: AccountFiles,
  accounts: readonly Account[],
): Promise<{ files: AccountFiles; homes: Home[] }> {
  checkAccounts(accounts);
  const hashes = await hashPasswords(accounts.map((account) => account.password));
  const passwd = lines(files.passwd);
  const shadow = lines(files.shadow);
  const group = lines(files.group);
  const gshadow = lines(files.gshadow);
  const homes: Home[] = [];
  const changed = Math.floor(Date.now() / DAY) - 90;
  const uids = freeUids(passwd, accounts);

  accounts.forEach((account, i) => {
    const { name } = account;
    const entry = `${name}:${hashes[i]}:${changed}:0:99999:7:::`;
    const known = shadow.findIndex((line) => line.startsWith(`${name}:`));
    if (known >= 0) shadow[known] = entry;
    else {
      const uid = account.uid ?? uids.next().value;
      passwd.push(`${name}:x:${uid}:${uid}:,,,:/home/${name}:${account.shell ?? '/bin/bash'}`);
      shadow.push(entry);
      group.push(`${name}:x:${uid}:`);
      gshadow.push(`${name}:!::`);
      homes.push({ path: `/home/${name}`, uid });
    }
    if (account.sudo === true) for (const table of [group, gshadow]) addMember(table, 'sudo', name);
  });
  return { files: { passwd: text(passwd), shadow: text(shadow), group: text(group), gshadow: text(gshadow) }, homes };
}

/** Names and shells become fields of colon-separated files and paths; passwords become lines. */
export function checkAccounts(accounts: readonly Account[]): void {
  const names = new Set<string>();
  for (const { name, password, uid, shell } of accounts) {
    const bad = (found: string, expected: string) => fail('WG_VICTIM_ACCOUNT_BAD', { name, found, expected });
    if (!/^[a-z_][a-z0-9_-]{0,31}$/.test(name)) throw bad('bad name', 'a-z, 0-9, "_" and "-", at most 32');
    if (names.has(name)) throw bad('given twice', 'one account per name');
    names.add(name);
    if (password === '' || password.length > 256 || /[\0\r\n]/.test(password)) {
      throw bad('bad password', '1 to 256 characters on one line');
    }
    if (uid !== undefined && !(Number.isInteger(uid) && uid >= 100 && uid < 60_000)) {
      throw bad(`uid ${uid}`, 'an integer from 100 to 59999');
    }
    if (shell !== undefined && !/^(\/[\w.+-]+)+$/.test(shell)) throw bad(`shell ${shell}`, 'an absolute path');
  }
}

/** One hash per password, in order. */
export async function hashPasswords(passwords: readonly string[]): Promise<string[]> {
  if (passwords.length === 0) return [];
  const salts = passwords.map(() => randomBytes(16).toString('hex').slice(0, 22));
  const script =
    'while (<STDIN>) { chomp; my ($s, $p) = split / /, $_, 2; my $h = crypt($p, "\\$y\\$j9T\\$$s\\$");' +
    ' $h = crypt($p, "\\$6\\$" . substr($s, 0, 16) . "\\$") unless defined $h && $h =~ /^\\$y\\$/; print "$h\\n"; }';
  const input = passwords.map((password, i) => `${salts[i]} ${password}\n`).join('');
  return lines(await run('perl', ['-e', script], { input }));
}

function* freeUids(passwd: readonly string[], accounts: readonly Account[]): Generator<number, never> {
  const taken = new Set([...passwd.map((line) => Number(line.split(':')[2])), ...accounts.map(({ uid }) => uid)]);
  for (let uid = FIRST_UID; ; uid++) if (!taken.has(uid)) yield uid;
}

function addMember(table: string[], groupName: string, member: string): void {
  const at = table.findIndex((line) => line.startsWith(`${groupName}:`));
  const line = table[at];
  if (line !== undefined) table[at] = line.endsWith(':') ? line + member : `${line},${member}`;
}

function lines(content: string): string[] {
  return content.split('\n').filter((line) => line !== '');
}

function text(entries: readonly string[]): string {
  return `${entries.join('\n')}\n`;
}

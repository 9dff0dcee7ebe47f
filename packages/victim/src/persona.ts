/**
 * What makes one victim this machine and no other: names, keys, ids, accounts, and the traces of people who work there.
 * Written through the mounted overlay before the first process runs. Keys and ids stay the same over resets of one
 * instance: a host key that changes with every reset is noticed.
 */
import { randomBytes } from 'node:crypto';
import {
  chmod,
  chown,
  copyFile,
  cp,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Account, type AccountFiles, addAccounts, type Home } from './accounts.ts';
import { run } from './command.ts';

export interface Persona {
  readonly hostname: string;
  readonly accounts: readonly Account[];
  readonly nameserver: string;
}

export interface Identity {
  readonly machineId: string;
  readonly mac: string;
}

const DAY = 86_400_000;

const ROOT_HISTORY = `apt-get update
apt-get upgrade
df -h
tail -f /var/log/syslog
vi /etc/ssh/sshd_config
/etc/init.d/ssh restart
crontab -l
ls -la /var/www/html
du -sh /var/*
tar czf /root/www-backup.tar.gz /var/www
last
w
exit
`;
const USER_HISTORY = `ls
cd /var/www/html
ls -l
nano index.html
cat /etc/os-release
uptime
exit
`;
const BACKUP_CRON = `# m h dom mon dow user command
17 3 * * * root tar czf /var/backups/www.tar.gz -C /var www >/dev/null 2>&1
`;

/** Writes everything below `root` (the mounted overlay); `directory` keeps what outlives a reset. */
export async function writePersona(root: string, directory: string, persona: Persona): Promise<void> {
  const { hostname, nameserver } = persona;
  const identity = await loadIdentity(directory);
  const files: readonly [path: string, text: string, mode: number][] = [
    ['/etc/hostname', `${hostname}\n`, 0o644],
    ['/etc/hosts', hosts(hostname), 0o644],
    ['/etc/resolv.conf', `nameserver ${nameserver}\n`, 0o644],
    ['/etc/machine-id', `${identity.machineId}\n`, 0o444],
    ['/etc/default/locale', 'LANG=C.UTF-8\n', 0o644],
    ['/etc/cron.d/backup', BACKUP_CRON, 0o644],
    ['/root/.bash_history', ROOT_HISTORY, 0o600],
  ];
  for (const [path, text, mode] of files) await place(root, path, text, mode);
  await placeAccounts(root, persona.accounts);
  await placeHostKeys(root, directory);
}

/** Machine id and network address, made once per instance. */
export async function loadIdentity(directory: string): Promise<Identity> {
  const file = `${directory}/identity.json`;
  const known = parseIdentity(await readFile(file, 'utf8').catch(() => ''));
  if (known !== undefined) return known;
  const tail = [...randomBytes(3)].map((byte) => byte.toString(16).padStart(2, '0')).join(':');
  const identity = { machineId: randomBytes(16).toString('hex'), mac: `52:54:00:${tail}` };
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await writeFile(`${file}.new`, `${JSON.stringify(identity)}\n`, { mode: 0o600 });
  await rename(`${file}.new`, file);
  return identity;
}

function parseIdentity(text: string): Identity | undefined {
  const match = /^\{"machineId":"([0-9a-f]{32})","mac":"([0-9a-f:]{17})"\}\s*$/.exec(text);
  return match === null ? undefined : { machineId: match[1] ?? '', mac: match[2] ?? '' };
}

function hosts(hostname: string): string {
  return `127.0.0.1\tlocalhost
127.0.1.1\t${hostname}

# The following lines are desirable for IPv6 capable hosts
::1     localhost ip6-localhost ip6-loopback
ff02::1 ip6-allnodes
ff02::2 ip6-allrouters
`;
}

async function placeAccounts(root: string, accounts: readonly Account[]): Promise<void> {
  const read = (name: string) => readFile(`${root}/etc/${name}`, 'utf8');
  const before: AccountFiles = {
    passwd: await read('passwd'),
    shadow: await read('shadow'),
    group: await read('group'),
    gshadow: await read('gshadow'),
  };
  const { files, homes } = await addAccounts(before, accounts);
  for (const [name, text] of Object.entries(files)) await writeFile(`${root}/etc/${name}`, text);
  for (const home of homes) await placeHome(root, home);
}

async function placeHome(root: string, { path, uid }: Home): Promise<void> {
  await cp(`${root}/etc/skel`, root + path, { recursive: true });
  await place(root, `${path}/.bash_history`, USER_HISTORY, 0o600);
  for (const name of await readdir(root + path)) await chown(`${root}${path}/${name}`, uid, uid);
  await chmod(root + path, 0o700);
  await chown(root + path, uid, uid);
}

/** Keys are made by the image's own ssh-keygen, before anybody else could have touched it. */
async function placeHostKeys(root: string, directory: string): Promise<void> {
  const kept = `${directory}/host-keys`;
  if ((await stat(kept).catch(() => undefined)) === undefined) {
    await run('chroot', [root, 'ssh-keygen', '-q', '-A']);
    const comment = await readFile(`${root}/etc/hostname`, 'utf8');
    await rm(`${kept}.new`, { recursive: true, force: true });
    await mkdir(`${kept}.new`, { recursive: true, mode: 0o700 });
    for (const name of await hostKeys(`${root}/etc/ssh`)) {
      if (name.endsWith('.pub')) await renameComment(`${root}/etc/ssh/${name}`, `root@${comment.trim()}`);
      await copyFile(`${root}/etc/ssh/${name}`, `${kept}.new/${name}`);
    }
    await rename(`${kept}.new`, kept);
    return;
  }
  for (const name of await hostKeys(kept)) {
    await copyFile(`${kept}/${name}`, `${root}/etc/ssh/${name}`);
    await chmod(`${root}/etc/ssh/${name}`, name.endsWith('.pub') ? 0o644 : 0o600);
  }
}

async function hostKeys(directory: string): Promise<string[]> {
  return (await readdir(directory)).filter((name) => /^ssh_host_\w+_key(\.pub)?$/.test(name));
}

/** A public key ends in the name of the machine that made it: the host's, until this. */
async function renameComment(file: string, comment: string): Promise<void> {
  const [type, key] = (await readFile(file, 'utf8')).split(' ');
  await writeFile(file, `${type} ${key} ${comment}\n`);
}

async function place(root: string, path: string, text: string, mode: number): Promise<void> {
  await mkdir(dirname(root + path), { recursive: true });
  await writeFile(root + path, text);
  await chmod(root + path, mode);
  const then = new Date(Date.now() - 40 * DAY);
  await utimes(root + path, then, then);
}

/**
 * What turns a fresh debootstrap into a machine that was installed some time ago and runs without a kernel of its own:
 * boot scripts that need hardware are gone, logs go to files, sshd takes passwords. Nothing that differs between
 * victims (keys, ids, names, accounts) is here.
 */
import { copyFile, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Profile } from './profiles.ts';

/** Raise it when this module changes what an image holds: it is part of the cache key. */
export const IMAGE_FORMAT = 1;

/** Boot scripts that neither touch devices nor mount anything; the other links of rcS.d, rc0.d and rc6.d go. */
const KEPT_BOOT_SCRIPTS = /^[SK]\d\d(bootmisc\.sh|urandom|sendsigs|halt|reboot)$/;

const DEBOOTSTRAP = '/usr/sbin/debootstrap';

const INITTAB = `# /etc/inittab: init(8) configuration.

# The default runlevel.
id:2:initdefault:

# Boot-time system configuration/initialization script.
si::sysinit:/etc/init.d/rcS

# What to do in single-user mode.
~~:S:wait:/sbin/sulogin --force

l0:0:wait:/etc/init.d/rc 0
l1:1:wait:/etc/init.d/rc 1
l2:2:wait:/etc/init.d/rc 2
l3:3:wait:/etc/init.d/rc 3
l4:4:wait:/etc/init.d/rc 4
l5:5:wait:/etc/init.d/rc 5
l6:6:wait:/etc/init.d/rc 6

# System log.
sl:2345:respawn:/usr/sbin/rsyslogd -n
`;

const RSYSLOG_ROTATE = `#!/bin/sh
if [ -s /run/rsyslogd.pid ]; then
	kill -HUP "$(cat /run/rsyslogd.pid)"
fi
`;

const SSHD_SETTINGS: Readonly<Record<string, string>> = {
  PermitRootLogin: 'yes',
  PasswordAuthentication: 'yes',
  UsePAM: 'yes',
  UseDNS: 'no',
};

const FSTAB = `# /etc/fstab: static file system information.
#
# <file system> <mount point>   <type>  <options>       <dump>  <pass>
/dev/vda1       /               ext4    errors=remount-ro 0       1
`;

const INDEX_HTML = `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Maintenance</title></head>
<body><h1>Scheduled maintenance</h1><p>We are back shortly.</p></body></html>
`;

/** Brings a fresh root file system into its final form. */
export async function finishImage(root: string, profile: Profile): Promise<void> {
  await removeBootScripts(root);
  await write(root, '/etc/inittab', INITTAB);
  await write(root, '/usr/lib/rsyslog/rsyslog-rotate', RSYSLOG_ROTATE, 0o755);
  await write(root, '/etc/fstab', FSTAB);
  await write(root, '/etc/apt/sources.list', await aptSources(profile));
  await write(root, '/var/www/html/index.html', INDEX_HTML);
  await edit(root, '/etc/rsyslog.conf', (text) => text.replace(/^(module\(load="imklog"\))/m, '#$1'));
  await edit(root, '/etc/ssh/sshd_config', sshdConfig);
  for (const service of ['sshd', 'cron', 'login']) await edit(root, `/etc/pam.d/${service}`, optionalLoginUid);
  await dropFileCapabilities(`${root}/bin/ping`);
  await removeTraces(root);
}

/** sshd takes the first value that it finds, so each setting replaces Debian's (possibly commented-out) line. */
function sshdConfig(text: string): string {
  let result = text;
  for (const [key, value] of Object.entries(SSHD_SETTINGS)) {
    const line = new RegExp(`^#?${key}\\s.*$`, 'm');
    result = line.test(result) ? result.replace(line, `${key} ${value}`) : `${result}${key} ${value}\n`;
  }
  return result;
}

/** The kernel lets a login id be set once; a victim started from a log-in session on the host inherits a set one. */
function optionalLoginUid(text: string): string {
  return text.replace(/^(session\s+)required(\s+pam_loginuid\.so)/m, '$1optional$2');
}

/** What an installed Debian has: the archive that debootstrap names as its default, whichever mirror built the image. */
async function aptSources({ suite, components }: Profile): Promise<string> {
  const parts = components.join(' ');
  const script = await readFile(DEBOOTSTRAP, 'utf8').catch(() => '');
  const archive = /^DEF_MIRROR="(https?:\/\/[a-z0-9.-]+)\/debian"$/m.exec(script)?.[1] ?? '';
  if (archive === '') return '';
  const line = (path: string, name: string) => `deb ${archive}/${path} ${name} ${parts}\n`;
  return line('debian', suite) + line('debian', `${suite}-updates`) + line('debian-security', `${suite}-security`);
}

async function removeBootScripts(root: string): Promise<void> {
  for (const level of ['rcS.d', 'rc0.d', 'rc6.d']) {
    for (const name of await readdir(`${root}/etc/${level}`)) {
      const isLink = /^[SK]\d\d/.test(name);
      if (isLink && !KEPT_BOOT_SCRIPTS.test(name)) await rm(`${root}/etc/${level}/${name}`);
    }
  }
}

/** ping has cap_net_raw, which the victim lacks: exec would fail. It works without, through datagram sockets. */
async function dropFileCapabilities(path: string): Promise<void> {
  await copyFile(path, `${path}.new`);
  await rename(`${path}.new`, path);
}

/** What the building left: keys that all victims would share, caches, and names of the machine that built it. */
async function removeTraces(root: string): Promise<void> {
  const removed = ['/etc/hostname', '/etc/hosts', '/etc/resolv.conf', '/etc/machine-id', '/var/lib/dbus/machine-id'];
  removed.push('/var/log/bootstrap.log', '/var/lib/urandom/random-seed', '/debootstrap', '/usr/sbin/policy-rc.d');
  for (const path of removed) await rm(`${root}${path}`, { recursive: true, force: true });
  for (const name of await readdir(`${root}/etc/ssh`)) {
    if (name.startsWith('ssh_host_')) await rm(`${root}/etc/ssh/${name}`);
  }
  for (const name of await readdir(`${root}/var/cache/apt/archives`)) {
    if (name.endsWith('.deb')) await rm(`${root}/var/cache/apt/archives/${name}`);
  }
}

async function write(root: string, path: string, text: string, mode = 0o644): Promise<void> {
  await mkdir(dirname(root + path), { recursive: true });
  await writeFile(root + path, text, { mode });
}

async function edit(root: string, path: string, change: (text: string) => string): Promise<void> {
  const file = root + path;
  if ((await stat(file).catch(() => undefined)) === undefined) return;
  await writeFile(file, change(await readFile(file, 'utf8')));
}

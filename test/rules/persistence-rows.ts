/** Rows of the rules about ways to stay. */
import type { RuleRow } from './row.ts';

export const persistenceRows: readonly RuleRow[] = [
  {
    rule: 'Scheduled task written',
    fires: `echo '*/3 * * * * root true' >> /etc/crontab; echo '* * * * * true' | crontab -`,
    spares: `cat /etc/crontab; echo true > gcc.sh; crontab -r`,
  },
  {
    rule: 'Job for later',
    as: 'user',
    fires: `cp /bin/true at; ./at now`,
    spares: `cp /bin/true cat2; ./cat2 now`,
  },
  {
    rule: 'Boot script or service changed',
    fires: `echo true > /etc/init.d/selinux; ln -s ../init.d/selinux /etc/rc3.d/S97selinux`,
    spares: `cat /etc/init.d/cron; ls /etc/rc3.d; cp /etc/init.d/cron copy`,
  },
  { rule: 'Service switched on', fires: `update-rc.d cron defaults`, spares: `service cron status` },
  {
    rule: 'Log-in set-up changed',
    as: 'user',
    fires: `echo true >> ~/.bashrc`,
    spares: `cat ~/.bashrc /etc/profile; echo true > bashrc`,
  },
  {
    rule: 'Preload list changed',
    as: 'user',
    fires: `echo /tmp/lab/hide.so > /etc/ld.so.preload`,
    spares: `cat /etc/ld.so.preload; echo x > ld.so.list`,
  },
  {
    rule: 'Authentication changed',
    fires: `echo '# x' >> /etc/pam.d/common-auth; echo '# x' >> /etc/ssh/sshd_config`,
    spares: `cat /etc/pam.d/common-auth /etc/ssh/sshd_config; cp /etc/pam.d/sshd copy-of-sshd`,
  },
  {
    rule: 'Authorised keys changed',
    as: 'user',
    fires: `mkdir -p ~/.ssh; echo 'ssh-ed25519 AAAATESTONLY crew@example.invalid' >> ~/.ssh/authorized_keys`,
    spares: `cat ~/.ssh/authorized_keys; echo x > keys`,
  },
  {
    rule: 'Account files changed',
    fires: `useradd sysupd; echo 'zero:x:0:0::/root:/bin/sh' >> /etc/passwd`,
    spares: `getent passwd root; cp /etc/passwd passwd.copy; sed s/root/toor/ /etc/passwd > list`,
  },
  {
    rule: 'Password hashes written',
    fires: `useradd sysupd2; echo sysupd2:secret | chpasswd`,
    spares: `passwd -S root; groupadd crew`,
  },
  {
    rule: 'Sudo rights changed',
    as: 'user',
    fires: `echo 'user ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/user`,
    spares: `cat /etc/sudoers; ls /etc/sudoers.d; echo x > sudoers.txt`,
  },
  { rule: 'Account tool run', fires: `usermod -c test user2`, spares: `getent group sudo; ls -l /usr/sbin/usermod` },
  {
    rule: 'System program replaced',
    fires: `cp /bin/true /usr/local/bin/ps; cp /bin/true truth; mv truth /usr/bin/truth`,
    spares: `cp /usr/bin/ps ps.copy; ls -l /usr/bin/ps`,
  },
  {
    rule: 'System library planted',
    fires: `cp /bin/true /lib/libudev4.so`,
    spares: `cp /lib/ld-linux* . ; ls /lib; cp /bin/true libudev4.so`,
  },
  {
    rule: 'Set-user-id bit given',
    as: 'user',
    fires: `cp /bin/true suid; chmod u+s suid`,
    spares: `cp /bin/true plain; chmod 755 plain`,
  },
  {
    rule: 'File capabilities given',
    as: 'user',
    fires: `cp /bin/true capable; /sbin/setcap cap_setuid+ep capable`,
    spares: `/sbin/getcap capable; cp /bin/true incapable`,
  },
];

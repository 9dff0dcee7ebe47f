/** Rows of the rules about looking around and about looking for a trap. */
import type { RuleRow } from './row.ts';

export const discoveryRows: readonly RuleRow[] = [
  { rule: 'Discovery command', as: 'user', fires: `uname -a; lscpu`, spares: `date; id -u; pwd` },
  { rule: 'Network explored', as: 'user', fires: `ip addr; ss -tan`, spares: `uname -n` },
  {
    rule: 'Discovery by reading files',
    as: 'user',
    fires: `cat /proc/cpuinfo; head -1 /etc/passwd`,
    spares: `cat /proc/self/comm /etc/timezone /etc/shells`,
  },
  { rule: 'Scheduled tasks listed', as: 'user', fires: `crontab -l`, spares: `crontab -h` },
  {
    rule: 'Password hashes read',
    as: 'user',
    fires: `cat /etc/shadow`,
    spares: `ls -l /etc/shadow; cat /etc/passwd; su -c true user2 < /dev/null`,
  },
  {
    rule: 'Private keys searched',
    as: 'user',
    fires: `grep -rs 'PRIVATE KEY' /home/user`,
    spares: `grep -rs 'hello' /home/user; find /etc/apt -name '*.list'`,
  },
  {
    rule: 'Keys or tokens read',
    as: 'user',
    fires: `mkdir -p ~/.ssh; echo x > ~/.ssh/id_rsa; cat ~/.ssh/id_rsa ~/.aws/credentials`,
    spares: `ls -la ~/.ssh; echo public > ~/.ssh/id_rsa.pub; cat ~/.ssh/id_rsa.pub`,
  },
  { rule: 'Shell history read', fires: `cat /home/user/.bash_history`, spares: `cat /home/user/.bashrc` },
  {
    rule: 'Memory of another process read',
    as: 'user',
    fires: `cat /proc/1/environ`,
    spares: `cat /proc/1/comm /proc/1/status; ps aux`,
  },
  {
    rule: 'Set-user-id programs searched',
    as: 'user',
    fires: `find /usr/bin -maxdepth 1 -perm -4000`,
    spares: `find /usr/bin -maxdepth 1 -name 'z*'`,
  },
  {
    rule: 'Defences looked for',
    as: 'user',
    fires: `pgrep auditd; ps ax | grep -i falco`,
    spares: `pgrep cron; ps ax | grep -i apache`,
  },
  {
    rule: 'Signs of a container read',
    as: 'user',
    fires: `cat /proc/1/cgroup /.dockerenv`,
    spares: `cat /proc/self/status /proc/uptime`,
  },
  { rule: 'Tool against sandboxes run', as: 'user', fires: `ischroot`, spares: `hostname; file /bin/true` },
  { rule: 'Honeypot suspected', as: 'user', fires: `ls /home/cowrie; find /opt -name kippo`, spares: `ls /home /opt` },
  {
    rule: 'Debugger check',
    as: 'user',
    fires: `call 101 117 0 0 0 0`,
    spares: `call 101 117 12 1 0 0`,
  },
  {
    rule: 'Writability tested',
    as: 'user',
    fires: `echo x > /tmp/.nippon`,
    spares: `echo x > notes.txt; echo x > /tmp/plan`,
  },
];

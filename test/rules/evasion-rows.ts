/** Rows of the rules about covering tracks and getting rid of others. */
import type { RuleRow } from './row.ts';

export const evasionRows: readonly RuleRow[] = [
  {
    rule: 'Log file tampered with',
    fires: `: > /var/log/btmp; rm -f /var/log/faillog; mv /var/log/dpkg.log /var/log/dpkg.old`,
    spares: `cat /var/log/auth.log; ls /var/log; logger hello; cp /var/log/wtmp wtmp`,
  },
  {
    rule: 'Shell history hidden',
    as: 'user',
    fires: `rm -f ~/.bash_history; ln -sf /dev/null ~/.bash_history`,
    spares: `history; rm -f ~/history.txt; echo set > notes`,
  },
  {
    rule: 'Logger stopped',
    as: 'user',
    fires: `pkill -9 rsyslogd`,
    spares: `pkill -9 nothing-of-this-name; pgrep rsyslogd`,
  },
  {
    rule: 'Protection removed',
    fires: `cp /bin/true iptables; ./iptables -F; dpkg -r nothing-of-this-name`,
    spares: `cp /bin/true iptables; ./iptables -L; dpkg -l cron`,
  },
  {
    rule: 'Packets filtered',
    fires: `cp /bin/true iptables; ./iptables -A INPUT -j DROP`,
    spares: `cp /bin/true iptables; ./iptables -L`,
  },
  {
    rule: 'Rivals killed',
    as: 'user',
    fires: `pkill -f xmrig; echo 999999 | xargs kill -9`,
    spares: `sleep 9 & kill $!; pkill -f nothing-of-this-name`,
  },
  {
    rule: 'All processes signalled',
    fires: `setpriv --reuid=65533 --clear-groups perl -e 'kill "KILL", -1'`,
    spares: `setpriv --reuid=65533 --clear-groups perl -e 'kill 0, -1'; sleep 9 & kill -9 $!`,
  },
  { rule: 'Scheduled tasks removed', as: 'user', fires: `crontab -r`, spares: `crontab -l; rm -f nothing` },
  {
    rule: 'File attributes changed',
    as: 'user',
    fires: `echo 1 > notes; chattr +i notes`,
    spares: `echo 1 > notes; lsattr notes; chmod 600 notes`,
  },
  {
    rule: 'File times forged',
    as: 'user',
    fires: `touch -r /bin/ls ~/x1; touch -d 2020-01-01 ~/x1`,
    spares: `touch ~/x1; touch ~/rd-list`,
  },
  {
    rule: 'File shredded',
    as: 'user',
    fires: `echo 1 > secret; shred -u secret`,
    spares: `echo 1 > secret; rm secret`,
  },
  {
    rule: 'Link to a guarded place',
    as: 'user',
    fires: `ln -sf /etc/shadow menu; ln -sfn /etc folder`,
    spares: `ln -sf /usr/share/doc manuals; ln -sf notes also-notes`,
  },
  {
    rule: 'Way around through proc',
    as: 'user',
    fires: `cat /proc/self/root/etc/hostname; cd /etc; cat /proc/self/cwd/timezone`,
    spares: `cat /proc/self/comm; cat < /dev/stdin; cat /proc/self/fd/0; ls /proc/self/fd`,
  },
  {
    rule: 'Names of machines changed',
    fires: `echo '192.0.2.9 updates.example.invalid' >> /etc/hosts`,
    spares: `cat /etc/hosts; cp /etc/hosts hosts`,
  },
];

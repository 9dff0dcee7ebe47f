/**
 * The honeypot rules against real events: a script of an intruder's steps runs under a program called sshd, in its own
 * namespaces on an overlay of this machine; each step must raise its alert.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cannotRun, recordVictim } from '../../../packages/sensor/test/victim.ts';
import { detect } from '../src/commands/detect.ts';
import { runCommand } from './run.ts';

/** Line of the script and the rule that it must set off. */
const steps: readonly (readonly [line: string, rule: string])[] = [
  ['uname -a', 'Discovery command'],
  ['head -1 /proc/cpuinfo', 'Discovery by reading files'],
  ['cat /etc/shadow > /tmp/.s', 'Password hashes read'],
  ['echo "* * * * * root /tmp/.x" > /etc/cron.hourly/zbbpxdqalfe.sh', 'Scheduled task written'],
  ['chmod +x /etc/cron.hourly/zbbpxdqalfe.sh', 'Dropped file made executable'],
  ['mv /usr/bin/wget /usr/bin/good', 'Transfer tool renamed or copied'],
  ['cp /bin/true /usr/bin/ss', 'System program replaced'],
  ['cp /bin/true /tmp/.x; /tmp/.x', 'Program run from an odd place'],
  ['bash -c \'exec -a "[kworker/0:1]" /tmp/.x\'', 'Process in disguise'],
  ['timeout 1 bash -c "echo > /dev/tcp/192.0.2.77/6667"', 'Outbound connection'],
  ['good --version', ''],
  ['scp -h', 'File transfer tool run'],
  ['useradd sysupd', 'Account tool run'],
  ['echo "sysupd2:x:0:0::/root:/bin/sh" >> /etc/passwd', 'Account files changed'],
  ['mkdir -p /root/.ssh; echo key >> /root/.ssh/authorized_keys', 'Authorised keys changed'],
  ['cp /tmp/.x /etc/init.d/gcc.sh', 'Boot script or service changed'],
  ['echo /tmp/.x >> /etc/profile', 'Log-in set-up changed'],
  ['> /var/log/auth.log', 'Log file tampered with'],
  ['chmod u+s /tmp/.x', 'Set-user-id bit given'],
  ['unset HISTFILE', 'Shell history hidden'],
  ['chattr +i /root/.ssh/authorized_keys', 'File attributes changed'],
  ['grep -s "BEGIN RSA PRIVATE KEY" /etc/hosts', 'Private keys searched'],
  ['pkill -9 rsyslogd', 'Logger stopped'],
  ['unshare -m true', 'Kernel, mount or namespace attempt'],
  ['cp /bin/true /tmp/xmrig; /tmp/xmrig -o stratum+tcp://192.0.2.9:3333', 'Miner started'],
];

/** Makes an overlay of this machine the root, and runs the steps under a program called sshd there. */
function victimScript(): string {
  const script = Buffer.from(`${steps.map(([line]) => line).join('\n')}\n`).toString('base64');
  return `mount --make-rprivate /; cd /tmp; mkdir -p wg-overlay; mount -t tmpfs none wg-overlay; cd wg-overlay
mkdir up work root; mount -t overlay overlay -o lowerdir=/,upperdir=up,workdir=work root; cd root
mount -t proc proc proc; mount --bind /dev dev; cp bin/bash usr/sbin/sshd
mkdir -p etc/cron.hourly; touch usr/bin/wget; echo ${script} | base64 -d > script; ip link set lo up; ip addr add 192.0.2.1/24 dev lo
env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root chroot . /usr/sbin/sshd -c 'bash -s < /script; true'`;
}

test('each step of an intruder raises its alert', { skip: cannotRun(), timeout: 60_000 }, async () => {
  const { file } = await recordVictim(victimScript());
  const { code, out, err } = await runCommand(detect, [file, '-o', 'json']);
  assert.equal(code, 0, err);
  const alerts = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { rule: string; output: string });
  const fired = new Set(alerts.map(({ rule }) => rule));
  const missing = steps.filter(([, rule]) => rule !== '' && !fired.has(rule));
  assert.deepEqual(missing, []);
  assert.ok(fired.has('Shell under sshd'));
  assert.ok(alerts.length < 60, `${alerts.length} alerts`);
});

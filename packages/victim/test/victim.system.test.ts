import assert from 'node:assert/strict';
import { existsSync, readFileSync, readlinkSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { after, before, describe, test } from 'node:test';
import { waitFor } from '@waspglass/kit';
import { Attacker, type SshOptions } from '../../../test/attacker/attacker.ts';
import { Containment, linkAddresses, openInside, Victim, type VictimOptions } from '../src/index.ts';
import { leftBehind, output, reasonToSkip, testImage } from './fixture.ts';

const INSTANCE = 'wgvictim';
const NETWORK = '10.66.90.0/30';
const PORT = 22_290;
const [FIRST, SECOND] = ['203.0.113.7', '198.51.100.23'];

const FORK_UNTIL_REFUSED = `
import os, signal, sys, time
children = []
try:
    for i in range(700):
        pid = os.fork()
        if pid == 0:
            time.sleep(20)
            os._exit(0)
        children.append(pid)
except OSError as error:
    sys.stdout.write(str(len(children)) + " " + type(error).__name__)
for pid in children:
    os.kill(pid, signal.SIGKILL)
`;

describe('a victim', { skip: reasonToSkip() }, () => {
  let directory = '';
  let options: VictimOptions;
  let containment: Containment;
  let victim: Victim;
  let attacker: Attacker;

  const forwarding =
    existsSync('/proc/sys/net/ipv4/ip_forward') && readFileSync('/proc/sys/net/ipv4/ip_forward', 'utf8');
  const login = (more: Partial<SshOptions> = {}) =>
    attacker.ssh({ user: 'root', password: 'passw0rd', port: PORT, from: FIRST, ...more });
  const start = async (more: Partial<VictimOptions> = {}) => {
    victim = await Victim.create({ ...options, ...more });
    await victim.start();
    await victim.waitForPort();
  };

  before(async () => {
    const image = await testImage();
    directory = await mkdtemp(`${tmpdir()}/wgvictim-`);
    options = {
      instance: INSTANCE,
      stateDirectory: `${directory}/state`,
      runDirectory: `${directory}/run`,
      image: image.root,
      network: NETWORK,
    };
    attacker = await Attacker.create({
      name: 'wgvatt',
      hostAddress: '203.0.113.1/24',
      addresses: [FIRST, SECOND],
    });
  });

  after(async () => {
    await attacker.close();
    await Victim.removeLeftovers(options);
    await Containment.of(INSTANCE).remove();
    await rm(directory, { recursive: true, force: true });
  });

  test('is not made without containment', async () => {
    await assert.rejects(Victim.create(options), { code: 'WG_VICTIM_NOT_CONTAINED' });
  });

  test('waits before its first instruction, then answers', async (t) => {
    const begin = performance.now();
    const victimAddress = linkAddresses(NETWORK).victim;
    containment = await Containment.apply({ instance: INSTANCE, hostPort: PORT, victimAddress });
    const contained = performance.now();
    victim = await Victim.create(options);
    const created = performance.now();
    assert.match(readFileSync(`/proc/${victim.initPid}/comm`, 'utf8'), /^runc/);
    await victim.start();
    await victim.waitForPort();
    const end = performance.now();
    t.diagnostic(
      `contain ${ms(contained - begin)}, create ${ms(created - contained)}, boot to sshd ${ms(end - created)}`,
    );
    assert.ok(end - created < 5000);
    for (const kind of ['pid', 'mnt', 'net', 'uts', 'ipc']) {
      assert.notEqual(readlinkSync(`/proc/${victim.initPid}/ns/${kind}`), readlinkSync(`/proc/self/ns/${kind}`));
    }
  });

  test('lets weak accounts in and keeps the source address', async () => {
    const root = await login({ from: SECOND, command: 'id -u; hostname; echo "$SSH_CONNECTION"' });
    assert.equal(root.status, 0, root.stderr);
    assert.match(root.stdout, new RegExp(`^0\nsrv-web-02\n${SECOND} \\d+ 10\\.66\\.90\\.2 22\n$`));
    const user = await login({ user: 'user', password: 'user', script: 'id -un\nw -h\nexit\n', terminal: true });
    assert.equal(user.status, 0, user.stderr);
    assert.match(user.stdout, /^user\r?$/m);
    assert.match(user.stdout, new RegExp(`user +pts/0 +${FIRST}`));
    const wrong = await login({ user: 'user2', password: 'guess', command: 'id' });
    assert.equal(wrong.status, 255);

    const expected = [`Accepted password for root from ${SECOND} `, `Failed password for user2 from ${FIRST} `];
    const log = await waitFor(
      async () => {
        const text = await textOf(victim, '/var/log/auth.log');
        return expected.every((line) => text.includes(line)) && text;
      },
      { limit: 5000, what: 'auth.log to tell of the log-ins' },
    );
    assert.match(log, new RegExp(`Accepted password for user from ${FIRST} port \\d+ ssh2`));
  });

  test('answers on the loopback address of the host too', async () => {
    const args = ['-F', '/dev/null', '-p', `${PORT}`, '-o', 'UserKnownHostsFile=/dev/null'];
    const settings = [
      '-o',
      'LogLevel=ERROR',
      '-o',
      'StrictHostKeyChecking=no',
      '-o',
      'PreferredAuthentications=password',
    ];
    const result = output(
      'env',
      'SSHPASS=passw0rd',
      'sshpass',
      '-e',
      'ssh',
      ...args,
      ...settings,
      'root@127.0.0.1',
      'id -un',
    );
    assert.equal(result, 'root\n');
  });

  test('reaches nothing outside and nothing on the host', async () => {
    const server = createServer((socket) => socket.end('reached'));
    await new Promise<void>((resolve) => server.listen(22_291, '0.0.0.0', resolve));
    const connect = (address: string, port: number) =>
      `timeout 2 bash -c 'cat </dev/tcp/${address}/${port}' && echo OUT`;
    const tries = [connect('192.0.2.99', 80), connect('10.66.90.1', 22_291), connect('203.0.113.1', 22_291)];
    const more = ['ping -c1 -W1 198.51.100.99', 'wget -T 2 -t 1 -O- http://203.0.113.7:8080/ && echo OUT'];
    const { stdout } = await login({ command: [...tries, ...more].join('; ') });
    server.close();
    assert.doesNotMatch(stdout, /OUT|reached| 0% packet loss/);

    const counters = await containment.counters();
    assert.ok(counters.egressDropped.packets >= 3);
    assert.ok(counters.hostDropped.packets >= 2);
    assert.ok(counters.published.packets >= 4);
    const seen = counters.attempts.map(({ address, protocol, port }) => `${address} ${protocol} ${port}`);
    for (const destination of [
      '192.0.2.99 tcp 80',
      '203.0.113.7 tcp 8080',
      '10.66.90.1 tcp 22291',
      '198.51.100.99 icmp 0',
    ]) {
      assert.ok(seen.includes(destination), `${destination} in ${seen.join(', ')}`);
    }
  });

  test('is reached by the published port only', async () => {
    const before = (await containment.counters()).inboundDropped.packets;
    await attacker.run('ip', ['route', 'add', NETWORK, 'via', attacker.host]);
    const { status } = await attacker.run('timeout', ['2', 'bash', '-c', 'cat </dev/tcp/10.66.90.2/22']);
    assert.equal(status, 124);
    assert.ok((await containment.counters()).inboundDropped.packets > before);
  });

  test('has no way into the host', async () => {
    const refused = [
      'mount -t tmpfs none /mnt',
      'unshare -r id',
      'unshare -m id',
      'echo x >/proc/sys/kernel/core_pattern',
      'echo b >/proc/sysrq-trigger',
      'mknod /tmp/disk b 254 0',
      'cat /dev/kmsg',
      'dmesg',
      'hostname changed',
      'ip link set eth0 down',
      'ip addr add 10.66.90.9/24 dev eth0',
    ];
    const command = refused.map((line, i) => `(${line}) >/dev/null 2>&1 && echo "${i} worked"`).join('; ');
    const sockets = [40, 38, 17].map((family) => `socket.socket(${family}, 1)`);
    const python = sockets.map((call) => `python3 -c 'import socket; ${call}; print("${call} worked")' 2>/dev/null`);
    const { stdout } = await login({ command: `${command}; ${python.join('; ')}; python3 -c 'print("done")'` });
    assert.equal(stdout, 'done\n');
  });

  test('shows no path and no name of the host', async () => {
    const places = '/proc/self/mountinfo /proc/1/cgroup /proc/1/environ /etc/hosts /etc/hostname /etc/ssh/*.pub';
    const { stdout } = await login({ command: `cat ${places} /etc/motd; env; ls -l /proc/1/fd /proc/1/cwd` });
    for (const word of [
      directory,
      INSTANCE,
      'waspglass',
      'runc',
      'docker',
      'container',
      `@${output('hostname').trim()}\n`,
    ]) {
      assert.ok(!stdout.includes(word), `"${word}" shows in ${stdout}`);
    }
  });

  test('limits processes', async () => {
    const { stdout } = await login({ command: `python3 -c '${FORK_UNTIL_REFUSED}'` });
    const [count, reason] = stdout.trim().split(' ');
    assert.equal(reason, 'BlockingIOError');
    assert.ok(Number(count) > 400 && Number(count) < 512);
    assert.equal((await login({ command: 'echo alive' })).stdout, 'alive\n');
  });

  test('ends when somebody inside reboots it, and goes on with the same files', async () => {
    const prepare = 'echo kept >/root/note; chattr +i /root/note; (sleep 0.2; reboot -f) >/dev/null 2>&1 & exit 0';
    await login({ command: prepare });
    await waitFor(() => !victim.isRunning(), { limit: 15_000, what: 'the reboot' });
    const key = await textOf(victim, '/etc/ssh/ssh_host_ed25519_key.pub');
    await start({ keepFiles: true });
    assert.equal((await login({ command: 'cat /root/note' })).stdout, 'kept\n');
    await victim.stop();
    await start();
    assert.equal((await login({ command: 'ls /root/note' })).stdout, '');
    assert.equal(await textOf(victim, '/etc/ssh/ssh_host_ed25519_key.pub'), key);
  });

  test('starts again within five seconds and leaves nothing when stopped', async (t) => {
    await victim.stop();
    await containment.remove();
    assert.deepEqual(leftBehind(INSTANCE, directory), []);
    assert.equal(readFileSync('/proc/sys/net/ipv4/ip_forward', 'utf8'), forwarding);
    const begin = performance.now();
    const image = await testImage();
    const victimAddress = linkAddresses(NETWORK).victim;
    containment = await Containment.apply({ instance: INSTANCE, hostPort: PORT, victimAddress });
    await start({ image: image.root });
    t.diagnostic(`second start ${ms(performance.now() - begin)}`);
    assert.ok(performance.now() - begin < 5000);
    await victim.remove();
    await containment.remove();
    await victim.stop();
    await containment.remove();
    assert.deepEqual(leftBehind(INSTANCE, directory), []);
    assert.ok(!existsSync(`${directory}/state/victim`));
  });
});

async function textOf(victim: Victim, path: string): Promise<string> {
  const file = await openInside(victim.mergedRoot, path);
  try {
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}

function ms(time: number): string {
  return `${Math.round(time)} ms`;
}

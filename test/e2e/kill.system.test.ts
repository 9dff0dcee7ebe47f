/**
 * kill -9 of each process during an attack: what was recorded up to the last flush is readable, everything restarts, the
 * attacker's session goes on, and the victim is contained at every moment.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { waitFor } from '@waspglass/kit';
import type { CommandDocument, SessionDocument } from '@waspglass/logs';
import { Attacker, type SshResult } from '../attacker/attacker.ts';
import { cannotRun, Instance, leftovers } from './instance.ts';

const reason = cannotRun();
const ATTACKER = '203.0.113.9';
/** Longest flush is 250 ms; this long after a command it must be on disk. */
const FLUSHED_MS = 1500;
/** Where the session tries to get out, once per round. */
const OUT = '192.0.2.99';

describe('kill -9 during an attack', { skip: reason ?? false }, () => {
  const honeypot = new Instance({
    name: 'wgkill',
    network: '10.66.41.0/30',
    config: (directory) => ({
      evidence: { directory: path.join(directory, 'evidence') },
      victim: { egress: ['http store', 'tcp record'] },
    }),
  });
  let attacker: Attacker;
  let session: Promise<SshResult>;
  let victim = 0;

  before(async () => {
    const share = path.join(honeypot.directory, 'evidence');
    mkdirSync(share);
    chmodSync(share, 0o777);
    await honeypot.start();
    victim = Number(execFileSync('cat', [path.join(honeypot.run, 'victim.pid')], { encoding: 'utf8' }));
    attacker = await Attacker.create({ name: 'wgkiller', hostAddress: '203.0.113.1/24', addresses: [ATTACKER] });
    const rounds = `i=0; while [ ! -e /tmp/stop ]; do i=$((i+1)); touch /tmp/round-$i; timeout 0.2 bash -c 'echo > /dev/tcp/${OUT}/25' 2>/dev/null; done; exit 0`;
    session = attacker.ssh({
      from: ATTACKER,
      user: 'root',
      password: 'passw0rd',
      port: honeypot.sshPort,
      script: rounds,
      timeout: 300_000,
    });
    await waitFor(() => round() > 2, { limit: 30_000, what: 'the attacker to be busy' });
  });

  after(async () => {
    await attacker?.close();
    await honeypot.remove();
  });

  /** How far the session has come, as its files say. */
  const round = () =>
    readdirSync(path.join(honeypot.state, 'victim/merged/tmp'))
      .map((name) => Number(/^round-(\d+)$/.exec(name)?.[1] ?? 0))
      .reduce((a, b) => Math.max(a, b), 0);

  const isContained = () => {
    const table = execFileSync('nft', ['list', 'table', 'inet', honeypot.name], { encoding: 'utf8' });
    return /egress_dropped"? drop/.test(table);
  };

  const dropped = () => {
    const { stdout, stderr } = honeypot.waspglass('victim', 'status', '--json', '--config', honeypot.configFile);
    assert.equal(stderr, '');
    return (JSON.parse(stdout) as { egressDropped: { packets: number } }).egressDropped.packets;
  };

  /** Names of the rounds that the captures hold. */
  const recorded = () => {
    const { stdout, stderr } = honeypot.waspglass(
      'read',
      ...honeypot.captures(),
      '-p',
      '%proc.args',
      'evt.type=execve and proc.name=touch and evt.failed=false',
    );
    assert.doesNotMatch(stderr, /^\s+at /m);
    return new Set(stdout.split('\n').map((line) => Number(/round-(\d+)/.exec(line)?.[1] ?? 0)));
  };

  for (const name of ['sensor', 'collect', 'ship', 'egress', 'up'] as const) {
    test(`${name}: restarts, and nothing older than the last flush is lost`, async () => {
      const before = honeypot.pidOf(name);
      const first = round() + 1;
      await waitFor(() => round() > first, { limit: 60_000, what: 'a round' });
      const flushed = round();
      await waitFor(() => round() > flushed + FLUSHED_MS / 200, { limit: 60_000, what: 'a few rounds' });
      const droppedBefore = dropped();
      process.kill(before, 'SIGKILL');
      assert.ok(isContained(), 'contained right after the kill');
      const now = await waitFor(
        () => {
          assert.ok(isContained(), 'contained all the time');
          const pid = readPid(name);
          return pid !== undefined && pid !== before ? pid : undefined;
        },
        { limit: 30_000, what: `${name} to restart` },
      );
      assert.notEqual(now, before);
      const here = round();
      await waitFor(() => round() > here + 5, { limit: 60_000, what: 'the session to go on' });
      await waitFor(() => dropped() > droppedBefore, { limit: 10_000, what: 'outbound packets to be dropped' });
      const rounds = recorded();
      for (let i = first; i <= flushed; i++)
        assert.ok(rounds.has(i), `round ${i} of ${flushed} is not in the captures`);
      await waitFor(() => Math.max(...recorded()) > here, {
        limit: 30_000,
        every: 500,
        what: 'new rounds in the captures',
      });
    });
  }

  test('the session is one story, from before the kills to after them', async () => {
    const sessions = (await honeypot.api('/api/sessions')) as { items: { document: SessionDocument }[] };
    const ids = sessions.items.map(({ document }) => document.session.id);
    assert.equal(ids.length, 1, JSON.stringify(sessions.items.map(({ document }) => document.message)));
    const { commands } = (await honeypot.api(`/api/sessions/${ids[0]}`)) as { commands: CommandDocument[] };
    const rounds = commands
      .map((c) => Number(/touch \/tmp\/round-(\d+)/.exec(c.message)?.[1] ?? 0))
      .filter((n) => n > 0);
    const here = round();
    assert.ok(
      rounds.includes(1) && Math.max(...rounds) > here - 20,
      `rounds ${rounds[0]} to ${rounds.at(-1)} of ${here}`,
    );
    const indexes = commands.map((c) => c.waspglass.index);
    assert.deepEqual(
      indexes,
      [...new Set(indexes)].sort((a, b) => a - b),
      'commands are numbered in order, once each',
    );
  });

  test('the victim is the same one all along and its session ends by itself', async () => {
    execFileSync('touch', [path.join(honeypot.state, 'victim/merged/tmp/stop')]);
    assert.equal((await session).status, 0);
    assert.equal(Number(execFileSync('cat', [path.join(honeypot.run, 'victim.pid')], { encoding: 'utf8' })), victim);
  });

  test('the cut capture is sealed as incomplete and shipped; status shows the restarts', async () => {
    const shipped = path.join(honeypot.directory, 'evidence');
    await waitFor(() => readdirSync(shipped, { recursive: true }).some((n) => String(n).endsWith('.seal.json')), {
      limit: 30_000,
      what: 'a shipped capture',
    });
    const { stdout, code } = honeypot.waspglass('status', '--json', '--config', honeypot.configFile);
    assert.equal(code, 0, stdout);
    assert.equal(JSON.parse(stdout).sensor.lost, 0);
  });

  test('the archive tells of the killed recorder and of nothing else', async () => {
    const archive = path.join(honeypot.directory, 'evidence');
    const key = path.join(honeypot.state, 'captures/chain.key');
    const { status: ended } = spawnSync('kill', ['-INT', String(honeypot.pidOf('up'))]);
    assert.equal(ended, 0);
    await waitFor(() => honeypot.ended, { limit: 60_000, what: 'the end' });
    const { code, stdout } = honeypot.waspglass('verify', '--audit', archive, '--key', key);
    assert.equal(code, 1, stdout);
    assert.match(stdout, /gaps/);
    assert.doesNotMatch(stdout, /altered/);
    const file = readdirSync(archive, { recursive: true })
      .map(String)
      .find((name) => name.endsWith('.scap.gz'));
    assert.ok(file !== undefined);
    const copy = path.join(archive, file);
    const bytes = readFileSync(copy);
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
    chmodSync(copy, 0o600);
    writeFileSync(copy, bytes);
    assert.equal(honeypot.waspglass('verify', '--audit', archive, '--key', key).code, 2);
  });

  test('down takes everything away', async () => {
    const { code, stdout } = honeypot.waspglass('down', '--config', honeypot.configFile);
    assert.equal(code, 0);
    assert.match(stdout, /wgkill is down/);
    await waitFor(() => leftovers(honeypot.name, honeypot.directory).length === 0, {
      limit: 10_000,
      what: 'nothing to be left',
    });
  });

  function readPid(name: string): number | undefined {
    try {
      return honeypot.pidOf(name);
    } catch {
      return undefined;
    }
  }
});

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statfsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { freemem, tmpdir } from 'node:os';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Attacker } from '../../../test/attacker/attacker.ts';
import { cgroupName } from '../src/cgroups.ts';
import { divert } from '../src/divert.ts';
import { Containment, type ContainmentCounters, Victim } from '../src/index.ts';
import {
  type Attempt,
  greedyAttempts,
  hostAttempts,
  INTERNET,
  networkAttempts,
  rawAttempts,
  wallAttempts,
} from './attempts.ts';
import { leftBehind, output, reasonToSkip, testImage } from './fixture.ts';
import { Watcher } from './watcher.ts';

const INSTANCE = 'wgvict';
const NETWORK = '10.66.95.0/30';
const [PORT, SERVICE, CONSOLE] = [22_295, 22_296, 22_297];
const HOST = ['10.66.95.1', '203.0.113.1'];
const LIMITS = { disk: 400 * 2 ** 20, memory: 2 ** 28, processor: 50 };
const PRELUDE = `HOST, PORT, CONSOLE, SSH = ${JSON.stringify(HOST)}, ${SERVICE}, ${CONSOLE}, ${PORT}\n`;
const INTERPRETERS = { python: 'python3 -', perl: 'perl -', shell: 'sh -s' } as const;

describe('root in the victim harms nobody', { skip: reasonToSkip() }, () => {
  let directory = '';
  let root = '';
  let place: { instance: string; stateDirectory: string; runDirectory: string };
  let internet: Attacker;
  let watcher: Watcher;
  let reached = 0;
  const servers: Server[] = [];

  before(async () => {
    directory = await mkdtemp(`${tmpdir()}/wgvict-`);
    place = { instance: INSTANCE, stateDirectory: `${directory}/state`, runDirectory: `${directory}/run` };
    internet = await Attacker.create({ name: 'wgvinet', hostAddress: '203.0.113.1/24', addresses: INTERNET });
    for (const route of ['192.0.2.128/25', '8.8.8.8/32', '198.51.100.0/24'])
      output('ip', 'route', 'add', route, 'via', INTERNET[0], 'dev', 'wgvinet-o');
    watcher = Watcher.create(internet.namespace, `ip saddr ${HOST[1]} tcp sport ${PORT}`);
    for (const port of [SERVICE, CONSOLE]) {
      const server = createServer((socket) => {
        reached++;
        socket.end('reached');
      });
      await new Promise<void>((resolve) => server.listen(port, '0.0.0.0', resolve));
      servers.push(server);
    }
    const local = createServer(() => reached++);
    await new Promise<void>((resolve) => local.listen('\0wgattempt', resolve));
    servers.push(local);

    root = (await testImage()).root;
    const starter = fileURLToPath(new URL('start-victim.ts', import.meta.url));
    const settings = JSON.stringify({ ...place, image: root, network: NETWORK, hostPort: PORT, limits: LIMITS });
    const child = spawn(process.execPath, [starter, settings], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    // Nothing of ours runs from here on: what holds is what is in the kernel.
    child.kill('SIGKILL');
    await once(child, 'close');
  });

  after(async () => {
    for (const server of servers) server.close();
    watcher.close();
    await internet.close();
    await Victim.removeLeftovers(place);
    await Containment.of(INSTANCE).remove();
    await rm(directory, { recursive: true, force: true });
    assert.deepEqual(leftBehind(INSTANCE, directory), []);
  });

  const inVictim = async ({ run, script }: Attempt): Promise<string> => {
    const text = run === 'python' ? PRELUDE + script : script;
    const login = {
      user: 'root',
      password: 'passw0rd',
      port: PORT,
      command: `timeout 30 ${INTERPRETERS[run]}; echo end`,
    };
    const { stdout, stderr } = await internet.ssh({ ...login, script: text });
    // The session itself must have worked, or nothing was tried.
    assert.match(stdout, /end\n$/, stderr);
    assert.doesNotMatch(stderr, /Traceback|SyntaxError|syntax error/);
    return stdout;
  };

  const denied = async (attempt: Attempt): Promise<string> => {
    const seen = watcher.packets();
    const counters = await Containment.of(INSTANCE).counters();
    assert.doesNotMatch(await inVictim(attempt), /WORKED/);
    assert.equal(reached, 0, 'the host was reached');
    assert.equal(watcher.packets() - seen, 0, 'packets left');
    const counted = difference(await Containment.of(INSTANCE).counters(), counters);
    if (attempt.counted === 'either') assert.ok(counted.egress + counted.host > 0, 'not counted');
    if (attempt.counted === 'egress') assert.ok(counted.egress > 0, 'not counted');
    if (attempt.counted === 'host') assert.ok(counted.host > 0, 'not counted');
    return `${counted.egress} packets to the outside, ${counted.host} to the host, all dropped`;
  };

  for (const group of [networkAttempts, hostAttempts, wallAttempts]) {
    for (const attempt of group) {
      test(attempt.name, async (t) => {
        const outcome = await denied(attempt);
        if (group !== wallAttempts) t.diagnostic(outcome);
      });
    }
  }

  for (const attempt of greedyAttempts) {
    test(attempt.name, async (t) => {
      const [memory, disk] = [freemem(), statfsSync(directory)];
      const said = await inVictim(attempt);
      t.diagnostic(said.trim().split('\n').slice(0, -1).join('; '));
      assert.doesNotMatch(said, /WORKED/);
      assert.match(await inVictim({ ...attempt, run: 'shell', script: 'id -un' }), /^root\n/);
      const taken = (disk.bfree - statfsSync(directory).bfree) * disk.bsize;
      // Others use this machine too: their share is the margin.
      assert.ok(taken < LIMITS.disk + 2 ** 28, `${taken} bytes of the host's disk`);
      assert.ok(memory - freemem() < LIMITS.memory + 2 ** 29);
    });
  }

  test('the processor', async (t) => {
    const spin = 'for i in 1 2 3 4; do timeout 4 sh -c "while :; do :; done" & done; wait';
    const used = () =>
      Number(readFileSync(`/sys/fs/cgroup/cpuacct/${cgroupName(INSTANCE)}/cpuacct.usage`, 'utf8')) / 1e6;
    const [begin, before] = [performance.now(), used()];
    await inVictim({ name: 'spin', run: 'shell', script: spin });
    const percent = (100 * (used() - before)) / (performance.now() - begin);
    t.diagnostic(`four loops got ${percent.toFixed(0)} % of one processor`);
    assert.ok(percent > 5 && percent < LIMITS.processor * 1.2);
  });

  test('the host answers while the victim floods', async (t) => {
    const flood = networkAttempts.find(({ name }) => name.startsWith('UDP flood'));
    assert.ok(flood);
    const waits: number[] = [];
    const flooding = { ...flood, script: flood.script.replace('seconds=1.0', 'seconds=3.0') };
    let running = true;
    const flooded = inVictim(flooding).finally(() => {
      running = false;
    });
    while (running) {
      const begin = performance.now();
      await internet.run('bash', ['-c', `exec 3<>/dev/tcp/203.0.113.1/${SERVICE}; cat <&3`]);
      waits.push(performance.now() - begin);
    }
    await flooded;
    const longest = Math.max(...waits);
    t.diagnostic(`${waits.length} connections to the host meanwhile, the longest took ${Math.round(longest)} ms`);
    assert.ok(waits.length > 10 && longest < 1000);
    reached = 0;
  });

  test('each wall holds without the others', async (t) => {
    const victim = (await readFile(`${place.runDirectory}/victim.pid`, 'utf8')).trim();
    // Root of the host in the victim's network: what a hole in the victim's other walls would give.
    const enter = [`--net=/proc/${victim}/ns/net`, 'chroot', root, 'timeout', '30', 'python3', '-'];
    const tryAll = (what: string, sees = true) => {
      const seen = watcher.packets();
      for (const { name, script } of [...networkAttempts.filter(({ control }) => control === true), ...rawAttempts]) {
        const { stdout } = spawnSync('nsenter', enter, { input: PRELUDE + script, encoding: 'utf8' });
        assert.doesNotMatch(stdout, /WORKED(?! (raw|[0-9]+$))/, `${what}: ${name}`);
        assert.equal(watcher.packets() - seen, 0, `${what}: packets left by ${name}`);
      }
      assert.equal(reached, 0, `${what}: the host was reached`);
      if (sees) t.diagnostic(`${what}: nothing left`);
    };
    tryAll('with all walls');
    output('tc', 'qdisc', 'del', 'dev', `${INSTANCE}-h`, 'clsact');
    assert.equal(await Containment.of(INSTANCE).isApplied(), false);
    tryAll('without the diversion');
    const mac = JSON.parse(output('ip', '-j', 'link', 'show', `${INSTANCE}-h`))[0].address;
    assert.match(mac, /^[0-9a-f:]{17}$/);
    await divert({ device: `${INSTANCE}-h`, sink: `${INSTANCE}-x`, victimAddress: '10.66.95.2', victimPort: 22 });
    assert.equal(await Containment.of(INSTANCE).isApplied(), true);
    output('nft', 'flush', 'table', 'inet', INSTANCE);
    tryAll('without the rules of nftables');
    output('ip', 'link', 'del', `${INSTANCE}-x`);
    tryAll('without those and without the sink');
  });

  test('the same attempts are seen when nothing contains them', async () => {
    const free = watcher.uncontained();
    try {
      for (const attempt of networkAttempts.filter(({ control }) => control === true)) {
        const seen = watcher.packets();
        const script = `import sys; sys.argv.append("free")\n${attempt.script}`;
        free.python(root, script);
        assert.ok(watcher.packets() > seen, `the watcher does not see: ${attempt.name}`);
      }
    } finally {
      free.close();
    }
  });
});

function difference(now: ContainmentCounters, before: ContainmentCounters): { egress: number; host: number } {
  return {
    egress: now.egressDropped.packets - before.egressDropped.packets,
    host: now.hostDropped.packets - before.hostDropped.packets,
  };
}

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Attacker } from '../../../test/attacker/attacker.ts';
import { Containment, Victim } from '../src/index.ts';
import { leftBehind, output, reasonToSkip, testImage } from './fixture.ts';

const INSTANCE = 'wgwall';
const OTHER = 'wgother';
const NETWORK = '10.66.91.0/30';
const PORT = 22_292;
const FORWARDING = '/proc/sys/net/ipv4/ip_forward';

describe('containment', { skip: reasonToSkip() }, () => {
  let directory = '';
  let attacker: Attacker;
  let place: { instance: string; stateDirectory: string; runDirectory: string };

  before(async () => {
    directory = await mkdtemp(`${tmpdir()}/wgwall-`);
    place = { instance: INSTANCE, stateDirectory: `${directory}/state`, runDirectory: `${directory}/run` };
    attacker = await Attacker.create({ name: 'wgwatt', hostAddress: '203.0.113.65/26', addresses: ['203.0.113.70'] });
  });

  after(async () => {
    await attacker.close();
    await Victim.removeLeftovers(place);
    for (const name of [INSTANCE, OTHER]) await Containment.of(name).remove();
    await rm(directory, { recursive: true, force: true });
  });

  test('stays when the process that applied it is killed; a later one takes all away', async () => {
    const before = readFileSync(FORWARDING, 'utf8');
    const image = await testImage();
    const starter = fileURLToPath(new URL('start-victim.ts', import.meta.url));
    const settings = JSON.stringify({ ...place, image: image.root, network: NETWORK, hostPort: PORT });
    const child = spawn(process.execPath, [starter, settings], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    child.kill('SIGKILL');
    await once(child, 'close');

    const command = "timeout 2 bash -c 'echo >/dev/tcp/192.0.2.99/443' && echo OUT; echo in";
    const { stdout } = await attacker.ssh({ user: 'root', password: 'passw0rd', port: PORT, command });
    assert.equal(stdout, 'in\n');
    const counters = await Containment.of(INSTANCE).counters();
    assert.ok(counters.attempts.some(({ address, port }) => address === '192.0.2.99' && port === 443));

    await Victim.removeLeftovers(place);
    await Containment.of(INSTANCE).remove();
    assert.deepEqual(leftBehind(INSTANCE, directory), []);
    assert.equal(readFileSync(FORWARDING, 'utf8'), before);
  });

  test('of two instances: one port each, and the last one to go restores forwarding', async () => {
    const before = readFileSync(FORWARDING, 'utf8');
    const first = await Containment.apply({ instance: INSTANCE, hostPort: PORT, victimAddress: '10.66.91.2' });
    const rival = { instance: OTHER, hostPort: PORT, victimAddress: '10.66.92.2' };
    await assert.rejects(
      Containment.apply(rival),
      /WG_VICTIM_PORT_TAKEN: port 22292 is taken by the instance "wgwall"/,
    );
    const second = await Containment.apply({ ...rival, hostPort: PORT + 1 });
    assert.equal(readFileSync(FORWARDING, 'utf8'), '1\n');
    await first.remove();
    assert.equal(readFileSync(FORWARDING, 'utf8'), '1\n');
    await second.remove();
    assert.equal(readFileSync(FORWARDING, 'utf8'), before);
  });

  test('applied again replaces what is there', async () => {
    const options = { instance: INSTANCE, hostPort: PORT, victimAddress: '10.66.91.2' };
    await Containment.apply(options);
    const again = await Containment.apply({ ...options, hostPort: PORT + 1, listenAddress: '203.0.113.65' });
    assert.equal((await again.counters()).egressDropped.packets, 0);
    await again.remove();
    assert.equal(await again.isApplied(), false);
  });

  test("leaves other people's tables alone", async () => {
    output('nft', 'add', 'table', 'inet', INSTANCE);
    const options = { instance: INSTANCE, hostPort: PORT, victimAddress: '10.66.91.2' };
    await assert.rejects(Containment.apply(options), { code: 'WG_VICTIM_TABLE_TAKEN' });
    await Containment.of(INSTANCE).remove();
    assert.equal(await Containment.of(INSTANCE).isApplied(), false);
    assert.match(output('nft', 'list', 'tables'), new RegExp(`inet ${INSTANCE}$`, 'm'));
    output('nft', 'delete', 'table', 'inet', INSTANCE);
  });

  test('does not make the host a router', async () => {
    if (readFileSync(FORWARDING, 'utf8') !== '0\n') return;
    const other = await Attacker.create({
      name: 'wgnext',
      hostAddress: '203.0.113.129/26',
      addresses: ['203.0.113.130'],
    });
    const wall = await Containment.apply({ instance: INSTANCE, hostPort: PORT, victimAddress: '10.66.91.2' });
    try {
      // Nobody listens there: the host refuses at once, what is not forwarded is never answered.
      const connect = async (address: string) =>
        (await attacker.run('timeout', ['2', 'bash', '-c', `echo >/dev/tcp/${address}/9`])).status;
      assert.equal(await connect('203.0.113.65'), 1);
      assert.equal(await connect('203.0.113.130'), 124);
    } finally {
      await wall.remove();
      await other.close();
    }
  });

  test('a network that is in use is refused', async () => {
    const wall = await Containment.apply({ instance: INSTANCE, hostPort: PORT, victimAddress: '10.66.93.2' });
    const user = await Attacker.create({ name: 'wgused', hostAddress: '10.66.93.1/24', addresses: ['10.66.93.7'] });
    try {
      const options = { ...place, image: '/nowhere', network: '10.66.93.0/30' };
      await assert.rejects(Victim.create(options), /WG_VICTIM_SUBNET_TAKEN: .*10\.66\.93\.0\/30 overlaps the route/);
    } finally {
      await user.close();
      await wall.remove();
    }
  });

  test('a victim that cannot be made leaves nothing', async () => {
    const wall = await Containment.apply({ instance: INSTANCE, hostPort: PORT, victimAddress: '10.66.91.2' });
    try {
      const options = { ...place, image: `${directory}/no-image`, network: NETWORK };
      await assert.rejects(Victim.create(options), /WG_VICTIM_COMMAND_FAILED: "mount /);
    } finally {
      await wall.remove();
    }
    assert.deepEqual(leftBehind(INSTANCE, directory), []);
  });
});

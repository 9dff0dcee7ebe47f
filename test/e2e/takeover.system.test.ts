/**
 * A new sensor process takes over from the one that runs, again and again, while a session makes files as fast as it can:
 * each of them is in the captures, the session goes on under its id, and `up` looks after the new process.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { waitFor } from '@waspglass/kit';
import type { SessionDocument } from '@waspglass/logs';
import { Attacker, type SshResult } from '../attacker/attacker.ts';
import { cannotRun, Instance, leftovers, ROOT } from './instance.ts';

const reason = cannotRun();
const ATTACKER = '198.51.100.70';
const TIMES = 3;

describe('a sensor that is taken over from', { skip: reason ?? false }, () => {
  const honeypot = new Instance({ name: 'wgtake', network: '10.66.45.0/30' });
  let attacker: Attacker;
  let session: Promise<SshResult>;

  before(async () => {
    await honeypot.start();
    attacker = await Attacker.create({ name: 'wgtaker', hostAddress: '198.51.100.65/27', addresses: [ATTACKER] });
    const script = 'i=0; while [ ! -e /tmp/stop ]; do i=$((i+1)); : > /tmp/r-$i; rm -f /tmp/q; done; exit 0\n';
    const login = { from: ATTACKER, user: 'root', password: 'passw0rd', port: honeypot.sshPort };
    session = attacker.ssh({ ...login, script, timeout: 120_000 });
  });

  after(async () => {
    await attacker?.close();
    await honeypot.remove();
  });

  const capture = () => honeypot.captures().length;

  test(`${TIMES} times`, async () => {
    for (let i = 0; i < TIMES; i++) {
      const old = honeypot.pidOf('sensor');
      const files = capture();
      const program = path.join(ROOT, 'apps/cli/bin/waspglass');
      const child = spawn(program, ['sensor', '--takeover', '--config', honeypot.configFile], {
        detached: true,
        stdio: 'ignore',
      });
      child.unref();
      await waitFor(() => honeypot.pidOf('sensor') !== old && capture() > files, {
        limit: 30_000,
        what: 'the new one',
      });
      assert.equal(honeypot.pidOf('sensor'), child.pid);
    }
    const { stdout } = honeypot.waspglass('status', '--config', honeypot.configFile, '--json');
    const { processes } = JSON.parse(stdout) as { processes: Record<string, number | null> };
    assert.equal(processes.sensor, honeypot.pidOf('sensor'));
    writeFileSync(path.join(honeypot.state, 'victim/merged/tmp/stop'), '');
    assert.equal((await session).status, 0);
  });

  test('no file is missing, at most one for each change is there twice', async (t) => {
    const filter = 'evt.type in (open, openat) and fd.name startswith /tmp/r-';
    const seen = new Map<number, number>();
    const count = () => {
      seen.clear();
      const { stdout } = honeypot.waspglass('read', ...honeypot.captures(), '-p', '%fd.name', filter);
      for (const line of stdout.split('\n')) {
        const number = Number(/^\/tmp\/r-(\d+)$/.exec(line)?.[1] ?? 0);
        if (number > 0) seen.set(number, (seen.get(number) ?? 0) + 1);
      }
      return seen.size;
    };
    let before = 0;
    const isSteady = () => {
      const earlier = before;
      before = count();
      return before > 0 && before === earlier;
    };
    await waitFor(isSteady, { limit: 20_000, what: 'the last flush' });
    const last = Math.max(...seen.keys());
    const missing = Array.from({ length: last }, (_, i) => i + 1).filter((number) => !seen.has(number));
    assert.deepEqual(missing, [], `of ${last}`);
    const twice = [...seen.values()].filter((times) => times > 1).length;
    t.diagnostic(`${last} files, ${twice} of them twice`);
    assert.ok(twice <= TIMES, `${twice} of ${last} are there twice`);
    const { items } = (await honeypot.api('/api/sessions')) as { items: { document: SessionDocument }[] };
    assert.equal(items.length, 1);
  });

  test('nothing is left behind', async () => {
    assert.equal(await honeypot.stop(), 0);
    await honeypot.remove();
    assert.deepEqual(leftovers(honeypot.name, honeypot.directory), []);
  });
});

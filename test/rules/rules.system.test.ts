/**
 * Every rule of our pack in the real victim: its own idle life alerts nobody, what a row does sets the row's rule off, what
 * looks alike does not, and the cases alert at every stage. One honeypot, real SSH sessions, nothing leaves it.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { delay, waitFor } from '@waspglass/kit';
import { Attacker } from '../attacker/attacker.ts';
import { cannotRun, Instance } from '../e2e/instance.ts';
import { cases } from './cases.ts';
import { Client } from './client.ts';
import { clientRows } from './client-rows.ts';
import { addCronLines, administrate, cronHasRun, knock, removeCronLines } from './idle.ts';
import { WORKPLACE } from './row.ts';
import { rows } from './rows.ts';
import { type Item, itemsOf, PREPARATION, type Span, scriptOf, spansOf, type User, within } from './runner.ts';

const HARMLESS = new Set(['Notice', 'Informational', 'Debug']);
const PLANTED = 'Planted task runs';

interface TestAlert {
  readonly rule: string;
  readonly priority: string;
  readonly output: string;
  readonly time: string;
}

describe('the honeypot’s rules', { skip: cannotRun() ?? false }, () => {
  const honeypot = new Instance({ name: 'wgrules', network: '10.66.60.4/30' });
  let attacker: Attacker;
  let client: Client;

  before(async () => {
    await honeypot.start();
    attacker = await Attacker.create({
      name: 'wgrulesa',
      hostAddress: '198.51.100.65/27',
      addresses: ['198.51.100.66', '198.51.100.67', '198.51.100.68', '198.51.100.69'],
    });
    client = await Client.create(attacker, honeypot.sshPort);
  });
  after(async () => {
    await client?.close();
    await attacker?.close();
    await honeypot.remove();
  });

  const alerts = () => honeypot.alerts() as unknown as readonly TestAlert[];
  const during = (span: Span, rule: string) => alerts().filter((a) => a.rule === rule && within(a.time, span));
  const now = () => BigInt(Date.now()) * 1_000_000n;

  /** Runs items for both users; waits until the sensor has seen the end of it. */
  async function run(items: readonly Item[], label: string): Promise<Map<string, Span>> {
    const spans = new Map<string, Span>();
    for (const user of ['root', 'user'] satisfies User[]) {
      const { stdout, stderr } = await client.type(user, scriptOf(items, user, label));
      for (const [name, span] of spansOf(items, stdout)) spans.set(name, span);
      const missing = items.filter((item) => item.user === user && !spans.has(item.name));
      assert.deepEqual(missing, [], `did not run as ${user}: ${stderr}`);
    }
    await settle();
    return spans;
  }

  /** What comes after it in the record has been judged once this command's alert is there. */
  async function settle(): Promise<void> {
    const from = now();
    await client.command('user', 'hostname -f');
    await waitFor(() => during({ from, to: now() }, 'Discovery command').length > 0, {
      limit: 20_000,
      what: 'the last alert',
    });
  }

  test('its own life and an administrator give no alert above notice', async () => {
    addCronLines(honeypot);
    await knock(client);
    await administrate(client);
    const began = Date.now();
    await waitFor(() => cronHasRun(honeypot), { limit: 130_000, what: 'cron to run the daily jobs' });
    await delay(Math.max(5000, Number(process.env.WASPGLASS_IDLE_MS ?? 60_000) - (Date.now() - began)));
    removeCronLines(honeypot);
    const loud = alerts().filter(({ priority }) => !HARMLESS.has(priority));
    assert.deepEqual(
      loud.map(({ priority, output }) => `${priority}: ${output}`),
      [],
    );
    assert.ok(
      alerts().some(({ rule }) => rule === 'Terminal session'),
      'the administrator was seen',
    );
    assert.deepEqual(
      alerts().filter(({ rule }) => rule === PLANTED),
      [],
    );
  });

  test('every row sets its rule off', async () => {
    const planted = `printf '#!/bin/sh\\ntrue\\n' > ${WORKPLACE}/planted; chmod +x ${WORKPLACE}/planted; echo '* * * * * root ${WORKPLACE}/planted' > /etc/cron.d/planted`;
    const { status, stderr } = await client.type('root', `${PREPARATION}${planted}\nexit 0\n`);
    assert.equal(status, 0, stderr);
    const spans = await run(itemsOf(rows, 'fires'), 'fires');
    const silent = rows.filter(({ rule }) => during(spans.get(rule) ?? { from: 0n, to: 0n }, rule).length === 0);
    assert.deepEqual(
      silent.map(({ rule, fires }) => `${rule}: ${fires}`),
      [],
    );
  });

  test('one new account is one alert per rule', async () => {
    const spans = await run([{ name: 'account', user: 'root', lines: 'useradd -m sysupd9' }], 'account');
    const span = spans.get('account') ?? { from: 0n, to: 0n };
    const counts = Map.groupBy(
      alerts().filter(({ time }) => within(time, span)),
      ({ rule }) => rule,
    );
    assert.deepEqual([...counts].map(([rule, list]) => `${rule} ×${list.length}`).sort(), [
      'Account files changed ×1',
      'Account tool run ×1',
      'Password hashes written ×1',
    ]);
  });

  test('what looks alike does not', async () => {
    const spans = await run(itemsOf(rows, 'spares'), 'spares');
    const wrong = rows.flatMap(({ rule }) => during(spans.get(rule) ?? { from: 0n, to: 0n }, rule));
    assert.deepEqual(
      wrong.map(({ rule, output }) => `${rule}: ${output}`),
      [],
    );
  });

  test('the cases alert at every stage, and there is no way around', async () => {
    const spans = await run(cases, 'case');
    const silent = cases.flatMap(({ name, rules }) =>
      rules
        .filter((rule) => during(spans.get(name) ?? { from: 0n, to: 0n }, rule).length === 0)
        .map((rule) => `${name}: ${rule}`),
    );
    assert.deepEqual(silent, []);
  });

  for (const row of clientRows) {
    test(`${row.rule}: by a client`, async () => {
      const quiet = now();
      await row.spares(client);
      const from = now();
      await row.fires(client);
      // Log-in records are judged when their line is read, a moment later.
      await waitFor(() => during({ from: row.shared ? 0n : from, to: now() }, row.rule).length > 0, {
        limit: 10_000,
        what: `an alert of "${row.rule}"`,
      });
      assert.deepEqual(during({ from: quiet, to: from }, row.rule), []);
    });
  }

  test(PLANTED, async () => {
    await waitFor(() => alerts().some(({ rule }) => rule === PLANTED), {
      limit: 70_000,
      what: 'cron to run the planted task',
    });
  });
});

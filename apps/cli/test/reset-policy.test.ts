import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Config, options } from '../src/config/options.ts';
import { ResetPolicy, sessionsIn } from '../src/up/reset-policy.ts';

const MINUTE = 60_000;
const defaults = Object.fromEntries(Object.entries(options).map(([name, row]) => [name, row.default]));
const policy = (own: Partial<Config>) => new ResetPolicy({ ...defaults, ...own } as Config, 0);
const calm = { sessions: 0, bytes: 0, asked: false };
const busy = { ...calm, sessions: 1 };

test('a victim starts afresh after a quiet time, but only when somebody was there', () => {
  const quiet = policy({ 'victim.reset_quiet_minutes': 5 });
  assert.equal(quiet.due(calm, 60 * MINUTE), undefined);
  assert.equal(quiet.due(busy, 61 * MINUTE), undefined);
  assert.equal(quiet.due(calm, 65 * MINUTE), undefined);
  assert.match(quiet.due(calm, 66 * MINUTE) ?? '', /quiet/);
  quiet.restart(66 * MINUTE);
  assert.equal(quiet.due(calm, 90 * MINUTE), undefined);
});

test('a victim starts afresh at an age, on growth and on request', () => {
  const old = policy({ 'victim.reset_hours': 1 });
  assert.equal(old.due(calm, 2 * 60 * MINUTE), undefined);
  assert.match(old.due(busy, 2 * 60 * MINUTE) ?? '', /old/);
  const grown = policy({ 'victim.reset_growth_mib': 10 });
  assert.equal(grown.due({ ...calm, bytes: 5 * 2 ** 20 }, 0), undefined);
  assert.equal(grown.due({ ...calm, bytes: 14 * 2 ** 20 }, 0), undefined);
  assert.match(grown.due({ ...calm, bytes: 15 * 2 ** 20 }, 0) ?? '', /grown/);
  assert.match(policy({}).due({ ...calm, asked: true }, 0) ?? '', /asked/);
  assert.equal(policy({}).due(busy, 1000 * 60 * MINUTE), undefined);
});

test('sessions are established connections to port 22', () => {
  const row = (local: string, state: string) => `   0: 0200420A:${local} 077100CB:D431 ${state} 00000000:00000000`;
  const table = ['  sl  local_address', row('0016', '01'), row('0016', '0A'), row('0050', '01'), row('0016', '01')];
  assert.equal(sessionsIn(table.join('\n')), 2);
  assert.equal(sessionsIn(''), 0);
});

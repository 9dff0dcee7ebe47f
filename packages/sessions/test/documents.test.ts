import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GrowthDocument } from '@waspglass/logs';
import { loadRules } from '@waspglass/rules';
import { AuthWindow, alertDocument, GrowthCounter } from '../src/index.ts';

test('failures per address within ten minutes', () => {
  const window = new AuthWindow();
  assert.deepEqual(window.add('192.0.2.1', 'a', true, 0), { failures: 1, users: 1, seconds: 0 });
  assert.deepEqual(window.add('192.0.2.1', 'b', true, 60_000), { failures: 2, users: 2, seconds: 60 });
  assert.deepEqual(window.add('192.0.2.2', 'b', true, 60_000), { failures: 1, users: 1, seconds: 0 });
  assert.deepEqual(window.add('192.0.2.1', 'b', false, 90_000), { failures: 2, users: 2, seconds: 90 });
  assert.deepEqual(window.add('192.0.2.1', 'c', true, 630_000), { failures: 2, users: 2, seconds: 570 });
  assert.equal(window.total('192.0.2.1'), 3);
});

test('the window is bounded in addresses, users and failures', () => {
  const window = new AuthWindow();
  for (let i = 0; i < 10_000; i++) window.add(`198.51.${i >> 8}.${i & 255}`, 'x', true, i);
  assert.equal(window.size, 4096);
  let last = window.add('a', 'u', true, 20_000);
  for (let i = 0; i < 10_000; i++) last = window.add('a', `u${i}`, true, 20_000);
  assert.ok(last.users <= 500 && last.failures <= 2000);
});

test('growth per minute', () => {
  const told: GrowthDocument[] = [];
  const counter = new GrowthCounter({ host: 'web1', run: 'r', emit: (d) => told.push(d) });
  counter.add(30_000, { events: 5, bytes: 100 });
  counter.add(59_000, { events: 5, bytes: 100, lost: 2 });
  counter.add(60_000, { events: 1 });
  counter.tell();
  assert.deepEqual(
    told.map((d) => [d['@timestamp'], d.waspglass]),
    [
      ['1970-01-01T00:00:00.000Z', { events: 10, bytes: 200, lost: 2 }],
      ['1970-01-01T00:01:00.000Z', { events: 1, bytes: 0, lost: 0 }],
    ],
  );
});

test('an alert’s document', () => {
  const text =
    '- rule: A shell\n  desc: d\n  condition: evt.type = execve\n  output: ran %proc.name\n  priority: WARNING\n  tags: [T1059.004, x]\n';
  const rule = loadRules([{ file: 'r.yaml', text }]).rules[0];
  assert.ok(rule !== undefined);
  const alert = {
    rule,
    time: 1_795_602_498_621_912_980n,
    message: 'ran sh',
    fields: { 'proc.name': 'sh' },
    hostname: 'h',
  };
  const document = alertDocument(alert, {
    host: 'web1',
    capture: { file: 'f', event: 7 },
    sessionId: 's',
    latencyMs: 12.34,
  });
  assert.deepEqual(document.rule, { name: 'A shell', id: 'T1059.004' });
  assert.equal(document.event.severity, 4);
  assert.equal(document['@timestamp'], '2026-11-25T10:28:18.621Z');
  assert.equal(document.waspglass.latency_ms, 12.3);
  assert.equal(document._id, alertDocument(alert, { host: 'web1', capture: { file: 'f', event: 7 } })._id);
});

/** Repeats are folded, firsts are not delayed, limits hold. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { waitFor } from '@waspglass/kit';
import { type AlertOutput, type Delivery, deliveryJson, deliveryText, Folding } from '../src/index.ts';
import { delivery } from './made.ts';

function collector(): AlertOutput & { readonly got: Delivery[] } {
  const got: Delivery[] = [];
  return {
    name: 'test',
    got,
    stats: { sent: 0, lost: 0, failed: 0, folded: 0, waiting: 0, lastError: '' },
    send: (one) => void got.push(one),
    close: async () => undefined,
  };
}

test('alerts of a rule by one actor become one, with number and times', async () => {
  const output = collector();
  const folding = new Folding(output, { spanMs: 40 });
  for (let n = 0; n < 5; n++) folding.send(delivery(n, { actor: 'process 1' }));
  folding.send(delivery(9, { actor: 'process 2' }));
  folding.send(delivery(9, { actor: 'process 1', rule: 'Other' }));
  assert.equal(output.got.length, 3, 'the first of each kind goes out at once');
  assert.equal(folding.stats.folded, 4);
  await waitFor(() => output.got.length === 4, { limit: 2000, what: 'the folded alert' });
  const folded = output.got[3];
  assert.ok(folded?.repeats);
  assert.equal(folded.repeats.count, 4);
  assert.match(deliveryText(folded), /Warning alert 4 \(×4, first 03:04:06.123456789, last 03:04:09.123456789\)$/);
  assert.match(deliveryJson(folded), /"repeats":\{"count":4,"first":"2026-01-02T03:04:06.123456789Z"/);
  await folding.close(10);
});

test('beyond the limit a rule is one kind; the first alert of a rule still goes out', async () => {
  const output = collector();
  let now = 0;
  const folding = new Folding(output, { spanMs: 1000, limit: 3, limitMs: 60_000, now: () => now });
  for (let n = 0; n < 100; n++) folding.send(delivery(n));
  folding.send(delivery(1, { rule: 'Rare' }));
  assert.deepEqual(
    output.got.map(({ alert }) => alert.rule.name),
    ['Shell', 'Shell', 'Shell', 'Rare'],
  );
  now = 30_000;
  await folding.close(10);
  assert.equal(output.got[4]?.repeats?.count, 97);
  assert.equal(output.got.length, 5);
});

test('many kinds stay bounded, and less severe alerts may be kept out', async () => {
  const output = collector();
  const folding = new Folding(output, { spanMs: 60_000, accepts: ({ rule }) => rule.priority !== 'Debug' });
  const one = delivery(1);
  for (let n = 0; n < 20_000; n++) folding.send({ ...one, actor: `process ${n}` });
  folding.send(delivery(1, { rule: 'Quiet', priority: 'Debug' }));
  assert.equal(output.got.length, 10_000);
  await folding.close(10);
  assert.equal(output.got.at(-1)?.repeats?.count, 10_000);
});

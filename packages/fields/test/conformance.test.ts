/**
 * What we say of each event against what sysdig 0.41.4 printed, for a few small captures of old and new writers:
 * `npm run conformance` compares all of them, with both versions, and knows the differences that stay.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compare, FIELDS } from './replay.ts';
import { shared, skipWithoutShared } from './shared.ts';

/** Captures compared in whole; percent of equal lines that each field must reach over all of them. */
const CAPTURES = [
  'cat_write.scap',
  'curl_google.scap',
  'single_ipv6_conn.scap',
  'libs-sample.scap',
  'sf-files.scap',
  'sf-filesat.scap',
  'sf-alpine.scap',
  'sf-setns.scap',
  'sf-rename.scap',
  'sf-tcp-client-server.scap',
  'sf-httpd-event-cold.scap',
];
const FLOOR = 99.9;
/** sysdig loses the user after setreuid(x, -1). */
const LOWER: Readonly<Partial<Record<(typeof FIELDS)[number], number>>> = { 'user.name': 96 };

test('fields agree with sysdig 0.41.4', { skip: skipWithoutShared }, async (t) => {
  const equal = FIELDS.map(() => 0);
  let total = 0;
  for (const capture of CAPTURES) {
    const result = await compare(shared, capture, 1);
    assert.equal(result.missing, 0, `${capture}: lines without an event`);
    total += result.total;
    for (const [i, n] of result.equal.entries()) equal[i] = (equal[i] ?? 0) + n;
  }
  for (const [i, name] of FIELDS.entries()) {
    const share = (100 * (equal[i] ?? 0)) / total;
    t.diagnostic(`${name}: ${equal[i]} of ${total} (${share.toFixed(3)} %)`);
    const floor = LOWER[name] ?? FLOOR;
    assert.ok(share >= floor, `${name}: ${share} % equal, at least ${floor} % expected`);
  }
});

/** A quick part of the acceptance suites; `npm run suites` runs all of them. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { differences } from './differences.ts';
import { expectedOutcomes } from './expected.ts';
import { falcoOutcomes } from './falco-cases.ts';
import type { Outcome } from './outcome.ts';
import { missing } from './shared.ts';
import { unitOutcomes } from './unit-cases.ts';
import { utf8Outcomes } from './utf8-cases.ts';

const skip = missing;

function assertAgreed(outcomes: readonly Outcome[], least: number): void {
  const wrong = outcomes.filter(({ state }) => state === 'differ').map(({ id, why }) => `${id}: ${why.slice(0, 300)}`);
  assert.deepEqual(wrong, []);
  const agreed = outcomes.filter(({ state }) => state === 'agree').length;
  assert.ok(agreed >= least, `only ${agreed} agree`);
}

test('Falco’s loader tests and its texts that are no UTF-8', { skip }, async () => {
  assertAgreed(unitOutcomes(), 68);
  assertAgreed(await utf8Outcomes(), 12);
});

test('Falco’s regression tests on exceptions, tags and validation', { skip }, async () => {
  assertAgreed(await falcoOutcomes('falcosecurity-testing', 'RuleException'), 25);
  assertAgreed(await falcoOutcomes('falcosecurity-testing', 'Tags'), 10);
  assertAgreed(await falcoOutcomes('falcosecurity-testing', 'Invalid'), 12);
});

test('Falco’s alerts on a small capture', { skip }, async () => {
  assertAgreed(await expectedOutcomes('sf-alpine'), 2);
});

test('every difference is argued in docs/differences.md', () => {
  const text = readFileSync(new URL('../../docs/differences.md', import.meta.url), 'utf8').replace(/\s+/g, ' ');
  for (const { why } of differences) assert.ok(text.includes(why), why);
});

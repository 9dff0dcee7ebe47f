/** The print suite's cases about options, in the default rendering; filters and --enter belong to the conformance run. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sharedMissing } from '../../apps/cli/test/shared.ts';
import { kindOf, printCases } from './print-cases.ts';
import { comparePrints } from './print-suite.ts';

test('read prints what sysdig 0.41.4 prints with each option', { skip: sharedMissing }, async (t) => {
  const cases = printCases().filter(
    (row) => row.tool === 'sysdig-0.41.4' && kindOf(row) !== 'filter' && !row.capture.includes('honeypot'),
  );
  const { unexplained } = await comparePrints(cases, (line) => t.diagnostic(line));
  assert.ok(cases.length > 300);
  assert.deepEqual(
    unexplained.map(({ test }) => test.id),
    [],
  );
});

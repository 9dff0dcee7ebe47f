/** The accept, reject and evaluate cases of the shared suite: all of them must agree. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type LibsCase, outcomeOf } from './libs-cases.ts';

const shared = process.env.WASPGLASS_SHARED ?? join(import.meta.dirname, '../../../../shared');
const index = join(shared, 'suites/libs-tests/index.json');
const skip = existsSync(index) ? false : 'the shared folder is missing';

test('every case of the suite', { skip }, () => {
  const { cases } = JSON.parse(readFileSync(index, 'utf8')) as { cases: LibsCase[] };
  const wrong = cases.filter((c) => outcomeOf(c) !== c.expect).map((c) => `${c.filter} → ${outcomeOf(c)}`);
  assert.deepEqual(wrong, []);
  assert.ok(cases.length > 300);
});

/** The bundle that reading starts from does what the sources do, and finds the rules that come with it. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

const root = path.join(import.meta.dirname, '../../..');
const bundle = path.join(root, 'build/cli/main.mjs');
const sources = path.join(root, 'apps/cli/src/main.ts');

test('the bundle checks the same rules as the sources', {
  skip: !existsSync(bundle) && 'no bundle has been built',
}, () => {
  const [a, b] = [bundle, sources].map((program) => {
    const { status, stdout } = spawnSync(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', program, 'detect', '-V'],
      {
        encoding: 'utf8',
      },
    );
    return { status, files: stdout.split('\n').map((line) => path.basename(line)) };
  });
  assert.equal(a?.status, 0);
  assert.ok((a?.files.length ?? 0) > 5);
  assert.deepEqual(a, b);
});

/** What bootstrap makes of the sources for a quick start does what the sources do. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

const root = path.join(import.meta.dirname, '../../..');
const bundle = path.join(root, 'build/cli/main.mjs');
const snapshot = path.join(root, 'build/cli/snapshot.blob');
const shared = process.env.WASPGLASS_SHARED ?? path.join(root, '../shared');
const captures = path.join(shared, 'captures');
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

test('the snapshot reads as the sources do', {
  skip: (!existsSync(snapshot) && 'no snapshot has been made') || (!existsSync(captures) && 'no ../shared/captures'),
}, () => {
  const runs: readonly (readonly string[])[] = [
    [path.join(captures, 'cat_write.scap'), '-p', '%evt.num %proc.name %fd.name', 'evt.type in (open, execve)'],
    [path.join(captures, 'gz_two_members.scap.gz'), '-c', 'topfiles_bytes'],
    [path.join(captures, 'trunc_in_event.scap'), '-q'],
    [path.join(captures, 'cat_write.scap'), 'proc.nmae=x'],
    ['--help'],
  ];
  const start = [
    ['--snapshot-blob', snapshot],
    ['--disable-warning=ExperimentalWarning', sources],
  ];
  const env = { ...process.env, NODE_OPTIONS: '' };
  for (const args of runs) {
    const [a, b] = start.map((program) => {
      const { status, stdout, stderr } = spawnSync(process.execPath, [...program, 'read', ...args], {
        encoding: 'utf8',
        env,
      });
      return { status, stdout, stderr };
    });
    assert.deepEqual(a, b, args.join(' '));
    assert.ok((a?.stdout ?? '') + (a?.stderr ?? '') !== '');
  }
});

/** A file of alerts on a disk that fills up: detection goes on, what has no room is counted, whole lines come out in the end. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { waitFor } from '@waspglass/kit';
import { FileOutput } from '../src/index.ts';
import { delivery } from './made.ts';

const root = process.getuid?.() === 0 && spawnSync('mount', ['--version']).status === 0;

test('disk full', { skip: root ? false : 'needs root and mount' }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'waspglass-full-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'none', folder]);
  t.after(() => {
    execFileSync('umount', ['-l', folder]);
    rmSync(folder, { recursive: true, force: true });
  });
  const ballast = join(folder, 'ballast');
  writeFileSync(ballast, Buffer.alloc(200_000));
  const path = join(folder, 'alerts.jsonl');
  const output = new FileOutput({ path, form: 'json', pendingLimit: 300_000, retryMs: 20 });
  const message = 'x'.repeat(2000);
  const started = performance.now();
  for (let n = 0; n < 400; n++) output.send(delivery(n, { message }));
  assert.ok(performance.now() - started < 2000, 'sending blocked');
  await waitFor(() => output.stats.failed > 0, { limit: 5000, what: 'the full disk' });
  assert.match(output.stats.lastError, /ENOSPC/);
  const { lost } = output.stats;
  assert.ok(lost > 0 && lost < 400, `${lost} lost`);
  rmSync(ballast);
  execFileSync('mount', ['-o', 'remount,size=8m', folder]);
  await waitFor(() => output.stats.waiting === 0, { limit: 10_000, what: 'room' });
  await output.close(2000);
  assert.ok(existsSync(path));
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  assert.ok(lines.every((line) => (JSON.parse(line) as { rule: string }).rule === 'Shell'));
  assert.equal(lines.length, output.stats.sent);
  assert.equal(output.stats.sent + output.stats.lost, 400);
});

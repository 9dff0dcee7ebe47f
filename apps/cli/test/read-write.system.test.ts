/** What `read -w` writes is read by Debian's sysdig: same events, same names, whole pairs with --enter. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { read } from '../src/commands/read.ts';
import { runCommand } from './run.ts';
import { capturePath, sharedMissing } from './shared.ts';

const found = spawnSync('sysdig', ['--version'], { encoding: 'utf8' }).status === 0;
const skip = sharedMissing || (found ? false : 'sysdig is not installed');

function sysdig(file: string, ...args: string[]): string[] {
  const { stdout, status, stderr } = spawnSync('sysdig', ['-r', file, ...args], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  assert.equal(status, 0, stderr);
  return stdout.trimEnd().split('\n');
}

const WHO = '*%evt.rawtime %evt.type %proc.name %proc.pname';

for (const [name, filter] of [
  ['cat_write.scap', 'proc.name=cat'],
  ['sf-nginx.scap', 'proc.name=nginx and fd.type=file'],
  ['curl_google.scap', 'proc.name=curl'],
  ['sf-setns.scap', 'evt.type in (execve, clone, open)'],
] as const) {
  test(`sysdig reads what -w made of ${name}`, { skip }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'waspglass-sysdig-'));
    try {
      for (const options of [[], ['--only-related'], ['-z'], ['--enter'], ['--enter', '--only-related']]) {
        const output = join(folder, 'out.scap');
        const input = capturePath(name);
        const { code, err } = await runCommand(read, [input, ...options, '-w', output, filter]);
        assert.deepEqual([code, err], [0, '']);
        const isPair = options.includes('--enter');
        // 0.29.3 looks for descriptors in enter events only.
        const told = isPair ? `${WHO} %fd.name` : WHO;
        const expected = new Set(sysdig(input, '-p', told, isPair ? filter : `(${filter}) and evt.dir=<`));
        const seen = new Set(sysdig(output, '-p', told));
        const missing = [...expected].filter((line) => !seen.has(line));
        assert.ok(
          missing.length <= expected.size / 100,
          `${options}: ${missing.length} of ${expected.size}, ${missing[0]}`,
        );
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
}

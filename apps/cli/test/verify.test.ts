import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { directoryTransport, Ledger, Shipper, sealFile } from '@waspglass/evidence';
import { silentLogger } from '@waspglass/kit';
import { verify } from '../src/commands/verify.ts';
import { runCommand } from './run.ts';

const root = mkdtempSync(path.join(tmpdir(), 'wg-verify-'));
after(() => rmSync(root, { recursive: true, force: true }));
const spool = path.join(root, 'spool');
const share = path.join(root, 'share');
const receipts = path.join(root, 'receipts');
const key = path.join(spool, 'chain.key');

before(async () => {
  mkdirSync(spool);
  for (const n of [1, 2]) {
    const file = path.join(spool, `image.20260102-030405.00000${n}.scap.gz`);
    writeFileSync(file, `capture ${n}`);
    await sealFile(file, n);
  }
  const transport = directoryTransport({ directory: share, host: 'bee', requireMount: 'no' });
  const ledger = new Ledger(path.join(root, 'ledger.jsonl'));
  const shipper = new Shipper({ directory: spool, transports: [transport], ledger, logger: silentLogger });
  assert.equal(await shipper.pass(transport, AbortSignal.timeout(20_000)), true);
  ledger.close();
});

test('what arrived whole gets its receipts, and the exit code is 0', async () => {
  const run = await runCommand(verify, ['--directory', share, '--key', key, '--receipts', receipts, '--once']);
  assert.equal(run.code, 0, run.err + run.out);
  assert.match(run.out, /share\/bee: complete: 2 entries, 18 bytes in files; codes right; speaks of/);
});

test('an audit names the file that was changed, what was found and what was expected, with exit code 2', async () => {
  const file = path.join(share, 'bee/image.20260102-030405.000001.scap.gz');
  rmSync(file);
  writeFileSync(file, 'capture 1 and more');
  const run = await runCommand(verify, ['--audit', share, '--key', key, '--receipts', receipts]);
  assert.equal(run.code, 2);
  assert.match(run.out, /bee: altered: 2 entries/);
  assert.match(
    run.out,
    / {2}altered {2}image\S+1\.scap\.gz: found 18 bytes, sha256 [0-9a-f]{64}; expected 9 bytes, sha256 [0-9a-f]{64}\n/,
  );
  const json = await runCommand(verify, ['--audit', share, '--json']);
  assert.equal(JSON.parse(json.out).authenticated, false);
});

test('wrong use is told', async () => {
  assert.match((await runCommand(verify, [])).err, /give one of --directory and --audit/);
  assert.match((await runCommand(verify, ['--directory', share])).err, /needs --key/);
  assert.match((await runCommand(verify, ['--audit', path.join(root, 'none')])).err, /WG_EVIDENCE_ARCHIVE: .*ENOENT/);
  const empty = path.join(root, 'empty');
  mkdirSync(empty);
  assert.equal((await runCommand(verify, ['--audit', empty])).code, 2);
  const other = path.join(root, 'other.key');
  writeFileSync(other, 'no key', { mode: 0o600 });
  assert.match((await runCommand(verify, ['--audit', share, '--key', other])).err, /WG_EVIDENCE_KEY: .*other.key:1: /);
  assert.match((await runCommand(verify, ['--audit', share, '--key', path.join(root, 'x')])).err, /WG_EVIDENCE_KEY/);
});

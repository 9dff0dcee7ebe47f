import assert from 'node:assert/strict';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { silentLogger, waitFor } from '@waspglass/kit';
import {
  directoryTransport,
  Ledger,
  readCredentials,
  readSeal,
  Shipper,
  sealFile,
  sealLeftovers,
} from '../src/index.ts';

const root = mkdtempSync(path.join(tmpdir(), 'wg-evidence-'));
after(() => rmSync(root, { recursive: true, force: true }));

function spool(name: string): { captures: string; target: string; ledgerFile: string } {
  const base = path.join(root, name);
  const captures = path.join(base, 'captures');
  const target = path.join(base, 'share');
  for (const d of [captures, target]) mkdirSync(d, { recursive: true });
  return { captures, target, ledgerFile: path.join(base, 'ledger.jsonl') };
}

function capture(directory: string, seq: number, content: string): string {
  const file = path.join(directory, `image.20260102-030405.${seq}.scap.gz`);
  writeFileSync(file, content);
  return file;
}

const shareAt = (directory: string) => directoryTransport({ directory, host: 'bee', requireMount: 'no' });
const signal = () => AbortSignal.timeout(20_000);

test('a seal holds length and hash and is read back', async () => {
  const { captures } = spool('seal');
  const file = capture(captures, 1, 'abc');
  const seal = await sealFile(file, 7);
  assert.deepEqual(readSeal(file), seal);
  assert.equal(seal.sha256, 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  assert.equal(seal.bytes, 3);
});

test('a damaged seal is one clear error', async () => {
  const { captures } = spool('bad-seal');
  const file = capture(captures, 1, 'abc');
  writeFileSync(`${file}.seal.json`, '{"name":"../../etc/passwd"}');
  assert.throws(
    () => readSeal(file),
    /WG_EVIDENCE_MANIFEST: .*image\.20260102-030405\.1\.scap\.gz\.seal\.json: not a seal/,
  );
});

test('captures of a killed writer are sealed as incomplete, the current one is left alone', async () => {
  const { captures } = spool('leftovers');
  capture(captures, 1, 'one');
  const sealed = capture(captures, 2, 'two');
  capture(captures, 3, 'three');
  await sealFile(sealed, 5);
  writeFileSync(path.join(captures, 'notes.txt'), 'not a capture');
  const seals = await sealLeftovers(captures, 'image.20260102-030405.3.scap.gz');
  assert.deepEqual(
    seals.map((s) => [s.name, s.complete, s.events]),
    [['image.20260102-030405.1.scap.gz', false, -1]],
  );
});

test('a pass copies what is sealed, checks it, and sends nothing twice', async () => {
  const { captures, target, ledgerFile } = spool('pass');
  await sealFile(capture(captures, 10, 'ten'), 1);
  await sealFile(capture(captures, 9, 'nine'), 1);
  capture(captures, 11, 'still being written');
  const transport = shareAt(target);
  const ledger = new Ledger(ledgerFile);
  const shipper = new Shipper({ directory: captures, transports: [transport], ledger, logger: silentLogger });
  assert.equal(await shipper.pass(transport, signal()), true);
  ledger.close();
  assert.deepEqual(
    readdirSync(path.join(target, 'bee')).filter((n) => n.endsWith('.gz')),
    ['image.20260102-030405.10.scap.gz', 'image.20260102-030405.9.scap.gz'],
  );
  assert.deepEqual(readFileSync(ledgerFile, 'utf8').match(/"name":"[^"]+/g), [
    '"name":"image.20260102-030405.10.scap.gz.seal.json',
    '"name":"image.20260102-030405.9.scap.gz.seal.json',
  ]);
  appendFileSync(ledgerFile, '\n{"name":"cut');
  const again = new Ledger(ledgerFile);
  assert.equal(again.size, 2);
  again.close();
});

test('an existing other file is never overwritten; a file changed after its seal is not shipped', async () => {
  const { captures, target, ledgerFile } = spool('conflict');
  const file = capture(captures, 1, 'evidence');
  await sealFile(file, 1);
  mkdirSync(path.join(target, 'bee'));
  const taken = path.join(target, 'bee', path.basename(file));
  writeFileSync(taken, 'other');
  const transport = shareAt(target);
  const ledger = new Ledger(ledgerFile);
  const shipper = new Shipper({ directory: captures, transports: [transport], ledger, logger: silentLogger });
  assert.equal(await shipper.pass(transport, signal()), false);
  assert.match(shipper.status.lastError, /WG_EVIDENCE_EXISTS/);
  assert.equal(readFileSync(taken, 'utf8'), 'other');
  rmSync(taken);
  appendFileSync(file, 'tampered');
  assert.equal(await shipper.pass(transport, signal()), false);
  assert.match(shipper.status.lastError, /WG_EVIDENCE_CHANGED/);
  assert.equal(existsSync(taken), false);
  ledger.close();
});

test('a target that fails is tried again until it works; another target is not held up', async () => {
  const { captures, target, ledgerFile } = spool('retry');
  const later = path.join(root, 'retry-later');
  writeFileSync(later, 'a file where the directory should be');
  await sealFile(capture(captures, 1, 'x'), 1);
  const ledger = new Ledger(ledgerFile);
  const transports = [shareAt(later), shareAt(target)];
  const stop = new AbortController();
  const pause = { first: 10, longest: 40 };
  const shipper = new Shipper({ directory: captures, transports, ledger, logger: silentLogger, pause });
  const running = shipper.run(stop.signal);
  await waitFor(() => existsSync(path.join(target, 'bee/image.20260102-030405.1.scap.gz')), {
    limit: 5000,
    what: 'the good target',
  });
  await waitFor(() => shipper.status.failures > 1, { limit: 5000, what: 'a second try of the bad one' });
  rmSync(later);
  await waitFor(() => ledger.size === 2, { limit: 5000, what: 'the bad target to work' });
  await sealFile(capture(captures, 2, 'y'), 1);
  await waitFor(() => ledger.size === 4, { limit: 5000, what: 'the next capture on both' });
  stop.abort();
  await running;
  assert.equal(shipper.status.pending, 0);
  ledger.close();
});

test('credentials that others can read are refused', () => {
  const file = path.join(root, 'credentials');
  writeFileSync(file, 'username = a\n', { mode: 0o644 });
  assert.throws(() => readCredentials(file), /WG_EVIDENCE_CREDENTIALS: .*found mode 0644/);
  chmodSync(file, 0o600);
  writeFileSync(file, 'username = a\npassword = p = q ;\n');
  assert.deepEqual(readCredentials(file), { username: 'a', password: 'p = q ;', domain: '' });
});

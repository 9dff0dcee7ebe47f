/** Evidence that leaves while it is written: pieces of the capture, downloaded objects, logs of a place that an intruder has. */
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
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { silentLogger, waitFor } from '@waspglass/kit';
import { readChainKeys } from '../src/chain-key.ts';
import { audit, directoryTransport, Ledger, Pieces, Shipper, sealFile, writeSpoolPolicy } from '../src/index.ts';
import { sha256Of } from '../src/seal.ts';

const root = mkdtempSync(path.join(tmpdir(), 'wg-pieces-'));
after(() => rmSync(root, { recursive: true, force: true }));

function setUp(name: string, more: Readonly<Record<string, unknown>> = {}) {
  const base = path.join(root, name);
  const [captures, share] = [path.join(base, 'captures'), path.join(base, 'share')];
  for (const folder of [captures, share]) mkdirSync(folder, { recursive: true });
  const file = path.join(base, 'ledger.jsonl');
  const ledger = new Ledger(file);
  const policy = { limitBytes: 2 ** 30, hardBytes: 2 ** 31, targets: [share], ledger: file, receipts: '', streams: [] };
  writeSpoolPolicy(captures, { ...policy, ...more });
  const transport = directoryTransport({ directory: share, host: 'bee', requireMount: 'no' });
  const shipper = new Shipper({ directory: captures, transports: [transport], ledger, logger: silentLogger });
  const pass = () => shipper.pass(transport, AbortSignal.timeout(10_000));
  const folder = path.join(share, 'bee');
  const verdict = () => audit(folder, { keys: readChainKeys(path.join(captures, 'chain.key')) });
  return { base, captures, folder, pass, shipper, verdict };
}

const pieces = (folder: string) =>
  existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => name.endsWith('.piece'))
        .sort()
    : [];
const NAME = 'image.20261130-220000.000001.scap.gz';

test('pieces are the beginning of the capture, sealed in the same chain, and go when the whole is safe', async () => {
  const { captures, folder, pass, verdict } = setUp('pieces');
  const capture = path.join(captures, NAME);
  let current = NAME;
  const cutter = new Pieces({ directory: captures, every: 5, current: () => current, logger: silentLogger });
  const written: Buffer[] = [];
  for (let i = 1; i <= 5; i++) {
    const bytes = Buffer.alloc(10_000, i);
    written.push(bytes);
    appendFileSync(capture, bytes);
    await waitFor(() => cutter.stats.bytes === i * 10_000, { limit: 5000, what: 'a piece' });
    await pass();
  }
  await cutter.close();
  current = '';
  const shipped = pieces(folder);
  assert.ok(shipped.length >= 5);
  assert.match(shipped[0] ?? '', /^image-20261130-220000-000001\.\d{8}-\d{6}\.000001\.piece$/);
  const whole = Buffer.concat(shipped.map((name) => readFileSync(path.join(folder, name))));
  assert.ok(whole.equals(Buffer.concat(written)));
  assert.equal((await verdict()).verdict, 'complete');

  await sealFile(capture, 5);
  await pass();
  assert.deepEqual(pieces(captures), []);
  assert.ok(readFileSync(path.join(folder, NAME)).equals(whole));
  assert.equal((await verdict()).verdict, 'complete');
  const file = path.join(folder, shipped[2] ?? '');
  chmodSync(file, 0o600);
  appendFileSync(file, 'x');
  assert.equal((await verdict()).verdict, 'altered');
  rmSync(file);
  assert.equal((await verdict()).verdict, 'altered');
});

test('objects become evidence once, when they are what their names say', async () => {
  const objects = path.join(root, 'downloaded');
  mkdirSync(objects);
  const { captures, folder, pass, verdict } = setUp('objects', { objects });
  const good = Buffer.from('malware');
  writeFileSync(path.join(objects, sha256Of(good)), good);
  writeFileSync(path.join(objects, 'f'.repeat(64)), 'not that');
  writeFileSync(path.join(objects, 'note.txt'), 'no object');
  symlinkSync('/etc/hostname', path.join(objects, 'a'.repeat(64)));
  for (const seq of [1, 2]) {
    const capture = path.join(captures, `image.20261130-220000.00000${seq}.scap.gz`);
    writeFileSync(capture, 'events');
    await sealFile(capture, 1);
  }
  await pass();
  const found = readdirSync(folder).filter((name) => name.endsWith('.bin'));
  assert.equal(found.length, 1);
  assert.ok(found[0]?.startsWith(`object-${sha256Of(good).slice(0, 16)}.`));
  assert.ok(readFileSync(path.join(folder, found[0] ?? '')).equals(good));
  assert.equal((await verdict()).verdict, 'complete');
});

test('a log below an intruder’s folder is read there and nowhere else', async () => {
  const merged = path.join(root, 'merged');
  mkdirSync(path.join(merged, 'var/log'), { recursive: true });
  const secret = path.join(root, 'secret');
  writeFileSync(secret, 'root:secret\n');
  const log = path.join(merged, 'var/log/auth.log');
  const { captures } = setUp('logs', { streams: [{ name: 'victim-auth', file: log, within: merged }] });
  let seq = 0;
  const seal = async () => {
    const capture = path.join(captures, `image.20261130-220000.00000${++seq}.scap.gz`);
    writeFileSync(capture, 'events');
    await sealFile(capture, 1);
    const names = readdirSync(captures).filter((name) => /^victim-auth.*gz$/.test(name));
    return names.sort().map((name) => gunzipSync(readFileSync(path.join(captures, name))).toString());
  };
  writeFileSync(log, 'one\n');
  assert.deepEqual(await seal(), ['one\n']);
  rmSync(log);
  symlinkSync(secret, log);
  assert.deepEqual(await seal(), ['one\n']);
  rmSync(path.join(merged, 'var'), { recursive: true });
  mkdirSync(path.join(root, 'elsewhere/log'), { recursive: true });
  writeFileSync(path.join(root, 'elsewhere/log/auth.log'), 'root:secret\n');
  symlinkSync(path.join(root, 'elsewhere'), path.join(merged, 'var'));
  assert.deepEqual(await seal(), ['one\n']);
  rmSync(path.join(merged, 'var'));
  mkdirSync(path.join(merged, 'var/log/auth.log'), { recursive: true });
  assert.deepEqual(await seal(), ['one\n']);
});

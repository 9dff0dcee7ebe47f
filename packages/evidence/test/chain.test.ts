import assert from 'node:assert/strict';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { isMac, KeyWalk, readChainKeys } from '../src/chain-key.ts';
import { NO_PREVIOUS, parseSeal, type SealText, sealsOf } from '../src/seal.ts';
import { sealFile, sealLeftovers } from '../src/sealing.ts';

const root = mkdtempSync(path.join(tmpdir(), 'wg-chain-'));
after(() => rmSync(root, { recursive: true, force: true }));

function directory(name: string): string {
  const made = path.join(root, name);
  mkdirSync(made);
  return made;
}

function capture(folder: string, seq: number, content: string): string {
  const file = path.join(folder, `image.20260102-030405.${String(seq).padStart(6, '0')}.scap.gz`);
  writeFileSync(file, content);
  return file;
}

const textOf = (file: string): SealText => parseSeal(readFileSync(`${file}.seal.json`, 'utf8'), file);
const keyOf = (folder: string): Buffer =>
  Buffer.from(readChainKeys(path.join(folder, 'chain.key'))[0]?.key ?? '', 'hex');

test('each seal names the one before, and the first key vouches for all of them', async () => {
  const folder = directory('three');
  const files = [1, 2, 3].map((n) => capture(folder, n, `capture ${n}`));
  for (const file of files) await sealFile(file, 1);
  const texts = files.map(textOf);
  assert.deepEqual(
    texts.map(({ seal }) => [seal.seq, seal.previous]),
    [
      [1, NO_PREVIOUS],
      [2, texts[0]?.sha256],
      [3, texts[1]?.sha256],
    ],
  );
  assert.equal(new Set(texts.map(({ seal }) => seal.chain)).size, 1);
  const keys = new KeyWalk(keyOf(folder));
  for (const { seal, body, mac } of texts) assert.ok(isMac(keys.at(seal.seq), body, mac), `seal ${seal.seq}`);
});

test('what stays on the honeypot makes no code of the past: the old key is overwritten', async () => {
  const folder = directory('erase');
  await sealFile(capture(folder, 1, 'one'), 1);
  const keys = new KeyWalk(keyOf(folder));
  const state = path.join(folder, 'chain.json');
  assert.equal(statSync(state).mode & 0o777, 0o600);
  assert.equal(statSync(path.join(folder, 'chain.key')).mode & 0o777, 0o600);
  const old = openSync(state, 'r');
  await sealFile(capture(folder, 2, 'two'), 1);
  assert.match(readFileSync(old, 'utf8'), /^\0+$/);
  closeSync(old);
  const now = readFileSync(state, 'utf8');
  for (const past of [1, 2]) assert.ok(!now.includes(keys.at(past).toString('hex')), `key ${past}`);
  assert.ok(now.includes(keys.at(3).toString('hex')));
});

test('a seal that a kill kept from being written is written as it was; no number is given twice', async () => {
  const folder = directory('killed');
  const file = capture(folder, 1, 'one');
  await sealFile(file, 1);
  const before = textOf(file);
  rmSync(`${file}.seal.json`);
  assert.deepEqual(await sealLeftovers(folder, undefined), []);
  assert.deepEqual(textOf(file), before);
  assert.equal((await sealFile(file, 1)).seq, 1, 'sealed once');
  await sealFile(capture(folder, 2, 'two'), 1);
  assert.deepEqual(
    (await sealsOf(folder)).map(({ seq }) => seq),
    [1, 2],
  );
});

test('seals asked for at the same time stand in one line', async () => {
  const folder = directory('together');
  const files = Array.from({ length: 8 }, (_, n) => capture(folder, n, `capture ${n}`));
  await Promise.all(files.map((file) => sealFile(file, 1)));
  const seals = await sealsOf(folder);
  assert.deepEqual(
    seals.map(({ seq }) => seq),
    [1, 2, 3, 4, 5, 6, 7, 8],
  );
});

test('a seal is exact: any other byte makes it none, or another one', async () => {
  const folder = directory('exact');
  const file = capture(folder, 1, 'one');
  await sealFile(file, 1);
  const text = readFileSync(`${file}.seal.json`, 'utf8');
  for (const other of [`${text} `, text.slice(0, -1), text.replace(',"seq"', ', "seq"'), text.replace('{', '{"a":1,')])
    assert.throws(() => parseSeal(other, file), /WG_EVIDENCE_MANIFEST/);
});

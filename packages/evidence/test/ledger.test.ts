import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { Ledger } from '../src/index.ts';
import { deliveriesOf } from '../src/ledger.ts';
import type { Seal } from '../src/seal.ts';

const root = mkdtempSync(path.join(tmpdir(), 'wg-ledger-'));
after(() => rmSync(root, { recursive: true, force: true }));

const seal = (seq: number) => ({ seq, name: `image.20261130-220000.${seq}.scap.gz` }) as Seal;
const nameOf = (seq: number) => `${seal(seq).name}.seal.json`;

test('what the spool has freed is forgotten, counted, and the rest stays over a restart', () => {
  const file = path.join(root, 'ledger.jsonl');
  const first = new Ledger(file);
  for (let seq = 1; seq <= 4100; seq++) {
    if (seq > 4090) first.nextAttempt(`${seq}.f.aa`, 'share');
    first.add({ name: nameOf(seq), target: 'share', sha256: 'aa', verified: 'hash', time: 'now' });
  }
  const kept = [4095, 4096, 4097, 4098, 4099, 4100].map(seal);
  const before = readFileSync(file).length;
  assert.equal(first.isCrowded, true);
  first.forget(kept);
  assert.equal(first.isCrowded, false);
  assert.ok(readFileSync(file).length < before / 100);
  first.add({ name: nameOf(4101), target: 'share', sha256: 'aa', verified: 'sent', time: 'now' });
  first.close();
  appendFileSync(file, '\n{"name":"cut');

  const second = new Ledger(file);
  assert.equal(second.size, 4101);
  assert.equal(second.has(nameOf(4096), 'share'), true);
  assert.equal(second.has(nameOf(1), 'share'), false);
  assert.equal(second.nextAttempt('4096.f.aa', 'share'), 2);
  assert.equal(second.nextAttempt('4091.f.aa', 'share'), 1);
  assert.equal(deliveriesOf(file)(nameOf(4101), 'share'), 'sent');
  assert.equal(second.isCrowded, false);
  second.close();
});

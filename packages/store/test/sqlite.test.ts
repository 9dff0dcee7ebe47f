import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openSqliteStore, SQLITE_FILE } from '../src/index.ts';
import { DatabaseSync } from '../src/sqlite/engine.ts';
import { auth } from './fixtures.ts';
import { storeSuite } from './suite.ts';

storeSuite({
  name: 'sqlite',
  place: () => {
    const directory = mkdtempSync(join(tmpdir(), 'waspglass-store-'));
    return {
      open: async () => openSqliteStore(directory),
      remove: async () => rmSync(directory, { recursive: true }),
    };
  },
});

test('a file that is no database, and one of another layout, are refused with their place', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'waspglass-store-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const file = join(directory, SQLITE_FILE);
  writeFileSync(file, 'this is no database, whatever its name says\n'.repeat(100));
  assert.throws(() => openSqliteStore(directory), /WG_STORE_OPEN: .*waspglass\.sqlite: /);
  rmSync(file);
  const other = new DatabaseSync(file);
  other.exec('PRAGMA user_version = 99');
  other.close();
  assert.throws(() => openSqliteStore(directory), /WG_STORE_VERSION: .*layout version 99/);
});

test('a failed batch leaves neither documents nor position', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'waspglass-store-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const store = openSqliteStore(directory);
  t.after(() => store.close());
  await store.insert([auth(1, 0, '192.0.2.1', 'root', 'a')], { file: 'documents.00000001.jsonl', offset: 10 });
  const bad = { ...auth(2, 0, '192.0.2.1', 'root', 'b'), _id: undefined as unknown as string };
  await assert.rejects(
    store.insert([auth(3, 0, '192.0.2.1', 'root', 'c'), bad], { file: 'documents.00000001.jsonl', offset: 99 }),
    /WG_STORE_WRITE/,
  );
  assert.deepEqual(await store.position(), { file: 'documents.00000001.jsonl', offset: 10 });
  assert.equal((await store.totals()).documents['system.auth'], 1);
  await store.insert([auth(4, 0, '192.0.2.1', 'root', 'd')]);
  assert.equal(await store.lastSeq(), 2);
});

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { after, before, describe, test } from 'node:test';
import { type DifferenceEntry, differenceOf, since } from '../src/difference.ts';
import { mountOverlay, unmountBelow } from '../src/overlay.ts';
import { output, reasonToSkip } from './fixture.ts';

const sha = (text: string) => createHash('sha256').update(text).digest('hex');

describe('the difference of a disk', { skip: reasonToSkip() }, () => {
  let directory = '';
  const file = (name: string) => `${directory}/merged/${name}`;
  const now = (more = {}) => {
    const places = { upper: `${directory}/disk/upper`, lower: `${directory}/image`, merged: `${directory}/merged` };
    return differenceOf({ ...places, ...more });
  };

  before(async () => {
    directory = mkdtempSync(`${tmpdir()}/wgdiff-`);
    for (const path of ['image/etc', 'image/gone/deep', 'image/again']) {
      mkdirSync(`${directory}/${path}`, { recursive: true });
    }
    for (const [name, text] of Object.entries({
      'etc/passwd': 'root',
      'etc/same': 'same',
      'etc/mode': 'mode',
      'gone/a': 'a',
      'gone/deep/b': 'b',
      'again/old': 'old',
    })) {
      writeFileSync(`${directory}/image/${name}`, text);
    }
    await mountOverlay({ directory, image: `${directory}/image`, size: 64 * 2 ** 20 }, false);
  });

  after(async () => {
    await unmountBelow(directory);
    rmSync(directory, { recursive: true });
  });

  test('tells what was added, changed and deleted, with hashes', async () => {
    assert.deepEqual((await now()).entries, []);
    writeFileSync(file('persona'), 'before');
    const baseline = (await now()).entries;
    writeFileSync(file('etc/passwd'), 'root\ntoor');
    chmodSync(file('etc/mode'), 0o4755);
    rmSync(file('gone'), { recursive: true });
    rmSync(file('again'), { recursive: true });
    mkdirSync(file('again'));
    writeFileSync(file('again/new'), 'new');
    symlinkSync('/etc/shadow', file('etc/link'));
    output('mkfifo', file('etc/pipe'));
    writeFileSync(Buffer.concat([Buffer.from(file('etc/')), Buffer.from([0xff, 0x0a, 0x5c])]), 'odd');
    unlinkSync(file('persona'));
    const entries = since(baseline, (await now()).entries);
    const found = new Map(entries.map((entry) => [entry.path, entry]));
    const of = (path: string, ...keys: (keyof DifferenceEntry)[]) => keys.map((key) => found.get(path)?.[key]);
    assert.deepEqual(of('/etc/passwd', 'change', 'sha256', 'was'), ['changed', sha('root\ntoor'), sha('root')]);
    assert.deepEqual(of('/etc/mode', 'change', 'mode', 'sha256', 'was'), ['changed', '4755', sha('mode'), sha('mode')]);
    assert.deepEqual(of('/gone', 'change', 'type'), ['deleted', 'directory']);
    assert.deepEqual(of('/gone/deep/b', 'change', 'sha256'), ['deleted', sha('b')]);
    assert.deepEqual(of('/again/old', 'change', 'sha256'), ['deleted', sha('old')]);
    assert.deepEqual(of('/again/new', 'change', 'sha256'), ['added', sha('new')]);
    assert.deepEqual(of('/etc/link', 'change', 'target', 'sha256'), ['added', '/etc/shadow', undefined]);
    assert.deepEqual(of('/etc/pipe', 'change', 'type'), ['added', 'other']);
    assert.deepEqual(of('/etc/\\xff\\x0a\\x5c', 'change', 'sha256'), ['added', sha('odd')]);
    assert.deepEqual(of('/persona', 'change', 'sha256'), ['deleted', sha('before')]);
    assert.equal(found.has('/etc/same'), false);
  });

  test('counts what its bounds leave out', async () => {
    const { entries, leftOut } = await now({ mostEntries: 3 });
    assert.equal(entries.length, 3);
    assert.ok(leftOut > 3);
    assert.ok((await now({ mostBytes: 2 })).leftOut > 0);
  });

  test('a tree that is renamed into itself and deeper than any path ends', async () => {
    mkdirSync(file('d'));
    for (let i = 0; i < 80; i++) {
      mkdirSync(file('e'));
      renameSync(file('d'), file('e/d'));
      renameSync(file('e'), file('d'));
    }
    const { entries, leftOut } = await now();
    assert.ok(leftOut >= 1);
    assert.ok(entries.length < 120);
  });
});

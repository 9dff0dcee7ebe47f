import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { WaspglassError } from '@waspglass/kit';
import { idsOfName } from '@waspglass/schema';
import { Inspector } from '../src/index.ts';

const shared = process.env.WASPGLASS_SHARED ?? join(import.meta.dirname, '..', '..', '..', '..', 'shared');
const capture = (name: string) => join(shared, 'captures', name);
const skip = existsSync(capture('cat_write.scap')) ? false : `no shared material in ${shared}`;

test('subscribers hear the events that pass their filter and have their type', { skip }, async () => {
  const inspector = new Inspector();
  const text = inspector.compileFormat('*%evt.num %evt.type %fd.name');
  const heard = { opens: [] as (string | null)[], execs: 0, both: 0, all: 0 };
  inspector.subscribe({
    filter: inspector.compileFilter('evt.type=open and evt.dir=< and fd.name startswith /etc'),
    onEvent: (c) => heard.opens.push(text(c)),
  });
  inspector.subscribe({
    types: idsOfName('execve'),
    onEvent: () => {
      heard.execs++;
    },
  });
  inspector.subscribe({
    filter: inspector.compileFilter('evt.type=open and evt.dir=<'),
    and: inspector.compileFilter('fd.name contains locale'),
    onEvent: () => {
      heard.both++;
    },
  });
  const silence = inspector.subscribe({
    onEvent: () => {
      heard.all++;
      silence();
    },
  });
  const stats = await inspector.readFiles([capture('cat_write.scap')]);
  assert.deepEqual(heard, { opens: ['137 open /etc/ld.so.cache'], execs: 1, both: 1, all: 1 });
  assert.equal(stats.events, 345);
  assert.equal(inspector.events, 345);
});

test('damage is thrown with its place after everything before it was told', { skip }, async () => {
  const inspector = new Inspector();
  let events = 0;
  inspector.subscribe({
    onEvent: () => {
      events++;
    },
  });
  await assert.rejects(inspector.readFiles([capture('trunc_in_event.scap')]), (error) => {
    assert.ok(error instanceof WaspglassError);
    assert.equal(error.code, 'WG_SCAP_TRUNCATED');
    assert.equal(error.at.file, capture('trunc_in_event.scap'));
    return true;
  });
  assert.ok(events > 20);
});

test('reading stops at a limit and when it is aborted', { skip }, async () => {
  const limited = new Inspector();
  await limited.readFiles([capture('cat_write.scap')], { limit: 10 });
  assert.equal(limited.events, 10);
  const aborted = new Inspector();
  const stop = new AbortController();
  aborted.subscribe({ onEvent: () => stop.abort() });
  await aborted.readFiles([capture('cat_write.scap')], { signal: stop.signal });
  assert.equal(aborted.events, 1);
});

test('a live feed in pieces tells the same as the file', { skip }, async () => {
  const lines = (inspector: Inspector) => {
    const text = inspector.compileFormat('*%evt.num %evt.type %proc.name %evt.args');
    const told: (string | null)[] = [];
    inspector.subscribe({ filter: inspector.compileFilter('evt.dir=<'), onEvent: (c) => told.push(text(c)) });
    return told;
  };
  const fromFile = new Inspector();
  const expected = lines(fromFile);
  await fromFile.readFiles([capture('cat_write.scap')]);
  const live = new Inspector();
  const told = lines(live);
  const bytes = gunzipSync(readFileSync(capture('cat_write.scap')));
  for (let at = 0; at < bytes.length; at += 1000) live.feed(bytes.subarray(at, at + 1000));
  assert.ok(expected.length > 40);
  assert.deepEqual(told, expected);
});

test('data and time in the chosen form', { skip }, async () => {
  const inspector = new Inspector({ view: { dump: 'hex', time: 'r' } });
  const data = inspector.compileData();
  const text = inspector.compileFormat('%evt.outputtime %evt.args');
  const seen: (string | null)[] = [];
  inspector.subscribe({
    filter: inspector.compileFilter('evt.type=read and evt.dir=< and evt.rawres > 0'),
    onEvent: (c) => {
      c.tick();
      seen.push(data(c), text(c));
    },
  });
  await inspector.readFiles([capture('cat_write.scap')]);
  assert.match(seen[0] ?? '', /^\t0x0000: 7f45 4c46 /);
  assert.match(seen[1] ?? '', /^0\.000070894 res=832 data=\n\t0x0000: 7f45 4c46 /);
});

test('what is wrong with a filter or a format is said before reading', () => {
  const inspector = new Inspector();
  assert.throws(() => inspector.compileFilter('proc.nmae=x'), /1:1: no field "proc.nmae"; did you mean "proc.name"/);
  assert.throws(() => inspector.compileFormat('%proc.nmae'), /WG_FORMAT_UNKNOWN_FIELD: 1:2/);
});

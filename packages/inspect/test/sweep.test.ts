/** Forgetting unused texts must not be seen: every field of every event says the same with a sweep before every third event. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { eventFields } from '@waspglass/fields';
import { EventEncoder, ScapReader } from '@waspglass/scap';
import { eventId } from '@waspglass/schema';
import { snapshot, sweepSymbols } from '@waspglass/state';
import { Inspector } from '../src/index.ts';

const shared = process.env.WASPGLASS_SHARED ?? join(import.meta.dirname, '..', '..', '..', '..', 'shared');
const names = Object.entries(eventFields).flatMap(([name, { arg }]) => (arg === 'required' ? [] : [name]));
const TEMPLATE = `*${names.map((name) => `${name}:%${name}`).join('\t')}\t%proc.aname[2]\t%proc.env[PATH]\t%evt.arg[1]`;
const FILTER = 'fd.name startswith /etc or proc.cmdline contains "-c" or proc.aname[1] endswith sh or fd.sip=127.0.0.1';
const EVENTS = 150;

function told(bytes: Uint8Array, enter: boolean, sweep: boolean): { lines: string[]; state: unknown } {
  const inspector = new Inspector({ enter });
  const text = inspector.compileFormat(TEMPLATE);
  const lines: string[] = [];
  inspector.subscribe({ onEvent: (c) => void lines.push(text(c) ?? '') });
  inspector.subscribe({
    filter: inspector.compileFilter(FILTER),
    onEvent: (c) => void lines.push(`passed: ${c.ev.num}`),
  });
  const handler = inspector.handler();
  const reader = new ScapReader({
    ...handler,
    onEvent: (cursor) => {
      if (sweep && cursor.num % 3 === 0) sweepSymbols(inspector.state);
      return handler.onEvent(cursor) !== false && cursor.num < EVENTS;
    },
  });
  reader.push(bytes);
  return { lines, state: snapshot(inspector.state) };
}

for (const name of ['cat_write.scap', 'curl_google.scap', 'single_ipv6_conn.scap', 'honeypot-small.scap.gz']) {
  const file = join(shared, 'captures', name);
  test(`sweeps are not seen in ${name}`, { skip: existsSync(file) ? false : `no ${file}` }, () => {
    const stored = readFileSync(file);
    const bytes = stored[0] === 0x1f ? gunzipSync(stored) : stored;
    for (const enter of [false, true]) {
      const without = told(bytes, enter, false);
      const swept = told(bytes, enter, true);
      assert.ok(without.lines.length > 30);
      assert.deepEqual(swept.lines, without.lines);
      assert.deepEqual(swept.state, without.state);
    }
  });
}

test('a stream of ever new paths leaves nothing behind', () => {
  const inspector = new Inspector();
  const text = inspector.compileFormat('%fd.name %fd.directory %fd.filename');
  let last = '';
  inspector.subscribe({
    onEvent: (c) => {
      last = text(c) ?? last;
    },
  });
  const e = new EventEncoder();
  for (let i = 0; i < 80_000; i++) {
    e.begin(eventId.SYSCALL_OPENAT_2_X, i, 1, 100, 0, 4);
    e.i64(3);
    e.i64(-100);
    e.str(`/srv/${i}/file`);
    e.u32(1);
    e.end();
    if (e.length > 1 << 20) inspector.feed(e.take());
  }
  inspector.feed(e.take());
  assert.equal(last, '/srv/79999/file /srv/79999 file');
  assert.ok(inspector.state.symbols.used < 80_000, `${inspector.state.symbols.used}`);
});

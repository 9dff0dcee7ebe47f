/** Forgetting unused texts must not be seen: every field of every event says the same with a sweep before every third event. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { eventFields } from '@waspglass/fields';
import { ScapReader } from '@waspglass/scap';
import { snapshot, sweepSymbols } from '@waspglass/state';
import { manyLives, manyPaths } from '../../state/test/lives.ts';
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

for (const [what, stream] of Object.entries({ lives: manyLives, paths: manyPaths })) {
  test(`a stream of ever new ${what} leaves nothing behind, whoever looks`, () => {
    const inspector = new Inspector();
    const { state } = inspector;
    const text = inspector.compileFormat('*%fd.name %fd.directory %fd.filename %proc.cmdline %proc.exepath');
    const filter = inspector.compileFilter(
      'proc.cmdline contains zz or fd.name contains zz or proc.name startswith zz',
    );
    let last = '';
    inspector.subscribe({
      onEvent: (c) => {
        last = text(c) ?? last;
      },
    });
    inspector.subscribe({ filter, onEvent: () => assert.fail('nothing matches') });
    const sizes: number[] = [];
    for (const chunk of stream(100_000)) {
      inspector.feed(chunk);
      sizes.push(state.threads.end + state.descriptors.entries.length, state.symbols.used);
    }
    assert.match(last, what === 'lives' ? /\/tmp\/x99999$/ : /^\/srv\/data\/345\/99999.tmp /);
    const [rows = 0, symbols = 0] = [0, 1].map((i) => Math.max(...sizes.filter((_, at) => at % 2 === i)));
    assert.ok(rows < 100_000, `${rows} rows and columns`);
    assert.ok(symbols < 1 << 17, `${symbols} symbols`);
  });
}

/**
 * What is told doesn't depend on who else listens: a reader passes over events that nobody wants, and a line about an event
 * must be the same as when every event is told.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { WaspglassError } from '@waspglass/kit';
import { Inspector } from '../src/index.ts';

const shared = process.env.WASPGLASS_SHARED ?? join(import.meta.dirname, '..', '..', '..', '..', 'shared');
const folder = join(shared, 'captures');
const skip = existsSync(folder) ? false : `no shared material in ${shared}`;

const FILTERS = [
  'evt.type in (execve, clone)',
  'evt.type = close',
  'evt.type in (open, openat) and fd.name startswith /etc',
  'evt.type in (read, chdir, mmap)',
  'fd.type = ipv4',
  'proc.name = sh',
];
const LINE =
  '*%evt.num %evt.type %evt.args|%evt.deltatime %evt.reltime %evt.latency|%proc.name %proc.pid %proc.ppid %proc.cmdline ' +
  '%proc.cwd %proc.exepath %proc.fdopencount|%fd.num %fd.name %fd.type';
const LARGEST = 1 << 20;

const captures = skip
  ? []
  : readdirSync(folder).filter((name) => name.endsWith('.scap') && statSync(join(folder, name)).size < LARGEST);

async function lines(
  name: string,
  enter: boolean,
  filter: string,
  hearAll: boolean,
  limit?: number,
): Promise<(string | null)[]> {
  const inspector = new Inspector({ enter });
  const text = inspector.compileFormat(LINE);
  const told: (string | null)[] = [];
  inspector.subscribe({ filter: inspector.compileFilter(filter), onEvent: (c) => void told.push(text(c)) });
  if (hearAll) inspector.subscribe({ onEvent: () => undefined });
  try {
    const { events } = await inspector.readFiles([join(folder, name)], limit === undefined ? {} : { limit });
    assert.equal(inspector.events, events);
  } catch (error) {
    if (!(error instanceof WaspglassError)) throw error;
  }
  return told;
}

test('lines are the same whether others hear every event or nobody does', { skip }, async () => {
  let compared = 0;
  for (const name of captures) {
    for (const enter of [false, true]) {
      for (const filter of FILTERS) {
        const alone = await lines(name, enter, filter, false);
        assert.deepEqual(alone, await lines(name, enter, filter, true), `${name} ${enter} ${filter}`);
        compared += alone.length;
      }
    }
  }
  assert.ok(compared > 5000, `${compared} lines compared`);
});

test('a limit counts the same events, whoever hears them', { skip }, async () => {
  for (const name of captures) {
    for (const enter of [false, true]) {
      for (const limit of [7, 140, 1000]) {
        const alone = await lines(name, enter, 'evt.type in (execve, open)', false, limit);
        const all = await lines(name, enter, 'evt.type in (execve, open)', true, limit);
        assert.deepEqual(alone, all, `${name} ${enter} ${limit}`);
      }
    }
  }
});

test('who subscribes while events are passed over hears the next one', { skip }, async () => {
  const inspector = new Inspector();
  const nums: number[] = [];
  let execs = 0;
  inspector.subscribe({
    filter: inspector.compileFilter('evt.type = execve'),
    onEvent: () => {
      if (execs++ === 0) inspector.subscribe({ onEvent: () => void nums.push(inspector.state.num) });
    },
  });
  await inspector.readFiles([join(folder, 'cat_write.scap')]);
  assert.ok(execs > 0 && nums.length > 100);
  for (let i = 1; i < nums.length; i++) assert.ok((nums[i] ?? 0) > (nums[i - 1] ?? 0));
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { liveAndDie } from './lives.ts';

test('short lives leave nothing behind', () => {
  const state = liveAndDie(50_000);
  assert.equal(state.threads.count, 2);
  assert.ok(state.threads.end < 16, `${state.threads.end} rows`);
  assert.ok(state.descriptors.entries.length <= 8 * 8192, `${state.descriptors.entries.length} columns of descriptors`);
  assert.ok(state.symbols.used < 1 << 17, `${state.symbols.used} symbols`);
});

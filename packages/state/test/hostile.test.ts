import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventTypes } from '@waspglass/schema';
import fc from 'fast-check';
import { type State, snapshot } from '../src/index.ts';
import { cursorOf, freshState } from './stream.ts';

/** An event of any type with any parameters, as a reader would hand it over: lengths inside the event. */
const anyEvent = fc.record({
  type: fc.nat({ max: eventTypes.length + 3 }),
  tid: fc.constantFrom(-1, 0, 1, 2, 3, 100, 101, 0x7fffffff),
  params: fc.array(
    fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc.constantFrom(
        ...[0, 1, 2, 3, 5, 100, 101, 0xff].map((n) => Uint8Array.from([n, 0, 0, 0, 0, 0, 0, 0])),
        Uint8Array.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
        Uint8Array.from([47, 116, 109, 112, 0]),
      ),
    ),
    { maxLength: 32 },
  ),
});

test('no event makes the state throw', () => {
  fc.assert(
    fc.property(fc.array(anyEvent, { maxLength: 60 }), (events) => {
      const s = freshState();
      for (const e of events) {
        const c = cursorOf(e.type, e.tid, e.params);
        s.before(c);
        s.event(c);
        s.after(c);
      }
      checkTree(s);
      snapshot(s);
    }),
    { numRuns: 300 },
  );
});

/** Every thread is found by its id, and going up ends. */
function checkTree(s: State): void {
  for (const p of snapshot(s).processes) {
    const row = s.threads.find(p.tid);
    assert.notEqual(row, 0);
    assert.equal(s.threads.ancestor(row, 100_000), 0);
  }
}

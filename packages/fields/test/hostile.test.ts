import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Field } from '@waspglass/lang';
import { eventTypes } from '@waspglass/schema';
import { State } from '@waspglass/state';
import { cursorOf } from '../../state/test/stream.ts';
import { EventContext, eventFields, renderArgs } from '../src/index.ts';

const ROUNDS = 6;

/** A small generator with a seed that a failure can name. */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 4294967296) * below);
  };
}

/** Parameters that are too short, too long, extreme or just bytes. */
function bytes(next: (below: number) => number): Uint8Array {
  const kind = next(6);
  const length = [0, 1, 4, 8, 37, 200][kind] ?? 8;
  const fill = next(4);
  return Uint8Array.from({ length }, () => [0, 255, next(256), next(12)][fill] ?? 0);
}

test('every field of every event type stands any parameters', () => {
  const rows = Object.entries(eventFields) as [string, Field<EventContext>][];
  for (let seed = 1; seed <= ROUNDS; seed++) {
    const next = generator(seed);
    const state = new State();
    const context = new EventContext(state);
    for (let type = 0; type < eventTypes.length + 2; type++) {
      const count = next((eventTypes[type]?.params.length ?? 2) + 2);
      const cursor = cursorOf(
        type,
        next(4) - 1,
        Array.from({ length: count }, () => bytes(next)),
      );
      state.before(cursor);
      context.set(cursor);
      for (const [name, field] of rows) check(context, name, field, seed);
      renderArgs(context);
      state.after(cursor);
    }
  }
});

const ARGUMENTS: Readonly<Record<string, readonly (string | number)[]>> = {
  'evt.arg': [0, 3, 40, 'res', 'name'],
  'evt.rawarg': ['res', 'fd', 'flags'],
  'evt.abspath': ['src', 'dst'],
  'proc.env': ['PATH'],
};

function check(context: EventContext, name: string, field: Field<EventContext>, seed: number): void {
  const given = ARGUMENTS[name] ?? ((field.arg ?? 'none') === 'none' ? [] : [0, 1]);
  for (const arg of field.arg === 'required' ? given : [undefined, ...given]) {
    const out: number[] = [];
    try {
      field.get(context, arg, out);
    } catch (error) {
      assert.fail(`${name}[${arg}] of type ${context.ev.type}, seed ${seed}: ${error}`);
    }
  }
}

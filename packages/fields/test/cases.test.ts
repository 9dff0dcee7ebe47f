import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileFilter, parse } from '@waspglass/lang';
import { eventTypes } from '@waspglass/schema';
import { eventFields } from '../src/index.ts';
import { cases, valueless } from './field-cases.ts';
import { play, valueAt, writtenAt } from './scene.ts';

test('every field says what it should', () => {
  const counted = new Set(['util.cnt']);
  play((step, c) => {
    for (const [name, expected] of Object.entries(cases[step] ?? {})) {
      if (!counted.has(name)) assert.equal(valueAt(c, name), expected, `${name} at ${step}`);
    }
  });
});

test('what a field writes is its value', () => {
  const names = Object.entries(eventFields)
    .filter(([, field]) => field.write !== undefined)
    .flatMap(([name, { arg }]) => (arg === 'required' ? Array.from({ length: 12 }, (_, i) => `${name}[${i}]`) : name));
  assert.ok(names.length > 10);
  play((step, c) => {
    for (const name of names) assert.equal(writtenAt(c, name), valueAt(c, name) ?? '', `${name} at ${step}`);
  });
});

test('every field has a case, or a reason to have none', () => {
  const named = new Set(
    Object.values(cases).flatMap((of) => Object.keys(of).map((name) => name.replace(/\[.*$/s, ''))),
  );
  const reasons = Object.keys(valueless);
  const left = Object.keys(eventFields).filter(
    (name) => !named.has(name) && !reasons.some((reason) => name.startsWith(reason)),
  );
  assert.deepEqual(left, []);
});

test('fields without a value have none at any step', () => {
  const never = Object.keys(eventFields).filter((name) =>
    Object.keys(valueless).some((reason) => name.startsWith(reason)),
  );
  play((step, c) => {
    for (const name of never) assert.equal(valueAt(c, name), undefined, `${name} at ${step}`);
  });
});

test('a distance compares by being at most the given one', () => {
  const found: string[] = [];
  play((step, c) => {
    const filter = compileFilter(parse('evt.around[1767225600002005000]=2'), eventFields, c.state.symbols, eventTypes);
    if (filter.byType(c.ev.type)?.(c)) found.push(step);
  });
  assert.equal(found[0], 'layer');
});

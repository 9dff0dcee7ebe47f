/**
 * Our fields against the catalogues of today's tools and of sysdig 0.29.3: names, types, arguments. What is left out has
 * a reason here.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { eventFields } from '../src/index.ts';
import { shared } from './shared.ts';

interface Known {
  readonly name: string;
  readonly type: string;
  readonly flags?: readonly string[];
}

interface Facts {
  readonly fields: readonly Known[];
  readonly plugin_fields: readonly Known[];
  readonly only_in_sysdig_0_29_3: readonly Known[];
}

/** Classes of fields that we don't have. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  'mesos.': 'events of Mesos name no task; the old tool asked a Mesos server',
  'marathon.': 'the old tool asked a Marathon server',
  'span.': 'tracers were written to /dev/null by programs made for it, and are gone from the tools',
  'evtin.': 'as span.*',
};

const path = join(shared, 'facts/fields.json');
const skip = existsSync(path) ? false : 'no ../shared/facts';
const facts = (): Facts => JSON.parse(readFileSync(path, 'utf8')) as Facts;

test('every field of the catalogues is there, with its type', { skip }, (t) => {
  const { fields, plugin_fields, only_in_sysdig_0_29_3 } = facts();
  assert.equal(fields.length, 233);
  const all = [...fields, ...plugin_fields, ...only_in_sysdig_0_29_3];
  const missing = all.filter(({ name }) => !(name in eventFields)).map(({ name }) => name);
  const unexplained = missing.filter((name) => !Object.keys(LEFT_OUT).some((start) => name.startsWith(start)));
  t.diagnostic(`${all.length - missing.length} of ${all.length} fields; missing: ${missing.join(' ')}`);
  assert.deepEqual(unexplained, []);
  const types = all.flatMap(({ name, type }) => {
    const ours = eventFields[name]?.type;
    return ours === undefined || ours === type ? [] : [`${name}: ${ours}, not ${type}`];
  });
  assert.deepEqual(types, []);
});

test('arguments are taken where the catalogue says so', { skip }, () => {
  // evt.abspath without an argument is the path of calls that have one.
  const wrong = facts().fields.flatMap(({ name, flags = [] }) => {
    const wanted = flags.includes('ARG_REQUIRED') ? 'required' : flags.includes('ARG_ALLOWED') ? 'optional' : 'none';
    const ours = eventFields[name]?.arg ?? 'none';
    return ours === wanted || name === 'evt.abspath' ? [] : [`${name}: ${ours}, not ${wanted}`];
  });
  assert.deepEqual(wrong, []);
});

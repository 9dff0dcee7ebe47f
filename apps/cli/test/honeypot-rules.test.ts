/** The honeypot's rules as text: each says what it is about, why, and how bad, and has rows that try it in the victim. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { eventFields } from '@waspglass/fields';
import { SymbolTable } from '@waspglass/kit';
import { loadRules, type Rule, RuleEngine, readRuleFiles } from '@waspglass/rules';
import { eventTypes } from '@waspglass/schema';
import { steps } from '../../../test/e2e/steps.ts';
import { cases } from '../../../test/rules/cases.ts';
import { clientRows } from '../../../test/rules/client-rows.ts';
import { rows } from '../../../test/rules/rows.ts';

const FOLDER = fileURLToPath(new URL('../../../rules/', import.meta.url));
const ruleSet = loadRules(readRuleFiles([FOLDER]));
const names = ruleSet.rules.map(({ name }) => name);
/** Needs cron's next minute: a test of its own in the victim. */
const ALONE = 'Planted task runs';

/** Fields that say who did it, by source. */
const told: Readonly<Record<string, readonly string[]>> = {
  syscall: ['%user.name', '%proc.cmdline'],
  auth: ['%auth.address', '%auth.user'],
  capture: ['%capture.events_per_second', '%capture.events_expected'],
};

/** Names of the rules that a requirement does not hold for. */
const without = (holds: (rule: Rule) => boolean): string[] =>
  ruleSet.rules.filter((rule) => !holds(rule)).map(({ name }) => name);

test('the pack has a rule for everything that it must have one for, each name once', () => {
  assert.ok(names.length >= 60, `${names.length} rules`);
  assert.equal(new Set(names).size, names.length);
});

test('each rule says in a sentence why it matters here', () => {
  assert.deepEqual(
    without(({ desc }) => /^\S.{38,}[.]$/s.test(desc.trim())),
    [],
  );
});

test('each rule names techniques of ATT&CK and its tactic', () => {
  const techniques = (tags: readonly string[]) => tags.filter((tag) => /^T\d/.test(tag));
  assert.deepEqual(
    without(({ tags }) => techniques(tags).length > 0 && tags.some((tag) => /^mitre_[a-z_]+$/.test(tag))),
    [],
  );
  assert.deepEqual(
    without(({ tags }) => techniques(tags).every((tag) => /^T\d{4}(\.\d{3})?$/.test(tag))),
    [],
  );
});

test('each rule tells who did it and with which command', () => {
  const needed = (source: string): readonly string[] => told[source] ?? [];
  assert.deepEqual(
    without(({ output, source, name }) =>
      needed(source).every(
        (field) => output.includes(field) || (name === 'Tunnel through sshd' && field === '%proc.cmdline'),
      ),
    ),
    [],
  );
  assert.deepEqual(
    without(({ enabled }) => enabled),
    [],
  );
});

test('each rule has a row that sets it off and one that looks alike', () => {
  assert.equal(new Set(rows.map(({ rule }) => rule)).size, rows.length);
  // Some are tried both by lines and by what a client does.
  const tried = new Set([...rows, ...clientRows].map(({ rule }) => rule));
  // Growth takes an hour to learn: judge.test.ts tries it on made rates.
  const triable = ruleSet.rules.filter(({ source }) => source !== 'capture').map(({ name }) => name);
  assert.deepEqual([...tried, ALONE].sort(), triable.sort());
  assert.deepEqual(
    rows.filter(({ fires, spares }) => fires.trim() === '' || spares.trim() === ''),
    [],
  );
  const unknown = [...cases, ...steps].flatMap(({ rules }) => rules.filter((rule) => !names.includes(rule)));
  assert.deepEqual(unknown, []);
});

test('each rule is about a few types of events, and nothing is to be remarked', () => {
  const engine = new RuleEngine({
    ruleSet,
    fields: eventFields,
    symbols: new SymbolTable(),
    eventTypes,
    time: (c) => c.ev.time,
    hostname: 'victim',
  });
  assert.deepEqual(
    engine.notices.map(({ text }) => text),
    [],
  );
  const about = engine.typeList().length;
  assert.ok(about < eventTypes.length / 4, `${about} of ${eventTypes.length} types`);
});

test('the folder holds rule files only', () => {
  assert.deepEqual(
    readdirSync(FOLDER).filter((name) => !/^\d\d-[a-z]+\.yaml$/.test(name)),
    [],
  );
});

/** `detect` as a user meets it, and Falco's own rules against Falco's own alerts. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type EventContext, eventFields } from '@waspglass/fields';
import { Inspector } from '@waspglass/inspect';
import type { FieldTable } from '@waspglass/lang';
import { isoText, loadRules, RuleEngine, readRuleFiles } from '@waspglass/rules';
import { eventTypes } from '@waspglass/schema';
import { detect } from '../src/commands/detect.ts';
import { runCommand } from './run.ts';
import { capturePath, sharedFolder, sharedMissing, sharedText } from './shared.ts';

const skip = sharedMissing;
const attack = capturePath('honeypot-small.scap.gz');
const upstream = ['falco_rules', 'falco-incubating_rules', 'falco-sandbox_rules'].map((name) =>
  join(sharedFolder, `rules/current/${name}.yaml`),
);

/** Fields of Falco's container plugin and of name service: what they say outside of containers. */
const outside: FieldTable<EventContext> = Object.fromEntries(
  [
    'container.image.repository',
    'container.mount.dest',
    'container.mounts',
    'container.image.tag',
    'container.privileged',
    'container.start_ts',
    'fd.sip.name',
    'k8s.ns.name',
    'k8s.pod.name',
  ].map((name) => [name, { type: 'CHARBUF', kind: 'str', doc: '', arg: 'optional', get: () => null }]),
);

/** Rule and time of each alert; Falco stops at the first rule that matches. */
async function alertsOf(files: readonly string[]): Promise<string[]> {
  const inspector = new Inspector();
  const found: string[] = [];
  const engine = new RuleEngine<EventContext>({
    ruleSet: loadRules(readRuleFiles(files)),
    fields: { ...outside, ...eventFields },
    symbols: inspector.state.symbols,
    eventTypes,
    time: (c) => c.ev.time,
    hostname: '',
    matching: 'first',
  });
  const onAlert = ({ rule, time }: { rule: { name: string }; time: bigint }) =>
    void found.push(`${isoText(time)} ${rule.name}`);
  inspector.subscribe({ types: engine.typeList(), onEvent: (c) => engine.evaluate(c, c.ev.type, onAlert) });
  await inspector.readFiles([attack]);
  return found;
}

for (const [name, files] of [
  ['stable', upstream.slice(0, 1)],
  ['all', upstream],
] as const) {
  test(`Falco's ${name} rules give Falco's alerts`, { skip }, async () => {
    const expected = sharedText(`expected/falco-0.44.1/honeypot-small.scap.gz/${name}-json.jsonl.gz`)
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as { rule: string; time: string });
    assert.deepEqual(
      await alertsOf(files),
      expected.map((alert) => `${alert.time} ${alert.rule}`),
    );
  });
}

test('fields of the upstream rules that the table lacks', { skip }, async (t) => {
  const { code, err } = await runCommand(detect, ['-V', ...upstream.flatMap((file) => ['-r', file])]);
  const names = new Set([...err.matchAll(/no field "([^"]+)"/g)].map((found) => found[1] ?? ''));
  t.diagnostic(`missing: ${[...names].join(' ') || 'none'}`);
  assert.equal(code, names.size === 0 ? 0 : 1);
  for (const name of names) assert.ok(Object.hasOwn(outside, name), name);
});

test('the honeypot rules see the attack', { skip }, async () => {
  const { code, out, err } = await runCommand(detect, [attack, '-o', 'json']);
  assert.equal(code, 0, err);
  const rules = new Set(
    out
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { rule: string }).rule),
  );
  assert.deepEqual([...rules].sort(), [
    'Account files changed',
    'Account tool run',
    'Discovery by reading files',
    'Discovery command',
    'Dropped file made executable',
    'File transfer tool run',
    'Log file tampered with',
    'Outbound connection',
    'Password hashes read',
    'Private keys searched',
    'Program run from an odd place',
    'Scheduled task written',
    'Shell history hidden',
    'Shell under sshd',
  ]);
  assert.match(err, /^\d+ alerts in 83652 events\n {2}20 {2}Account files changed\n/);
});

test('rules are listed and checked without a capture', async () => {
  const list = await runCommand(detect, ['-L']);
  assert.match(list.out, /^Brute force against SSH +Warning +auth {2}T1110 /m);
  const check = await runCommand(detect, ['-V']);
  assert.deepEqual([check.code, check.err], [0, '']);
  assert.match(check.out, /rules: ok, \d+ rules, \d+ macros, \d+ lists\n$/);
});

test('what is wrong with rules or the command line is said in a line each', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'waspglass-detect-'));
  try {
    const file = join(folder, 'r.yaml');
    writeFileSync(
      file,
      '- rule: a\n  desc: d\n  output: o\n  priority: INFO\n  condition: evt.tpye = open or no.such = 1\n',
    );
    const unknown = await runCommand(detect, ['-V', '-r', file]);
    assert.equal(unknown.code, 1);
    assert.match(
      unknown.err,
      /^waspglass: WG_RULES_INVALID: 2 errors in the rules:\n {2}WG_FILTER_UNKNOWN_FIELD: .*r.yaml:5:14: no field "evt.tpye" \(rule "a"\)\n/,
    );
    const left = await runCommand(detect, ['-V', '-r', file, '--skip-unknown']);
    assert.equal(left.code, 0);
    assert.match(left.err, /rule "a" is left out: no field "evt.tpye"/);
    const missing = await runCommand(detect, ['x.scap', '-r', join(folder, 'none.yaml')]);
    assert.equal(missing.code, 1);
    assert.match(missing.err, /WG_RULES_FILE: .*none.yaml: cannot read the rule file: there is no such file\n$/);
    for (const args of [[], ['-o', 'xml', 'f'], ['-n', '0', 'f'], ['--frist', 'f'], ['-r']]) {
      assert.equal((await runCommand(detect, args)).code, 2, args.join(' '));
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

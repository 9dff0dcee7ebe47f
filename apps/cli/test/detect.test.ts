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

interface Described {
  readonly rules: readonly { readonly details: { readonly events: readonly string[] } }[];
  readonly macros: readonly unknown[];
}

interface LoadResults {
  readonly falco_load_results: readonly {
    readonly successful: boolean;
    readonly errors: readonly { readonly code: string }[];
  }[];
}

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
  assert.ok(rules.size >= 10, [...rules].join(', '));
  assert.match(err, /^\d+ alerts in 83652 events\n(?: +\d+ {2}\S.*\n)+by priority: (?:\d+ [A-Z][a-z]+(?:, )?)+\n$/);
});

test('rules are listed and checked without a capture', async () => {
  const list = await runCommand(detect, ['-L']);
  assert.match(list.out, /^Brute force against SSH +Warning +auth {2}T1110 /m);
  const check = await runCommand(detect, ['-V']);
  assert.equal(check.code, 0, check.err);
  assert.match(check.out, /^(?:.*\.yaml: ok.*\n)+\d+ rules, \d+ macros, \d+ lists\n$/);
  assert.match(list.out, /^macro \w+\n {4}\S/m);
  const { rules, macros } = JSON.parse((await runCommand(detect, ['-L', '-o', 'json'])).out) as Described;
  const [first] = rules;
  assert.ok(first && macros.length > 0);
  assert.ok(rules.some(({ details }) => details.events.includes('execve')));
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
      /^.*r.yaml:5:14: error LOAD_ERR_COMPILE_CONDITION, rule "a": WG_FILTER_UNKNOWN_FIELD: no field "evt.tpye" \(rule "a"\)\n {6}condition: evt.tpye = open or no.such = 1\n {17}\^\n/,
    );
    const run = await runCommand(detect, ['x.scap', '-r', file]);
    assert.match(
      run.err,
      /^waspglass: WG_RULES_INVALID: 2 errors in the rules:\n {2}WG_FILTER_UNKNOWN_FIELD: .*r.yaml:5:14: no field "evt.tpye" \(rule "a"\)\n/,
    );
    const asJson = await runCommand(detect, ['-V', '-o', 'json', '-r', file, '-r', join(folder, 'none.yaml')]);
    const { falco_load_results: results } = JSON.parse(asJson.out) as LoadResults;
    assert.deepEqual(
      results.map(({ successful, errors }) => [successful, errors.map(({ code }) => code)]),
      [
        [false, ['LOAD_ERR_COMPILE_CONDITION', 'LOAD_ERR_COMPILE_CONDITION']],
        [false, ['LOAD_ERR_FILE_READ']],
      ],
    );
    const left = await runCommand(detect, ['-V', '-r', file, '--skip-unknown']);
    assert.equal(left.code, 0);
    assert.match(left.err, /rule "a" is left out: no field "evt.tpye"/);
    const missing = await runCommand(detect, ['x.scap', '-r', join(folder, 'none.yaml')]);
    assert.equal(missing.code, 1);
    assert.match(missing.err, /WG_RULES_FILE: .*none.yaml: cannot read the rule file: there is no such file\n$/);
    for (const args of [
      ['-t', 'a', '-T', 'b', 'f'],
      ['--event', '3', 'f'],
      [],
      ['-o', 'xml', 'f'],
      ['-n', '0', 'f'],
      ['--frist', 'f'],
      ['-r'],
    ]) {
      assert.equal((await runCommand(detect, args)).code, 2, args.join(' '));
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

const two = `
- macro: opened
  condition: evt.type in (open, openat) and fd.name exists
- rule: Null
  desc: d
  condition: opened and proc.name = cat and not fd.name startswith /etc
  output: "%fd.name"
  priority: INFO
  tags: [x]
- rule: Never
  desc: d
  condition: opened and proc.name = cat and fd.name = /none
  output: "%fd.name"
  priority: WARNING
  exceptions:
    - name: mine
      fields: [proc.name]
      values: [[cat]]
`;

test('rules are chosen by name, tag and priority, and explained', { skip }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'waspglass-detect-'));
  try {
    const file = join(folder, 'r.yaml');
    writeFileSync(file, two);
    const from = [capturePath('cat_write.scap'), '-r', file];
    const count = async (...more: string[]) =>
      /^(\d+) alerts in /m.exec((await runCommand(detect, [...from, ...more])).err)?.[1];
    const all = Number(await count());
    assert.ok(all > 0);
    for (const more of [
      ['-D', 'ul'],
      ['-T', 'x'],
      ['-t', 'y'],
      ['--priority', 'notice'],
    ])
      assert.equal(await count(...more), '0', more.join(' '));
    for (const more of [
      ['-D', 'ul*'],
      ['-t', 'x'],
    ])
      assert.equal(Number(await count(...more)), all, more.join(' '));
    assert.match((await runCommand(detect, [...from, '-t', 'y'])).err, /^no rule has the tag "y"\n/);
    const why = await runCommand(detect, [...from, '--explain', 'Never']);
    assert.match(
      why.out,
      /^rule "Never"\n\n.*open.*\n {2}2 of its conditions missing\n {2}✗ and\n {4}✓ macro opened\n {6}✓ and\n {8}✓ evt.type in \(open, openat\) {3}\(evt.type is open\)\n.*\n {4}✓ proc.name = cat {3}\(proc.name is cat\)\n {4}✗ fd.name = \/none {3}\(fd.name is \/.*\)\n {4}✗ exception mine\n {6}✗ not\n {8}✓ proc.name = cat {3}/,
    );
    const match = await runCommand(detect, [...from, '--explain', 'Null']);
    assert.match(match.out, /\n {2}matches\n {2}✓ and\n/);
    assert.equal((await runCommand(detect, [...from, '--explain', 'Nul'])).code, 2);
    const added = await runCommand(detect, [...from, '--append-output', 'by=%proc.name', '-o', 'json']);
    assert.match(added.out, /by=cat".*"proc.name":"cat"/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('accounts: of a file for users that the capture does not list, of the container for those in it', {
  skip,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'waspglass-accounts-'));
  try {
    const passwd = join(folder, 'passwd');
    writeFileSync(passwd, 'root:x:0:0:root:/root:/bin/sh\nno account\nsshd:x:996:65534::/run/sshd:/usr/sbin/nologin\n');
    const rules = upstream.flatMap((file) => ['-r', file]);
    const named = async (...args: string[]) => {
      const { out, code, err } = await runCommand(detect, [...args, ...rules, '--skip-unknown', '-o', 'json']);
      assert.equal(code, 0, err);
      return out;
    };
    assert.doesNotMatch(await named(attack), /"user.name":"sshd"/);
    assert.match(await named(attack, '--passwd', passwd), /"user.name":"sshd"/);
    const contained = capturePath('sf-httpd-event-full.scap');
    assert.match(await named(contained), /"user.name":"daemon"/);
    assert.doesNotMatch(await named(contained, '--container-accounts'), /Non sudo setuid|"user.name":"daemon"/);
    const { code, err } = await runCommand(detect, [attack, '--passwd', join(folder, 'none')]);
    assert.equal(code, 2);
    assert.match(err, /--passwd: cannot read .*ENOENT/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

/** Rules meet a field table: buckets, alerts in both forms, what is left out. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SymbolTable } from '@waspglass/kit';
import type { FieldTable } from '@waspglass/lang';
import { eventTypes } from '@waspglass/schema';
import { alertJson, alertText, loadRules, noticeText, RuleEngine } from '../src/index.ts';

interface Context {
  readonly name: string;
  readonly path?: string;
}
const symbols = new SymbolTable();
const texts = () => new Set(eventTypes.map(({ name }) => name));
const fields: FieldTable<Context> = {
  'evt.type': { type: 'CHARBUF', kind: 'sym', doc: '', texts, byType: (t) => t.name, get: () => 0 },
  'fd.name': { type: 'CHARBUF', kind: 'sym', doc: '', get: (c) => (c.path === undefined ? 0 : symbols.of(c.path)) },
  'proc.name': { type: 'CHARBUF', kind: 'sym', doc: '', get: (c) => symbols.of(c.name) },
};
const text = `
- rule: Second
  desc: d
  condition: evt.type = open and proc.name = cat
  output: Seen by %proc.name | file=%fd.name
  priority: WARNING
  tags: [T2, T1]
- rule: First
  desc: d
  condition: evt.type in (open, close) and proc.name startswith c
  output: plain
  priority: INFO
- rule: Off
  desc: d
  condition: proc.name = cat
  output: off
  priority: INFO
  enabled: false
- rule: Cloud
  desc: d
  condition: ct.name = x
  output: "%ct.name"
  priority: INFO
  source: aws_cloudtrail
`;
const extra = (more: string) =>
  `- rule: Unknown\n  desc: d\n  condition: no.such = 1 or no.other = 2\n  output: o\n  priority: INFO\n${more}`;

const engine = (more = '', options: { matching?: 'first'; skipUnknown?: boolean } = {}) =>
  new RuleEngine<Context>({
    ruleSet: loadRules([{ file: 'r.yaml', text: text + more }]),
    fields,
    symbols,
    eventTypes,
    time: () => 1767323045123456789n,
    hostname: 'trap',
    ...options,
  });
const openExit = eventTypes.findIndex((t) => t.enum === 'SYSCALL_OPEN_X');
const readExit = eventTypes.findIndex((t) => t.enum === 'SYSCALL_READ_X');

function alerts(of: RuleEngine<Context>, c: Context, type = openExit): string[] {
  const names: string[] = [];
  of.evaluate(c, type, (alert) => void names.push(alert.rule.name));
  return names;
}

test('rules are tried in order, on their event types only', () => {
  assert.deepEqual(alerts(engine(), { name: 'cat' }), ['Second', 'First']);
  assert.deepEqual(alerts(engine('', { matching: 'first' }), { name: 'cat' }), ['Second']);
  assert.deepEqual(alerts(engine(), { name: 'cat' }, readExit), []);
  assert.deepEqual(alerts(engine(), { name: 'cat' }, 60_000), []);
  assert.equal(engine().types[readExit], 0);
});

test('alerts read as those of Falco', () => {
  const lines: string[] = [];
  engine().evaluate({ name: 'cat' }, openExit, (alert) => void lines.push(alertText(alert), alertJson(alert)));
  assert.equal(lines[0], '03:04:05.123456789: Warning Seen by cat | file=<NA>');
  assert.equal(
    lines[1],
    '{"hostname":"trap","output":"03:04:05.123456789: Warning Seen by cat | file=<NA>",' +
      '"output_fields":{"evt.time":1767323045123456789,"fd.name":null,"proc.name":"cat"},' +
      '"priority":"Warning","rule":"Second","source":"syscall","tags":["T1","T2"],"time":"2026-01-02T03:04:05.123456789Z"}',
  );
  assert.match(lines[2] ?? '', /^03:04:05.123456789: Informational plain$/);
});

test('unknown fields refuse the rules unless they may be left out', () => {
  assert.throws(
    () => engine(extra('')),
    /WG_RULES_INVALID: 2 errors[\s\S]*:27:14: no field "no.such" \(rule "Unknown"\)[\s\S]*"no.other"/,
  );
  for (const left of [engine(extra('  skip-if-unknown-filter: true\n')), engine(extra(''), { skipUnknown: true })]) {
    assert.deepEqual(
      left.rules.map((r) => r.name),
      ['Second', 'First'],
    );
    assert.deepEqual(left.notices.map(noticeText).slice(0, 2), [
      'r.yaml:19:3: rule "Cloud" has the unknown source "aws_cloudtrail"; left out',
      'r.yaml:27:14: rule "Unknown" is left out: no field "no.such" (rule "Unknown")',
    ]);
  }
});

test('names of events that no event has are told with their place', () => {
  const typo = '- rule: Typo\n  desc: d\n  condition: evt.type in (opne, close)\n  output: o\n  priority: INFO\n';
  assert.throws(
    () => engine(typo),
    /^WaspglassError: WG_RULES_EVENT_TYPE: r.yaml:27:27: no event type "opne"; did you/,
  );
});

test('a rule about everything, and one about nothing, are noticed', () => {
  const rule = (name: string, condition: string) =>
    `- rule: ${name}\n  desc: d\n  condition: ${condition}\n  output: o\n  priority: INFO\n`;
  const { notices } = engine(rule('Broad', 'proc.name = a') + rule('Typo', 'evt.type = open and evt.type = close'));
  assert.deepEqual(notices.map(noticeText).slice(1), [
    'r.yaml:25:3: rule "Broad" is about every event type: name evt.type in its condition',
    'r.yaml:30:3: rule "Typo" can never match: no event type satisfies its condition',
  ]);
});

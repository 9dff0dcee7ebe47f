/** What rule files may say, and what is said about those that say something else. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WaspglassError } from '@waspglass/kit';
import { print } from '@waspglass/lang';
import { loadRules, noticeText } from '../src/index.ts';

const load = (...texts: string[]) => loadRules(texts.map((text, i) => ({ file: `${'abc'[i]}.yaml`, text })));
const rule = (more: string, condition = 'evt.type = open') =>
  `- rule: R\n  desc: d\n  output: o\n  priority: notice\n  condition: ${condition}\n${more}`;

test('macros, lists and exceptions come together over several files', () => {
  const set = load(
    '- list: shells\n  items: [sh, bash]\n- macro: spawned\n  condition: evt.type in (execve, execveat)\n',
    rule(
      '  tags: [b, a, a]\n  exceptions:\n    - name: x\n      fields: [proc.name, fd.name]\n      comps: [in, startswith]\n      values:\n        - [[cat, shells], /etc/]\n',
      'spawned and proc.name in (shells, "shells")',
    ),
    '- list: shells\n  append: true\n  items: [\'"(odd)"\', two words]\n- rule: R\n  append: true\n  condition: and fd.num = 1\n',
  );
  const [r] = set.rules;
  assert.ok(r);
  const names = 'sh, bash, "(odd)", "two words"';
  assert.equal(
    print(r.condition),
    `(evt.type in (execve, execveat) and proc.name in (${names}, "shells") and fd.num = 1) and ` +
      `not (proc.name in (cat, ${names}) and fd.name startswith /etc/)`,
  );
  assert.deepEqual([r.priority, r.tags, r.source, r.enabled], ['Notice', ['a', 'b'], 'syscall', true]);
  assert.deepEqual(r.at, { file: 'b.yaml', line: 1, column: 3 });
});

test('an exception names a list with and without parentheses', () => {
  for (const value of ['shells', '(shells)', '(sh, bash)', '[shells]']) {
    const more = `  exceptions:\n    - name: x\n      fields: [fd.num, proc.name]\n      comps: [=, in]\n      values:\n        - [1, ${value.replace(/^(\(.*\))$/, '"$1"')}]\n`;
    const [r] = load('- list: shells\n  items: [sh, bash]\n', rule(more)).rules;
    assert.equal(r && print(r.condition), 'evt.type = open and not (fd.num = 1 and proc.name in (sh, bash))', value);
  }
});

const rows: readonly (readonly [text: string, message: RegExp])[] = [
  ['a: b', /^WG_RULES_ITEM: a.yaml:1:1: found a mapping, expected a list of rules/],
  ['- x', /^WG_RULES_ITEM: a.yaml:1:3: found a text, expected one of rule, macro, list/],
  ['- rule: R\n  desc: [', /^WG_RULES_YAML: a.yaml:2:10: not YAML: /],
  ['- rule: R\n  desc: d\n', /^WG_RULES_KEY: a.yaml:1:3: rule "R" has no output, expected a text$/],
  ['- rule:\n  desc: d\n', /^WG_RULES_KEY: a.yaml:1:3: a rule has no name, expected rule: NAME$/],
  [
    rule('').replace('notice', 'notcie'),
    /^WG_RULES_ITEM: a.yaml:4:13: found priority "notcie"; did you mean "Notice"\?/,
  ],
  [rule('', 'evt.type = '), /^WG_FILTER_SYNTAX: a.yaml:5:\d+: found the end, expected a value$/],
  [
    rule('', '>\n    evt.type = open\n      and (fd.num = 1\n      or fd.num @ 2)'),
    /^WG_FILTER_SYNTAX: a.yaml:8:17: found "@ 2\)"/,
  ],
  [
    `${rule('', 'opne_read and fd.num = 1')}- macro: open_read\n  condition: fd.num = 2\n`,
    /^WG_FILTER_UNKNOWN_MACRO: a.yaml:5:14: no macro "opne_read"; did you mean "open_read"\?$/,
  ],
  [
    `- macro: a\n  condition: b\n- macro: b\n  condition: not a\n${rule('', 'a')}`,
    /^WG_RULES_INVALID: 2 errors[\s\S]*WG_FILTER_MACRO_LOOP: a.yaml:4:18: macro "a" uses itself: a → b → a$/,
  ],
  [rule('  enabled: maybe\n'), /^WG_RULES_ITEM: a.yaml:6:12: found enabled: maybe, expected true or false$/],
  [
    '- required_engine_version: 99\n',
    /^WG_RULES_ENGINE_VERSION: a.yaml:1:28: found engine version "99", expected at most 0.62.0$/,
  ],
  ['- list: l\n', /^WG_RULES_KEY: a.yaml:1:3: list "l" has no items/],
  [
    '- list: l\n  items: [[a]]\n',
    /^WG_RULES_ITEM: a.yaml:2:11: found items of list "l" as a list, expected a list of texts$/,
  ],
  [
    rule('  exceptions:\n    - name: x\n      fields: [a.b, c.d]\n      values: [[1]]\n'),
    /^WG_RULES_EXCEPTION: a.yaml:9:16: exception "x" of rule "R": found 1 values, expected one for each of its 2 fields$/,
  ],
  [
    `${rule('')}- rule: S\n  append: true\n  condition: and a.b = 1\n`,
    /^WG_RULES_NO_PREVIOUS: a.yaml:6:3: nothing to append to: no rule "S" before this/,
  ],
];

test('errors name file, line, column, finding and expectation', () => {
  for (const [text, message] of rows) {
    assert.throws(
      () => load(text),
      (error: Error) => {
        assert.match(error.message, message);
        return true;
      },
    );
  }
});

test('all errors are told at once', () => {
  assert.throws(
    () => load(rule('', 'a'), '- list: l\n', '- macro: m\n  condition: (\n'),
    /^WaspglassError: WG_RULES_INVALID: 2 errors/,
  );
});

test('what is unknown but harmless is a notice', () => {
  const set = load(`${rule('  tagz: [a]\n')}- rulle: x\n`);
  assert.deepEqual(set.notices.map(noticeText), [
    'a.yaml:6:3: rule "R" has an unknown key "tagz"; did you mean "tags"?',
    'a.yaml:7:3: unknown item "rulle"; did you mean "rule"?; left out',
  ]);
});

const bomb = `- &a [x, x]\n${Array.from({ length: 30 }, (_, i) => `- &b${i} [*${i === 0 ? 'a' : `b${i - 1}`}, *${i === 0 ? 'a' : `b${i - 1}`}]`).join('\n')}\n`;
const hostile: Readonly<Record<string, string>> = {
  'alias bomb': bomb,
  'deep flow': `- ${'['.repeat(20_000)}`,
  'deep map': Array.from({ length: 2000 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'),
  'deep block list': `${'- '.repeat(3000)}a`,
  'self alias': '- &a [*a]\n',
  'too large': ' '.repeat((16 << 20) + 1),
  'list that names itself': `- list: l\n  items: [l, l, x]\n${rule('', 'proc.name in (l)')}- rule: S\n  desc: d\n`,
  'doubling lists':
    Array.from(
      { length: 40 },
      (_, i) => `- list: l${i}\n  items: [${i === 0 ? 'x, y' : `l${i - 1}, l${i - 1}`}]\n`,
    ).join('') + rule('', 'proc.name in (l39)'),
  'doubling macros':
    Array.from(
      { length: 40 },
      (_, i) => `- macro: m${i}\n  condition: ${i === 0 ? 'a.b = 1' : `m${i - 1} or m${i - 1}`}\n`,
    ).join('') + rule('', 'm39'),
  binary: '- rule: "\u0000\ud800"\n\u0001',
  proto: '- rule: __proto__\n  override:\n    __proto__: append\n  __proto__: 1\n',
  'runaway regex': rule('', `proc.name regex '${'(a+)+'.repeat(600)}'`),
};

test('hostile files end in an error, soon', () => {
  for (const [name, text] of Object.entries(hostile)) {
    const started = performance.now();
    try {
      load(text);
    } catch (error) {
      assert.ok(error instanceof WaspglassError, `${name}: ${String(error)}`);
    }
    assert.ok(performance.now() - started < 2000, name);
  }
});

test('more rules than can be compiled in seconds are refused', () => {
  const rules = Array.from(
    { length: 10_001 },
    (_, i) => `- {rule: r${i}, desc: d, condition: evt.type = open, output: o, priority: INFO}`,
  );
  const block = rules.map((rule) => rule.replace(/[{}]/g, '').replaceAll(', ', '\n  '));
  assert.throws(
    () => loadRules([{ file: 'f', text: block.join('\n') }]),
    /the number of rules is beyond the limit of 10000/,
  );
  assert.equal(loadRules([{ file: 'f', text: block.slice(1).join('\n') }]).rules.length, 10_000);
});

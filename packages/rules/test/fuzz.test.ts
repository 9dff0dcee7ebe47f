/** Whatever a rule file holds, loading ends in a rule set or in an error with a code. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { SymbolTable, WaspglassError } from '@waspglass/kit';
import type { FieldTable } from '@waspglass/lang';
import { eventTypes } from '@waspglass/schema';
import fc from 'fast-check';
import { findingText, loadRules, RuleEngine, tryLoadRules, validateRules } from '../src/index.ts';

const key = fc.constantFrom(
  'rule',
  'macro',
  'list',
  'condition',
  'output',
  'desc',
  'priority',
  'items',
  'append',
  'override',
  'exceptions',
  'fields',
  'comps',
  'values',
  'name',
  'tags',
  'source',
  'enabled',
);
const word = fc.constantFrom(
  'a',
  'x.y = 1',
  'and b',
  'INFO',
  'true',
  'append',
  'replace',
  '(',
  '"',
  '%a',
  '~',
  'in',
  '[a, b]',
  '&a',
  '*a',
  '|',
  '>-',
);
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    word,
    fc.string(),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(key, tie('value'), { maxKeys: 6 }),
  ),
}));

const line = fc
  .tuple(fc.constantFrom('- ', '  ', '    ', '      - '), key, fc.constantFrom(': ', ':', ''), word)
  .map((parts) => parts.join(''));

test('any file loads or is refused', () => {
  const text = fc.oneof(
    fc.array(fc.dictionary(key, value, { maxKeys: 8 }), { maxLength: 4 }).map((items) => JSON.stringify(items)),
    fc.array(line, { maxLength: 12 }).map((lines) => lines.join('\n')),
    fc.string({ unit: 'binary', maxLength: 200 }),
  );
  fc.assert(
    fc.property(text, (content) => {
      try {
        loadRules([{ file: 'f.yaml', text: content }]);
      } catch (error) {
        assert.ok(error instanceof WaspglassError, `${String(error)}\n${error instanceof Error ? error.stack : ''}`);
      }
    }),
    { numRuns: 300, seed: 20261125 },
  );
});

interface Context {
  readonly n: number;
}
const symbols = new SymbolTable();
const fields: FieldTable<Context> = {
  'evt.type': { type: 'CHARBUF', kind: 'sym', doc: '', byType: (t) => t.name, get: () => 0 },
  'proc.name': { type: 'CHARBUF', kind: 'sym', doc: '', get: () => symbols.of('cat') },
  'fd.num': { type: 'INT64', kind: 'num', doc: '', get: (c) => c.n },
  'fd.ip': { type: 'IPADDR', kind: 'addr', doc: '', get: () => 0 },
};

const atom = fc
  .tuple(
    fc.constantFrom(
      'evt.type',
      'proc.name',
      'fd.num',
      'fd.ip',
      'no.field',
      'proc.name[3]',
      'tolower(proc.name)',
      'm',
      'l',
    ),
    fc.constantFrom('=', '!=', 'in', 'contains', 'regex', 'glob', 'pmatch', '>', 'exists', 'startswith oneof', ''),
    fc.constantFrom('open', '(open, close)', '(l)', 'l', '3', '"\\x00"', "'(a+)+$'", '192.0.2.0/24', '[', '', '"', ')'),
  )
  .map((parts) => parts.join(' '));
const { tree } = fc.letrec<{ tree: string }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 6 },
    atom,
    fc.tuple(tie('tree'), fc.constantFrom('and', 'or', 'and not'), tie('tree')).map((parts) => parts.join(' ')),
    tie('tree').map((inner) => `(${inner})`),
    tie('tree').map((inner) => `not ${inner}`),
  ),
}));

test('any condition compiles and runs, or is refused with a place', () => {
  const output = fc.constantFrom(
    'o',
    '%proc.name',
    '%nothing',
    '%',
    '%fd.num[',
    '%toupper(proc.name)',
    '%container.info',
  );
  fc.assert(
    fc.property(tree, tree, output, (first, second, out) => {
      const text = JSON.stringify([
        { list: 'l', items: ['open', 'l', first.slice(0, 9)] },
        { macro: 'm', condition: second },
        { rule: 'R', desc: 'd', condition: first, output: out, priority: 'INFO' },
      ]);
      const { ruleSet, failures } = tryLoadRules([{ file: 'f.yaml', text }]);
      assert.ok(ruleSet !== undefined || failures.length > 0);
      if (!ruleSet) return;
      const onFailure = () => undefined;
      const common = { fields, symbols, eventTypes, time: () => 0n, hostname: '', onFailure };
      const engine = new RuleEngine<Context>({ ruleSet, ...common });
      for (const type of [0, 3, 307])
        engine.evaluate({ n: type }, type, ({ message }) => assert.ok(message.length < 100));
    }),
    { numRuns: 400, seed: 20261125 },
  );
});

const ruleOf = (n: number, condition: string) =>
  `- rule: R${n}\n  desc: d\n  condition: ${condition}\n  output: o\n  priority: INFO\n`;

test('size and depth: a file of 10 MB loads or is refused in seconds, deep conditions end', () => {
  const within = (ms: number, what: string, work: () => void) => {
    const started = performance.now();
    work();
    const took = performance.now() - started;
    assert.ok(took < ms, `${what} took ${Math.round(took)} ms`);
  };
  const many = (bytes: number) => {
    let text = '';
    for (let n = 0; text.length < bytes; n++) text += ruleOf(n, `evt.type = open and proc.name = cat${n}`);
    return text;
  };
  const refused = (text: string) => assert.throws(() => loadRules([{ file: 'f.yaml', text }]), WaspglassError);
  within(5000, '10 MB of too many rules', () => refused(many(10 << 20)));
  const names = Array.from({ length: 1000 }, (_, i) => `name${i}`).join(', ');
  const long = Array.from({ length: 1000 }, (_, n) => ruleOf(n, `evt.type = open and proc.name in (n${n}, ${names})`));
  const text = `${long.join('')}${'# filling\n'.repeat(100_000)}`;
  assert.ok(text.length > 9 << 20);
  within(15_000, '10 MB', () => assert.equal(loadRules([{ file: 'f.yaml', text }]).rules.length, 1000));
  for (const depth of [50, 5000, 100_000]) {
    const text = ruleOf(1, `${'('.repeat(depth)}fd.num = 1${')'.repeat(depth)}`);
    within(5000, `depth ${depth}`, () => void tryLoadRules([{ file: 'f.yaml', text }]));
    const nots = ruleOf(1, `${'not '.repeat(depth)}fd.num = 1`);
    within(5000, `${depth} nots`, () => void tryLoadRules([{ file: 'f.yaml', text: nots }]));
  }
});

test('what is said about a hostile file is short lines without control characters', () => {
  const folder = mkdtempSync(join(tmpdir(), 'waspglass-rules-'));
  try {
    const file = join(folder, 'f.yaml');
    writeFileSync(
      file,
      `- rule: "a\\e[2J\\nb"\n  desc: d\n  x: 1\n  condition: ${'\u001b\u202e'.repeat(9)}${' x'.repeat(5000)}\n`,
    );
    const { files, ok } = validateRules([file], () => []);
    assert.equal(ok, false);
    for (const finding of files.flatMap(({ findings }) => findings)) {
      const lines = findingText(finding).split('\n');
      assert.ok(lines.length <= 3 && lines.slice(1).every((line) => line.length < 1500));
      // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not be there
      assert.ok(lines.every((line) => !/[\u0000-\u001f\u202e]/.test(line)));
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

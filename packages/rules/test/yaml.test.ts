/** The fast reader of rule files gives what the full YAML parser gives, or leaves the file to it. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Node, readFullYaml, readYaml, yamlLimits } from '../src/yaml-nodes.ts';
import { placesIn } from '../src/yaml-places.ts';
import { readPlainYaml } from '../src/yaml-plain.ts';

const root = path.join(import.meta.dirname, '../../..');
const shared = process.env.WASPGLASS_SHARED ?? path.join(root, '../shared');

const RUNS = Number(process.env.WASPGLASS_RUNS ?? 2000);
const SEED = Number(process.env.WASPGLASS_SEED ?? 20261130);

/** Everything that a node says, with the places of its first characters. */
function told(node: Node): unknown {
  const { kind, at } = node;
  if (node.kind === 'text') {
    const places = Array.from({ length: Math.min(node.text.length, 60) }, (_, i) => node.locate(i));
    return { kind, at, text: node.text, quoted: node.quoted, places };
  }
  if (node.kind === 'list') return { kind, at, items: node.items.map(told) };
  if (node.kind === 'map')
    return { kind, at, entries: [...node.entries].map(([key, { at, value }]) => [key, at, told(value)]) };
  // Behind a key that ends in spaces, nothing may begin before or after them.
  return { kind, line: at.line };
}

/** True when the fast reader took the text. */
function agrees(text: string): boolean {
  const place = placesIn(text, 'f');
  const plain = readPlainYaml(text, place, yamlLimits);
  if (plain === undefined) return false;
  assert.deepEqual(plain.map(told), readFullYaml(text, 'f', place).map(told), JSON.stringify(text.slice(0, 300)));
  return true;
}

function yamlFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.ya?ml$/.test(name) && statSync(path.join(folder, name)).isFile())
    .map((name) => path.join(folder, name));
}

test('our rules are read fast, and mean the same', () => {
  const files = yamlFiles(path.join(root, 'rules'));
  assert.ok(files.length > 5);
  for (const file of files) assert.ok(agrees(readFileSync(file, 'utf8')), file);
});

const missing = statSync(path.join(shared, 'rules/current'), { throwIfNoEntry: false }) === undefined;
test('so are Falco’s, and all rule files of its suites that are YAML', { skip: missing && 'no shared files' }, () => {
  for (const file of yamlFiles(path.join(shared, 'rules/current'))) assert.ok(agrees(readFileSync(file, 'utf8')), file);
  let fast = 0;
  const files = yamlFiles(path.join(shared, 'suites'));
  for (const file of files) {
    try {
      if (agrees(readFileSync(file, 'utf8'))) fast++;
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error;
    }
  }
  assert.ok(fast > files.length * 0.7, `${fast} of ${files.length}`);
});

const line = fc.constantFrom(
  '- rule: a',
  '- list: l',
  '  desc: one',
  '  desc: one # two',
  '  desc: "q"',
  "  desc: 'it''s'",
  '  desc: "a\\n\\"b\\""',
  '  condition: >',
  '  condition: |-',
  '  condition: >+',
  '    evt.type = open',
  '      deeper',
  '    and x',
  '  output: a',
  '    b',
  '  items: [a, "b c", d',
  '  items: []',
  '  items: [a, [b, c], d]',
  '    e, f]',
  '  tags:',
  '  - x',
  '    - y',
  '  -',
  '',
  '    ',
  '# comment',
  '      # comment',
  '  enabled: ~',
  '  null: x',
  '  x: a: b',
  '  x: a:b',
  '  k: -x',
  '  k: - x',
  '  k: {a: b}',
  '  k: &anchor v',
  '  k: *anchor',
  '---',
  '...',
  '- - nested',
  '- plain',
  '  more',
  'key: value',
  'key:',
  '? q',
  '- [a,b]',
  '- "a" b',
  '- [a] # c',
  '- a#b #c',
  "- a, 'b'",
);

test('random lines: the same nodes and places, or the full parser’s affair', () => {
  let fast = 0;
  fc.assert(
    fc.property(fc.array(line, { maxLength: 12, size: 'max' }), fc.constantFrom('', '\n'), (lines, end) => {
      const text = lines.join('\n') + end;
      try {
        if (agrees(text)) fast++;
      } catch (error) {
        if (error instanceof assert.AssertionError) throw error;
        throw new Error(`the full parser refuses what the fast one takes: ${JSON.stringify(text)}`, { cause: error });
      }
    }),
    { numRuns: 10 * RUNS, seed: SEED },
  );
  assert.ok(fast > RUNS / 10, `${fast}`);
});

test('rule files with a few characters changed: the same, or the full parser’s affair', () => {
  const texts = yamlFiles(path.join(root, 'rules')).map((file) => readFileSync(file, 'utf8'));
  const change = fc.record({
    at: fc.nat(),
    without: fc.nat({ max: 4 }),
    put: fc.constantFrom(
      '',
      ' ',
      '\n',
      '  ',
      ':',
      '#',
      ' #',
      '-',
      '[',
      ']',
      '"',
      "'",
      ',',
      '|',
      '>',
      '\n\n',
      'x',
      ': ',
    ),
  });
  const slice = fc.record({
    file: fc.nat(),
    from: fc.nat(),
    changes: fc.array(change, { minLength: 1, maxLength: 4 }),
  });
  let fast = 0;
  fc.assert(
    fc.property(slice, ({ file, from, changes }) => {
      const whole = texts[file % texts.length] ?? '';
      const begin = whole.indexOf('\n- ', from % whole.length) + 1;
      let text = whole.slice(begin, begin + 1500);
      for (const { at, without, put } of changes) {
        const place = at % (text.length + 1);
        text = text.slice(0, place) + put + text.slice(place + without);
      }
      try {
        if (agrees(text)) fast++;
      } catch (error) {
        if (error instanceof assert.AssertionError) throw error;
        throw new Error(`the full parser refuses what the fast one takes: ${JSON.stringify(text)}`, { cause: error });
      }
    }),
    { numRuns: RUNS, seed: SEED },
  );
  assert.ok(fast > RUNS / 10, `${fast}`);
});

test('a file of ten megabytes is read in seconds, or refused at once', () => {
  const rule = (i: number) =>
    `- rule: r${i}\n  desc: d\n  condition: >\n    evt.type = open and fd.name = /tmp/${i}\n  output: x %fd.name\n  priority: INFO\n  tags: [a, b]\n\n`;
  const parts: string[] = [];
  for (let i = 0, size = 0; size < 10 << 20; i++) {
    parts.push(rule(i));
    size += parts.at(-1)?.length ?? 0;
  }
  const begin = performance.now();
  const [list] = readYaml(parts.join(''), 'big.yaml');
  assert.equal(list?.kind === 'list' && list.items.length, parts.length);
  assert.throws(() => readYaml(`${parts.join('')}- {flow: map}\n`, 'big.yaml'), /the size is more than|size/);
  assert.ok(performance.now() - begin < 10_000);
});

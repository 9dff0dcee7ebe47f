/** Regular expressions agree with the platform's on what both support, and take linear time on what runs away there. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compileRegex } from '../src/index.ts';

const rows: readonly (readonly [pattern: string, text: string, expected: boolean])[] = [
  ['a|bc', 'bc', true],
  ['a|bc', 'b', false],
  ['(?i)HeLLo', 'hEllO', true],
  ['(?:a(?i:b))c', 'aBc', true],
  ['(?:a(?i:b))c', 'aBC', false],
  ['(?P<name>x)+', 'xxx', true],
  ['[^a-z]{2,3}', '12', true],
  ['[^a-z]{2,3}', '1234', false],
  ['[[:digit:]]+\\.\\d*', '12.', true],
  ['[]a]+', ']a', true],
  ['\\bfoo\\b', 'foo', true],
  ['.*\\bfoo\\b.*', 'a foo b', true],
  ['.*\\bfoo\\b.*', 'afoob', false],
  ['.', '\n', false],
  ['(?s).', '\n', true],
  ['\\x41\\x{1F600}', 'A😀', true],
  ['', '', true],
  ['(a*)*', 'aaaa', true],
  ['^/(etc|var)/.*$', '/etc/passwd', true],
];

test('syntax', () => {
  for (const [pattern, text, expected] of rows) assert.equal(compileRegex(pattern)(text), expected, pattern);
});

test('what is not supported is refused', () => {
  for (const pattern of [
    '(?=a)',
    '(?<!a)',
    '\\1',
    'a**',
    '(',
    ')',
    '[a',
    'a{5000}',
    'a{3,1}',
    '*a',
    '[z-a]',
    'a'.repeat(3000),
  ]) {
    assert.throws(() => compileRegex(pattern), /WG_FILTER_REGEX/, pattern);
  }
});

test('agrees with the platform', () => {
  const atom = fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', '(a|b)', '(ab|a)', '(?:b|)', '\\w', '\\D');
  const part = fc.tuple(atom, fc.constantFrom('', '*', '+', '?', '{1,2}')).map((p) => p.join(''));
  const pattern = fc.array(part, { maxLength: 5 }).map((p) => p.join(''));
  fc.assert(
    fc.property(pattern, fc.stringMatching(/^[ab1 ]{0,8}$/), (p, text) => {
      assert.equal(compileRegex(p)(text), new RegExp(`^(?:${p})$`, 'u').test(text));
    }),
    { numRuns: 1000 },
  );
});

test('never runs away', () => {
  const started = performance.now();
  assert.equal(compileRegex('(a+)+b')('a'.repeat(20_000)), false);
  assert.equal(compileRegex('(a|aa)*(a|aa)*c')('a'.repeat(20_000)), false);
  assert.ok(performance.now() - started < 2000);
});

test('what is wrong with a pattern is said when it is compiled, never when a text is tried', () => {
  const pattern = fc.string({ unit: fc.constantFrom(...'abz09[]()|*+?.^-/,: $\\{}<'), maxLength: 14 });
  fc.assert(
    fc.property(pattern, (text) => {
      let compiled: ((text: string) => boolean) | undefined;
      try {
        compiled = compileRegex(text);
      } catch {
        return;
      }
      compiled('a');
    }),
    { numRuns: 30_000, seed: 20261130 },
  );
});

/** Whatever a rule file holds, loading ends in a rule set or in an error with a code. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WaspglassError } from '@waspglass/kit';
import fc from 'fast-check';
import { loadRules } from '../src/index.ts';

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
    { numRuns: 500 },
  );
});

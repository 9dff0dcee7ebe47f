/** Filters judged together tell the same as each by itself, in their order, however many they are and whatever they share. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Compiler, parse } from '../src/index.ts';
import { type Context, eventTypes, fields, symbols } from './fixture.ts';

const leaf = fc.constantFrom(
  'proc.name = a',
  'proc.name in (a, b)',
  'proc.name != b',
  'proc.name exists',
  'proc.name endswith anyof (x, b)',
  'fd.name startswith /etc',
  'fd.name pmatch (/tmp, /etc)',
  'fd.name contains pass',
  'fd.num >= 0',
  'fd.num = 3',
  'fd.num in (1, 3)',
  'proc.flag = true',
  'proc.flag = false',
  'proc.aname in (a, c)',
  'proc.text contains x',
  'evt.type = open',
  'fd.sip = 127.0.0.1',
);
const { condition } = fc.letrec<{ condition: string }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 4, depthIdentifier: 'condition' },
    leaf,
    fc.tuple(tie('condition'), tie('condition')).map(([a, b]) => `(${a} and ${b})`),
    fc.tuple(tie('condition'), tie('condition')).map(([a, b]) => `(${a} or ${b})`),
    tie('condition').map((a) => `not (${a})`),
  ),
}));
const context: fc.Arbitrary<Context> = fc.record(
  {
    type: fc.nat({ max: eventTypes.length - 1 }),
    name: fc.constantFrom('a', 'b', 'c', 'xb'),
    path: fc.constantFrom('/etc/passwd', '/tmp/x', '/'),
    num: fc.constantFrom(-1, 0, 1, 3),
    bool: fc.boolean(),
    ancestors: fc.subarray(['a', 'b', 'c']),
    text: fc.constantFrom('x', 'y'),
    ip: fc.constantFrom('127.0.0.1', '192.0.2.1'),
  },
  { requiredKeys: ['type'] },
);

function hitsOf(compiler: Compiler<Context>, asts: readonly ReturnType<typeof parse>[], contexts: readonly Context[]) {
  const group = compiler.group(asts);
  return contexts.map((c) => {
    const hits: number[] = [];
    group.byType(c.type)?.(c, (index) => {
      hits.push(index);
      return false;
    });
    return hits;
  });
}

test('a group tells what each of its filters tells, in order, on both back ends', () => {
  fc.assert(
    fc.property(
      fc.array(condition, { minLength: 1, maxLength: 80, size: 'max' }),
      fc.array(context, { minLength: 1, maxLength: 8 }),
      (conditions, contexts) => {
        const asts = conditions.map((text) => parse(text));
        const alone = new Compiler(fields, symbols, eventTypes, { backEnd: 'closures' });
        const filters = asts.map((ast) => alone.compile(ast));
        const wanted = contexts.map((c) =>
          filters.flatMap((filter, i) => (filter.byType(c.type)?.(c) === true ? [i] : [])),
        );
        for (const backEnd of ['closures', 'generated'] as const)
          assert.deepEqual(hitsOf(new Compiler(fields, symbols, eventTypes, { backEnd }), asts, contexts), wanted);
      },
    ),
    { numRuns: 200, seed: 20261130 },
  );
});

test('many filters of one field: all that match are told, and a true answer ends it', () => {
  const names = Array.from({ length: 100 }, (_, i) => `n${i}`);
  const asts = names.flatMap((name) => [
    parse(`proc.name = ${name}`),
    parse(`proc.name in (${name}, z) and fd.num > 0`),
  ]);
  const compiler = new Compiler(fields, symbols, eventTypes);
  const contexts = names.map((name): Context => ({ type: 0, name, num: 1 }));
  const found = hitsOf(compiler, asts, contexts);
  assert.deepEqual(
    found,
    names.map((_, i) => [2 * i, 2 * i + 1]),
  );
  assert.deepEqual(
    hitsOf(compiler, asts, [{ type: 0, name: 'z', num: 1 }])[0],
    names.map((_, i) => 2 * i + 1),
  );
  const first: number[] = [];
  compiler.group(asts).byType(0)?.({ type: 0, name: 'z', num: 1 }, (index) => first.push(index) > 0);
  assert.deepEqual(first, [1]);
});

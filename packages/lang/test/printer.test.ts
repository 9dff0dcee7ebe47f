/** parse ∘ print is the identity on trees; any text either parses or is refused with a place, never anything else. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WaspglassError } from '@waspglass/kit';
import fc from 'fast-check';
import {
  type Ast,
  type Operand,
  type OperatorName,
  operators,
  parse,
  print,
  type Right,
  type TextOperand,
} from '../src/index.ts';

const at = {};
const identifier = fc.stringMatching(/^[a-zA-Z][a-zA-Z0-9_]{0,8}$/).filter((s) => !/^(and|or|not)$/.test(s));
const field = fc.record({
  kind: fc.constant('field' as const),
  at: fc.constant(at),
  name: fc.tuple(identifier, identifier).map((p) => p.join('.')),
});
const withArgument = fc.tuple(field, fc.stringMatching(/^[a-z0-9]{1,4}$/)).map(([f, arg]) => ({ ...f, arg }));
const text: fc.Arbitrary<TextOperand> = fc
  .string({ unit: 'binary', maxLength: 12 })
  .map((value) => ({ kind: 'text', at, text: value, quoted: true }));
const number: fc.Arbitrary<TextOperand> = fc
  .integer()
  .map((n) => ({ kind: 'text', at, text: String(n), quoted: false }));
const transform: fc.Arbitrary<Operand> = fc
  .tuple(fc.constantFrom('tolower', 'b64', 'len'), field)
  .map(([name, arg]) => ({ kind: 'transform', at, name, args: [arg] }));
const joined: fc.Arbitrary<Operand> = fc
  .tuple(text, fc.array(fc.oneof(field, text, number, transform), { minLength: 1, maxLength: 3 }))
  .map(([separator, items]) => ({
    kind: 'transform',
    at,
    name: 'join',
    args: [separator, { kind: 'tuple', at, items }],
  }));
const values = fc.array(text, { maxLength: 4 }).map((items) => ({ kind: 'values' as const, at, items }));

function right(op: OperatorName): fc.Arbitrary<Right | undefined> {
  const form = operators[op].right;
  if (form === 'none') return fc.constant(undefined);
  if (form === 'number') return fc.oneof(number, field);
  return form === 'list' ? fc.oneof(values, field) : fc.oneof(text, field);
}

const compare: fc.Arbitrary<Ast> = fc
  .tuple(
    fc.oneof(field, withArgument, transform, joined),
    fc.constantFrom(...(Object.keys(operators) as OperatorName[])),
  )
  .chain(([left, op]) => right(op).map((r) => ({ kind: 'compare', at, left, op, ...(r ? { right: r } : {}) }) as Ast));

const { tree } = fc.letrec<{ tree: Ast }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    compare,
    identifier.map((name): Ast => ({ kind: 'macro', at, name })),
    fc
      .tuple(fc.constantFrom('and' as const, 'or' as const), fc.array(tie('tree'), { minLength: 2, maxLength: 3 }))
      .map(([kind, children]): Ast => ({ kind, at, children })),
    tie('tree').map((child): Ast => (child.kind === 'not' ? child : { kind: 'not', at, child })),
  ),
}));

const plain = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (key, v: unknown) => (key === 'at' ? undefined : v)));

test('parse ∘ print', () => {
  fc.assert(
    fc.property(tree, (ast) => assert.deepEqual(plain(parse(print(ast))), plain(ast))),
    { numRuns: 400 },
  );
});

test('any text parses or is refused', () => {
  const token = fc.constantFrom(
    '(',
    ')',
    ' ',
    'and ',
    'or ',
    'not ',
    'a.b',
    '=',
    'in',
    '"',
    "'",
    '\\',
    ',',
    '[',
    ']',
    'x',
    '1',
    'val(',
    'join(',
    '\n',
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(token, fc.string()), { maxLength: 24 }), (parts) => {
      try {
        parse(parts.join(''));
      } catch (error) {
        assert.ok(error instanceof WaspglassError && error.code.startsWith('WG_FILTER_'), String(error));
      }
    }),
    { numRuns: 2000 },
  );
});

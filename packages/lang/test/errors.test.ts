/** What is wrong with a filter is said with place, finding and expectation. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { check, Expander, parse, unknownFields } from '../src/index.ts';
import { fields } from './fixture.ts';

const rows: readonly (readonly [filter: string, message: RegExp])[] = [
  [
    'fd.num = 1 and\n\n\nproc.name = "a" or proc.nmae = 1',
    /^WG_FILTER_UNKNOWN_FIELD: 4:20: no field "proc.nmae"; did you mean "proc.name"\?$/,
  ],
  ['proc.name = a and (fd.num = 1', /^WG_FILTER_SYNTAX: 1:30: found the end, expected "\)"$/],
  ['proc.name ~ a', /^WG_FILTER_SYNTAX: 1:11: found "~ a", expected an operator/],
  ["proc.name = 'a", /^WG_FILTER_SYNTAX: 1:15: found the end, expected the ' that ends the text begun at 1:13$/],
  ['proc.name < 3', /^WG_FILTER_OPERATOR: 1:1: operator "<" does not go with proc.name, which is CHARBUF/],
  ['fd.num contains 3', /^WG_FILTER_OPERATOR: 1:1: operator "contains" does not go with fd.num/],
  ['fd.num = three', /^WG_FILTER_VALUE: 1:10: found "three", expected a number/],
  ['fd.sip = 300.1.1.1', /^WG_FILTER_VALUE: 1:10: found "300.1.1.1", expected an address/],
  ['proc.flag = maybe', /^WG_FILTER_VALUE: 1:13: found "maybe", expected true or false/],
  ['evt.arg = 1', /^WG_FILTER_ARGUMENT: 1:1: field "evt.arg" needs an argument/],
  ['proc.name[1] = 1', /^WG_FILTER_ARGUMENT: 1:1: field "proc.name" takes no argument$/],
  ["proc.name regex '(a'", /^WG_FILTER_REGEX: 1:17: regular expression "\(a": /],
  ['proc.name bcontains xyz', /^WG_FILTER_VALUE: 1:21: found "xyz", expected pairs of hexadecimal digits/],
  ['tolower(fd.num) = 1', /^WG_FILTER_TRANSFORM: 1:1: tolower\(\) takes one text; fd.num is INT64$/],
  ['proc.name = val(fd.num)', /^WG_FILTER_VALUE: 1:17: found "fd.num \(INT64\)", expected a field of type CHARBUF/],
  ['evt.type=opne', /^WG_FILTER_TEXT: 1:10: evt.type is never "opne"; did you mean "open"\?$/],
  ['evt.type != close or evt.type in (open, nosuchcall)', /^WG_FILTER_TEXT: 1:41: evt.type is never "nosuchcall"$/],
  ['no_such_macro and fd.num = 1', /^WG_FILTER_UNKNOWN_MACRO: 1:1: no macro "no_such_macro"/],
  ['proc.name in some_list', /^WG_FILTER_UNKNOWN_LIST: 1:14: no list "some_list"/],
  [`${'('.repeat(201)}a.b = 1`, /^WG_FILTER_LIMIT: 1:202: the nesting is beyond the limit of 200$/],
  ['toString.valueOf = 1', /^WG_FILTER_UNKNOWN_FIELD: 1:1: no field "toString.valueOf"/],
];

test('errors name place, finding and expectation', () => {
  for (const [filter, message] of rows) {
    assert.throws(
      () => check(parse(filter), fields),
      (error: Error) => {
        assert.match(error.message, message);
        return true;
      },
    );
  }
});

test('all unknown fields are found at once', () => {
  const names = unknownFields(parse('a.b = 1 and not c.d in (1) or proc.name = val(e.f) or len(a.b) = 1'), fields);
  assert.deepEqual(
    names.map((f) => f.name),
    ['a.b', 'c.d', 'e.f'],
  );
});

test('macros and lists are put in; loops and bombs are errors', () => {
  const macros: Record<string, string> = {
    a: 'proc.name in (l)',
    b: 'a or not a',
    loop: 'b and pool',
    pool: 'not loop',
  };
  for (let i = 0; i < 40; i++) macros[`bomb${i}`] = i === 0 ? 'a' : `bomb${i - 1} and bomb${i - 1}`;
  const at = { line: 1, column: 1 };
  const word = (text: string) => ({ kind: 'text', at, text, quoted: false }) as const;
  const lists: Record<string, ReturnType<typeof word>[]> = { l: [word('x'), word('m')], m: [word('y')] };
  const expander = new Expander({
    macro: (name) => (macros[name] === undefined ? undefined : parse(macros[name])),
    list: (name) => lists[name],
    macroNames: () => Object.keys(macros),
    listNames: () => Object.keys(lists),
  });
  const ast = expander.expand(parse('a'));
  assert.deepEqual(ast.kind === 'compare' && ast.right?.kind === 'values' && ast.right.items.map((i) => i.text), [
    'x',
    'y',
  ]);
  assert.throws(
    () => expander.expand(parse('loop')),
    /WG_FILTER_MACRO_LOOP: 1:5: macro "loop" uses itself: loop → pool → loop/,
  );
  assert.throws(() => expander.expand(parse('bomb39')), /WG_FILTER_LIMIT/);
  assert.throws(() => expander.expand(parse('lopp')), /no macro "lopp"; did you mean "loop"\?/);
});

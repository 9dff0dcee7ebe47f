import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SymbolTable, TextBuffer } from '@waspglass/kit';
import type { FieldTable } from '@waspglass/lang';
import {
  compileFormat,
  compileLine,
  compileNumber,
  compileValues,
  stringifyJson,
  templateFields,
} from '../src/index.ts';

interface Row {
  readonly name: string | null;
  readonly pid: number;
  readonly ancestors: readonly string[];
}

const symbols = new SymbolTable();
const fields: FieldTable<Row> = {
  'proc.name': {
    type: 'CHARBUF',
    kind: 'sym',
    doc: '',
    get: (c) => (c.name === null ? 0 : symbols.of(c.name)),
  },
  'proc.pid': { type: 'PID', kind: 'num', doc: '', get: (c) => c.pid },
  'proc.aname': {
    type: 'CHARBUF',
    kind: 'str',
    doc: '',
    arg: 'optional',
    get: (c, n) => c.ancestors[typeof n === 'number' ? n : 0] ?? null,
  },
  'evt.arg': { type: 'CHARBUF', kind: 'str', doc: '', arg: 'required', get: (_, name) => `<${name}>` },
  'evt.time': { type: 'ABSTIME', kind: 'big', doc: '', print: () => '10:28:28', get: () => 1795602508682146249n },
  'evt.failed': { type: 'BOOL', kind: 'bool', doc: '', get: () => 0 },
  'fd.ip': {
    type: 'IPADDR',
    kind: 'addrs',
    doc: '',
    get: (_, __, out) => {
      for (const bytes of [Uint8Array.of(192, 0, 2, 1), Uint8Array.of(198, 51, 100, 7)]) {
        out.push(symbols.intern(bytes, 0, 4));
      }
    },
  },
};
const bash: Row = { name: 'bash', pid: 7, ancestors: ['sh', 'sshd'] };

const text = (format: string, row = bash) => compileFormat(format, fields, symbols)(row);

test('lines are what the text is, and nothing where a field is missing', () => {
  const nobody: Row = { name: null, pid: Number.NaN, ancestors: ['\u001b[2J\u00df'] };
  const templates = [
    '%proc.name (%proc.pid)|%proc.aname[1].',
    '*<%proc.name> %proc.pid %6proc.name|%2proc.aname|100%%',
    '%evt.arg.flags %evt.time %evt.failed %fd.ip %toupper(evt.arg.x)',
    '*%proc.aname %toupper(proc.aname) %proc.aname[7]',
    'no field',
    '',
  ];
  const out = new TextBuffer();
  for (const template of templates) {
    for (const row of [bash, nobody]) {
      out.length = 0;
      out.ascii('before ');
      const written = compileLine(template, fields, symbols)(row, out);
      const expected = text(template, row);
      assert.equal(written, expected !== null);
      assert.equal(out.since(0), `before ${expected ?? ''}`);
    }
  }
});

test('text, fields, arguments, widths, percent signs and transformers', () => {
  assert.equal(text('%proc.name (%proc.pid)|%proc.aname[1].'), 'bash (7)|sshd.');
  assert.equal(text('%6proc.name|%2proc.name|100%%'), 'bash  |ba|100%');
  assert.equal(text('%evt.arg.flags %evt.arg[0] %evt.arg.fd.'), '<flags> <0> <fd>.');
  assert.equal(text('%toupper(proc.name) %basename( tolower(proc.name) )'), 'BASH bash');
  assert.equal(text('%fd.ip %evt.failed %evt.time'), '(192.0.2.1,198.51.100.7) false 10:28:28');
  assert.equal(text('no fields'), 'no fields');
});

test('a missing field suppresses the line, or prints <NA> after a star', () => {
  const nameless = { ...bash, name: null };
  assert.equal(text('%proc.name %proc.pid', nameless), null);
  assert.equal(text('*%proc.name %proc.pid', nameless), '<NA> 7');
});

test('an unknown field is an error with its place and the nearest name', () => {
  const bad = (format: string, message: RegExp) => assert.throws(() => text(format), { message });
  bad('a %proc.nmae', /^WG_FORMAT_UNKNOWN_FIELD: 1:4: no field "proc.nmae"; did you mean "proc.name"\?$/);
  bad('%-20proc.name', /WG_FORMAT_NO_FIELD_NAME: 1:2/);
  bad('%evt.arg', /needs an argument/);
  bad('%evt.arg[3', /WG_FORMAT_ARGUMENT_OPEN/);
  bad('%tolowr(proc.name)', /no transformer "tolowr"; did you mean "tolower"/);
  bad('%tolower(proc.name', /WG_FORMAT_TRANSFORMER_OPEN/);
  bad('%99999proc.name', /WG_FORMAT_WIDTH/);
  bad('%constructor.name', /WG_FORMAT_UNKNOWN_FIELD/);
});

test('control characters never pass', () => {
  const evil = { ...bash, name: '\u001b[2Jx\n\u202ey' };
  assert.equal(text('%proc.name', evil), '\\x1b[2Jx\\n\\u202ey');
  assert.equal(stringifyJson({ 'proc.name': '\u009b\u202e\n' }), '{"proc.name":"\\u009b\\u202e\\n"}');
});

test('JSON: numbers are numbers, missing is null, keys are sorted', () => {
  const values = compileValues('*%proc.pid %proc.name %evt.time %evt.failed', fields, symbols)({ ...bash, name: null });
  assert.ok(values !== null);
  assert.equal(
    stringifyJson(values),
    '{"evt.failed":false,"evt.time":1795602508682146249,"proc.name":null,"proc.pid":7}',
  );
  assert.equal(compileValues('%proc.name', fields, symbols)({ ...bash, name: null }), null);
  assert.deepEqual(templateFields('%proc.pid %proc.aname[2] %proc.pid', fields), ['proc.pid', 'proc.aname[2]']);
});

test('a field as a number', () => {
  const number = (field: string) => compileNumber(field, fields, symbols)(bash);
  assert.equal(number('proc.pid'), 7);
  assert.equal(number('evt.failed'), 0);
  assert.equal(number('len(proc.name)'), 4);
  assert.ok(Number.isNaN(number('proc.name')));
  assert.ok(Number.isNaN(number('proc.aname[9]')));
});

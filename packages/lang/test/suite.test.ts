/** The accept, reject and evaluate cases of the shared suite: all of them must agree. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { SymbolTable } from '@waspglass/kit';
import { compileFilter, type FieldTable, parse } from '../src/index.ts';

const shared = process.env.WASPGLASS_SHARED ?? join(import.meta.dirname, '../../../../shared');
const index = join(shared, 'suites/libs-tests/index.json');
const skip = existsSync(index) ? false : 'the shared folder is missing';

interface Case {
  readonly id: string;
  readonly kind: 'parse' | 'evaluate';
  readonly filter: string;
  readonly expect: 'accept' | 'reject' | 'true' | 'false';
}

const symbols = new SymbolTable();
const text = (value: string) => ({ type: 'CHARBUF', kind: 'sym', doc: '', get: () => symbols.of(value) }) as const;
const fields: FieldTable<null> = {
  'c.true': text('1'),
  'c.false': text('0'),
  'c.buffer': { type: 'BYTEBUF', kind: 'sym', doc: '', get: () => 0 },
  'c.doublequote': text('hello "quoted"'),
  'c.singlequote': text("hello 'quoted'"),
};

test('every case of the suite', { skip }, () => {
  const { cases } = JSON.parse(readFileSync(index, 'utf8')) as { cases: Case[] };
  const wrong = cases.filter((c) => outcome(c) !== c.expect).map((c) => `${c.filter} → ${outcome(c)}`);
  assert.deepEqual(wrong, []);
  assert.ok(cases.length > 300);
});

function outcome({ kind, filter }: Case): Case['expect'] {
  try {
    const ast = parse(filter);
    return kind === 'parse' ? 'accept' : compileFilter(ast, fields, symbols, []).byType(0)?.(null) ? 'true' : 'false';
  } catch {
    return kind === 'parse' ? 'reject' : 'false';
  }
}

/** Cases of the filter parser and compiler tests of Falco's libraries, and what we say of them. */
import { SymbolTable } from '@waspglass/kit';
import { compileFilter, type FieldTable, parse } from '../src/index.ts';

export interface LibsCase {
  readonly id: string;
  readonly kind: 'parse' | 'evaluate';
  readonly filter: string;
  readonly expect: 'accept' | 'reject' | 'true' | 'false';
}

const symbols = new SymbolTable();
const text = (value: string) => ({ type: 'CHARBUF', kind: 'sym', doc: '', get: () => symbols.of(value) }) as const;
/** The test field class of those tests. */
const fields: FieldTable<null> = {
  'c.true': text('1'),
  'c.false': text('0'),
  'c.buffer': { type: 'BYTEBUF', kind: 'sym', doc: '', get: () => 0 },
  'c.doublequote': text('hello "quoted"'),
  'c.singlequote': text("hello 'quoted'"),
};

export function outcomeOf({ kind, filter }: LibsCase): LibsCase['expect'] {
  try {
    const ast = parse(filter);
    return kind === 'parse' ? 'accept' : compileFilter(ast, fields, symbols, []).byType(0)?.(null) ? 'true' : 'false';
  } catch {
    return kind === 'parse' ? 'reject' : 'false';
  }
}

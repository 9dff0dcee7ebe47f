/** Comparisons of a field that is text with constants. */
import type { TextOperand } from './ast.ts';
import { type Compiled, someOf, symbolTest, type Test } from './comparison.ts';
import { fail } from './errors.ts';
import type { Symbols } from './field.ts';
import { Memo } from './memo.hot.ts';
import type { OperatorName } from './operators.ts';
import { mapSymbol, type Reader, type ReaderOf, withPlace } from './readers.ts';
import { byteTest, memberTest, pathTest, type TextTest, textTest } from './text-tests.ts';

const utf8 = new TextEncoder();

type TextReader<C> = ReaderOf<C, 'sym' | 'syms' | 'text'>;

export function textConstant<C>(
  reader: TextReader<C>,
  op: OperatorName,
  values: readonly TextOperand[],
  symbols: Symbols,
): Compiled<C> {
  const [first] = values;
  const bytes = first ? withPlace(first.at, () => byteTest(op, first.text)) : undefined;
  const test: TextTest = bytes ? (text) => bytes(utf8.encode(text)) : textPredicate(op, values);
  const folded = foldText(reader, test);
  if (reader.form === 'text') {
    const { get } = reader;
    const run: Test<C> = (c) => {
      const text = get(c);
      return text !== null && test(text);
    };
    return { test: run, ...folded };
  }
  const map = reader.form === 'sym' ? reader.map : undefined;
  const decide = (id: number) => {
    if (id === 0) return false;
    if (bytes && !map) return bytes(symbols.bytes(id));
    const text = mapSymbol(id, map, symbols);
    return text !== null && test(text);
  };
  if (reader.form === 'sym') return { ...symbolTest({ key: reader.base, read: reader, decide }), ...folded };
  const memo = new Memo(decide);
  return { test: someOf(reader.fill, (id) => memo.has(id)), ...folded };
}

export function textPredicate(op: OperatorName, values: readonly TextOperand[]): TextTest {
  const texts = values.map((value) => value.text);
  if (op === 'in' || op === 'intersects') return memberTest(texts);
  if (op === 'pmatch') return pathTest(texts);
  const [first] = values;
  const test = first && withPlace(first.at, () => textTest(op, first.text));
  if (!test) throw fail('WG_FILTER_SYNTAX', { found: op, expected: 'an operator on texts' });
  return test;
}

function foldText<C>(reader: Reader<C>, test: TextTest): Pick<Compiled<C>, 'fold'> {
  const { fold, textsOf } = reader;
  if (!fold) return {};
  return {
    fold: (type) => {
      const value = fold(type);
      if (value !== undefined) return value !== null && test(String(value));
      return textsOf && sameForAll(textsOf(type), test);
    },
  };
}

/** The answer that all texts have in common; undefined when they differ or nobody knows them. */
function sameForAll(texts: Iterable<string> | undefined, test: TextTest): boolean | undefined {
  let answer: boolean | undefined;
  for (const text of texts ?? []) {
    const found = test(text);
    if (answer !== undefined && found !== answer) return undefined;
    answer = found;
  }
  return answer;
}

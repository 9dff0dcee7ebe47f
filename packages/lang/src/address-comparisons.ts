/** Comparisons of a field that is an address with constants: addresses and networks. */
import type { TextOperand } from './ast.ts';
import { type Compiled, everyOf, foldMissing, someOf, symbolTest } from './comparison.ts';
import { fail } from './errors.ts';
import type { Symbols } from './field.ts';
import { Memo } from './memo.hot.ts';
import { inNetwork, type Network, parseNetwork } from './network.ts';
import type { OperatorName } from './operators.ts';
import type { ReaderOf } from './readers.ts';

type AddressReader<C> = ReaderOf<C, 'addr' | 'addrs'>;

export function addressConstant<C>(
  reader: AddressReader<C>,
  op: OperatorName,
  values: readonly TextOperand[],
  symbols: Symbols,
): Compiled<C> {
  const networks = values.map((value) => network(value, reader.name));
  const negated = op === '!=';
  const inside = (id: number) => id !== 0 && networks.some((net) => inNetwork(symbols.bytes(id), net));
  const decide = negated ? (id: number) => id !== 0 && !inside(id) : inside;
  const folded = foldMissing(reader);
  if (reader.form === 'addr') return { ...symbolTest({ key: reader.name, read: reader, decide }), ...folded };
  const memo = new Memo(decide);
  const each = (id: number) => memo.has(id);
  return { test: negated ? everyOf(reader.fill, each) : someOf(reader.fill, each), ...folded };
}

function network(value: TextOperand, left: string): Network {
  const net = parseNetwork(value.text);
  if (net) return net;
  const expected = 'an address or network such as 192.0.2.1, 2001:db8::/32';
  throw fail('WG_FILTER_VALUE', { found: value.text, expected, left }, { at: value.at });
}

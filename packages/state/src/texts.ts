/**
 * Texts made from what the state holds, as the tools print them: command lines, addresses, socket names, container ids.
 * Each is made once and interned; what is derived from one symbol is remembered by symbol.
 */
import { sweeps } from '@waspglass/kit';
import { F, FD_TYPE_MASK, fdFlag, fdType, T, THREAD_WIDTH } from './columns.ts';
import type { State } from './state.hot.ts';

const W = THREAD_WIDTH;
/** sysdig and Falco cut there. */
const CMDLINE_LIMIT = 4096;

/** Texts of a list of NUL-ended strings; the last may lack its NUL. */
export function splitList(text: string): string[] {
  if (text === '') return [];
  const parts = text.split('\0');
  if (parts.at(-1) === '') parts.pop();
  return parts;
}

/** Results by symbol for one derivation. */
export class SymbolMemo {
  private values = new Int32Array(1024);
  private sweep = sweeps.count;
  private readonly make: (symbol: number) => number;

  constructor(make: (symbol: number) => number) {
    this.make = make;
  }

  get(symbol: number): number {
    if (this.sweep !== sweeps.count) {
      this.sweep = sweeps.count;
      this.values.fill(0);
    }
    if (symbol >= this.values.length) {
      const wider = new Int32Array(Math.max(this.values.length * 2, symbol + 1));
      wider.set(this.values);
      this.values = wider;
    }
    const known = this.values[symbol] ?? 0;
    if (known !== 0) return known;
    const made = this.make(symbol);
    this.values[symbol] = made;
    return made;
  }
}

/** Texts of one state. */
export class Texts {
  private readonly state: State;
  private readonly spaced: SymbolMemo;
  private readonly filled: SymbolMemo;
  private readonly containers: SymbolMemo;
  private readonly addresses: SymbolMemo;
  private readonly slashed: SymbolMemo;

  constructor(state: State) {
    this.state = state;
    const { symbols } = state;
    this.spaced = new SymbolMemo((id) => symbols.made(splitList(symbols.text(id)).join(' ')));
    this.filled = new SymbolMemo((id) => symbols.made(splitList(symbols.text(id)).filter(Boolean).join(' ')));
    this.containers = new SymbolMemo((id) => symbols.made(containerId(symbols.text(id))));
    this.addresses = new SymbolMemo((id) => symbols.made(addressText(symbols.bytes(id))));
    this.slashed = new SymbolMemo((id) => symbols.made(withSlash(symbols.text(id))));
  }

  /** Environment with spaces between, without empty places (programs overwrite theirs); 0 when not known. */
  variables(list: number): number {
    return list === 0 ? 0 : this.filled.get(list);
  }

  /** Arguments with spaces between; 0 when not known. */
  joined(list: number): number {
    return list === 0 ? 0 : this.spaced.get(list);
  }

  /** Name and arguments. */
  cmdline(row: number): number {
    return row === 0 ? 0 : this.known(row) || this.makeCmdline(row);
  }

  private known(row: number): number {
    return this.state.threads.rows[row * W + T.cmdline] ?? 0;
  }

  private makeCmdline(row: number): number {
    const { threads, symbols } = this.state;
    const b = row * W;
    const comm = threads.rows[b + T.comm] ?? 0;
    if (comm === 0) return 0;
    const args = splitList(symbols.text(threads.rows[b + T.args] ?? 0));
    const line = [symbols.text(comm), ...args].join(' ').slice(0, CMDLINE_LIMIT);
    const id = symbols.made(line);
    threads.rows[b + T.cmdline] = id;
    return id;
  }

  /** Container id of a thread: twelve digits, or `host`. */
  container(row: number): number {
    return this.containers.get((row === 0 ? 0 : this.state.threads.rows[row * W + T.cgroups]) || 1);
  }

  /** A directory with a closing slash. */
  directory(path: number): number {
    return path === 0 ? 0 : this.slashed.get(path);
  }

  /** Text of an address symbol. */
  address(symbol: number): number {
    return symbol === 0 ? 0 : this.addresses.get(symbol);
  }

  /** Name of a descriptor: path, tuple, or '' (symbol 1) when it has none. */
  fdName(entry: number): number {
    const f = this.state.descriptors.entries;
    const name = f[entry + F.name] ?? 0;
    if (name !== 0) return name;
    const kind = f[entry] ?? 0;
    const type = kind & FD_TYPE_MASK;
    if (type !== fdType.ipv4 && type !== fdType.ipv6) return 1;
    const made = this.tuple(entry, kind);
    f[entry + F.name] = made;
    return made;
  }

  private tuple(entry: number, kind: number): number {
    const { symbols, descriptors } = this.state;
    const f = descriptors.entries;
    const ports = f[entry + F.ports] ?? 0;
    const end = (symbol: number, port: number) => `${symbols.text(this.address(symbol))}:${port}`;
    const destination = end(f[entry + F.destination] ?? 0, ports >>> 16);
    if ((kind & fdFlag.bound) !== 0) return symbols.made(destination);
    if ((kind & fdFlag.connected) === 0) return 1;
    return symbols.made(`${end(f[entry + F.source] ?? 0, ports & 0xffff)}->${destination}`);
  }
}

function withSlash(path: string): string {
  return path === '' || path.endsWith('/') ? path : `${path}/`;
}

/** `192.0.2.1` or `2001:db8::1`. */
export function addressText(bytes: Uint8Array): string {
  return bytes.length === 4 ? bytes.join('.') : bytes.length === 16 ? ipv6Text(bytes) : '';
}

/** Shortest form of RFC 5952: the longest run of zero groups becomes `::`; IPv4-mapped ones end in dotted form. */
function ipv6Text(bytes: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, i) => ((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0));
  const mapped = groups.slice(0, 5).every((g) => g === 0) && groups[5] === 0xffff;
  if (mapped) return `::ffff:${bytes.subarray(12).join('.')}`;
  const { at, length } = longestZeros(groups);
  const hex = groups.map((g) => g.toString(16));
  if (length < 2) return hex.join(':');
  return `${hex.slice(0, at).join(':')}::${hex.slice(at + length).join(':')}`;
}

function longestZeros(groups: readonly number[]): { at: number; length: number } {
  let best = { at: 0, length: 0 };
  for (let i = 0; i < groups.length; i++) {
    let j = i;
    while (j < groups.length && groups[j] === 0) j++;
    if (j - i > best.length) best = { at: i, length: j - i };
    if (j > i) i = j;
  }
  return best;
}

/** Runtimes write the 64-digit id of the container into the cgroup's path. */
function containerId(cgroups: string): string {
  const found = /(?:^|[/:.-])([0-9a-f]{64})(?![0-9a-f])/.exec(cgroups);
  return found?.[1]?.slice(0, 12) ?? 'host';
}

/** Kernel addresses and path of a unix socket, from the text `source->destination path`. */
export function unixEnds(text: string): { source: bigint; destination: bigint; path: string } {
  const ends = /^([0-9a-f]{1,16})->([0-9a-f]{1,16}) (.*)$/s.exec(text);
  return {
    source: BigInt(`0x${ends?.[1] ?? '0'}`),
    destination: BigInt(`0x${ends?.[2] ?? '0'}`),
    path: ends === null ? text : (ends[3] ?? ''),
  };
}

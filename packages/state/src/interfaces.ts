/** IPv4 addresses of the recorded machine's interfaces, to tell where a datagram of an unbound socket came from. */
import type { SymbolTable } from '@waspglass/kit';
import type { InterfaceEntry } from '@waspglass/scap';

const LOOPBACK = 127;
/** More interfaces than that are not kept. */
const LIMIT = 4096;

interface Interface {
  /** Symbol of the address. */
  readonly address: number;
  readonly network: number;
  readonly mask: number;
  readonly isLoopback: boolean;
}

export class Interfaces {
  private readonly symbols: SymbolTable;
  private readonly unset: number;
  private list: Interface[] = [];

  constructor(symbols: SymbolTable) {
    this.symbols = symbols;
    this.unset = symbols.pin(symbols.intern(new Uint8Array(4), 0, 4));
  }

  load(entries: readonly InterfaceEntry[]): void {
    this.list = entries.flatMap(({ address, mask: netmask }) => {
      if (address.length !== 4 || netmask.length !== 4) return [];
      const mask = numberOf(netmask);
      return [
        {
          address: this.symbols.pin(this.symbols.intern(address, 0, 4)),
          network: numberOf(address) & mask,
          mask,
          isLoopback: address[0] === LOOPBACK,
        },
      ];
    });
    this.list.length = Math.min(this.list.length, LIMIT);
  }

  /** Whether an address symbol is 0.0.0.0. */
  isUnset(address: number): boolean {
    return address === this.unset;
  }

  /** Symbol of the address that packets to `destination` (a symbol) leave from; 0 when no interface is known. */
  towards(destination: number): number {
    const to = numberOf(this.symbols.bytes(destination));
    const near = this.list.find(({ network, mask }) => (to & mask) === network);
    return (near ?? this.list.find(({ isLoopback }) => !isLoopback))?.address ?? 0;
  }
}

function numberOf(bytes: Uint8Array): number {
  return ((bytes[0] ?? 0) << 24) | ((bytes[1] ?? 0) << 16) | ((bytes[2] ?? 0) << 8) | (bytes[3] ?? 0);
}

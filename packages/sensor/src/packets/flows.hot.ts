/**
 * How much went to and came from each far end (IPv4 address and port, TCP and UDP) of the victim's link. Bounded: an
 * attacker can use any number of ports.
 */
export interface FlowTotals {
  readonly packetsIn: number;
  readonly bytesIn: number;
  readonly packetsOut: number;
  readonly bytesOut: number;
}

type Row = { -readonly [K in keyof FlowTotals]: number };

const ETHERNET_HEAD = 14;
const IPV4 = 0x0800;
const TCP = 6;
const UDP = 17;
const MOST_FLOWS = 65_536;

export class Flows {
  /** Packets that found the table full. */
  uncounted = 0;
  private readonly rows = new Map<number, Row>();

  /** A frame of `kept` bytes at `at`, `length` bytes on the wire; `toVictim`: it goes there. */
  add(view: DataView, at: number, kept: number, length: number, toVictim: boolean): void {
    if (kept < ETHERNET_HEAD + 20 || view.getUint16(at + 12) !== IPV4) return;
    const ip = at + ETHERNET_HEAD;
    const head = (view.getUint8(ip) & 15) * 4;
    const protocol = view.getUint8(ip + 9);
    const isFirst = (view.getUint16(ip + 6) & 0x1fff) === 0;
    if ((protocol !== TCP && protocol !== UDP) || !isFirst || kept < ETHERNET_HEAD + head + 4) return;
    const address = view.getUint32(ip + (toVictim ? 12 : 16));
    const row = this.row(address * 65536 + view.getUint16(ip + head + (toVictim ? 0 : 2)));
    if (row === undefined) return;
    if (toVictim) {
      row.packetsIn++;
      row.bytesIn += length;
    } else {
      row.packetsOut++;
      row.bytesOut += length;
    }
  }

  /** Totals of a far end, as seen from the victim. */
  totals(address: string, port: number): FlowTotals | undefined {
    const parts = address.split('.').map(Number);
    if (parts.length !== 4) return undefined;
    const number = parts.reduce((sum, part) => sum * 256 + part, 0);
    return this.rows.get(number * 65536 + port);
  }

  private row(key: number): Row | undefined {
    let row = this.rows.get(key);
    if (row !== undefined) return row;
    if (this.rows.size >= MOST_FLOWS) {
      this.uncounted++;
      return undefined;
    }
    row = { packetsIn: 0, bytesIn: 0, packetsOut: 0, bytesOut: 0 };
    this.rows.set(key, row);
    return row;
  }
}

/**
 * Records the packets of an interface: chunks of pcapng for whoever writes files, totals by far end. Reads the ring in
 * bounded turns; what the kernel had to drop meanwhile is counted and stands in the files.
 */
import { Flows, type FlowTotals } from './flows.hot.ts';
import { OUTGOING, PacketRing, type PacketSink, packet } from './packet-ring.ts';
import { PcapngEncoder, pcapngHeader, pcapngStatistics } from './pcapng.hot.ts';

export interface PacketOptions {
  readonly interface: string;
  /** Whole pcapng blocks; copied before it returns. */
  readonly onChunk: (chunk: Uint8Array, packets: number) => void;
}

/** 16 MiB: a tenth of a second of a whole gigabit. */
const BLOCKS = 64;
const BLOCKS_A_TURN = 8;
const CHUNK_BYTES = 512 * 1024;
const TURN_MS = 10;
const LOOK_MS = 1000;
const APPLICATION = 'waspglass';

export class PacketRecording implements PacketSink {
  readonly stats = { packets: 0, bytes: 0, dropped: 0 };
  private readonly options: PacketOptions;
  private readonly ring: PacketRing;
  private readonly flows = new Flows();
  private readonly out = new PcapngEncoder(CHUNK_BYTES);
  private timer: NodeJS.Timeout;
  private looked = 0;

  /** Throws when the interface cannot be listened to. */
  constructor(options: PacketOptions) {
    this.options = options;
    this.ring = new PacketRing(options.interface, BLOCKS);
    this.timer = setTimeout(this.turn, TURN_MS);
  }

  /** What a file begins with. */
  header(): Uint8Array {
    return pcapngHeader(this.options.interface, APPLICATION);
  }

  /** Totals of a far end since the start, as seen from the victim, with what waits in the ring. */
  totals(address: string, port: number): FlowTotals | undefined {
    this.ring.drain(this, BLOCKS);
    return this.flows.totals(address, port);
  }

  packet(view: DataView, at: number): void {
    const kept = view.getUint32(at + packet.KEPT, true);
    const length = view.getUint32(at + packet.LENGTH, true);
    const toVictim = view.getUint8(at + packet.KIND) === OUTGOING;
    this.stats.packets++;
    this.stats.bytes += length;
    this.flows.add(view, at + view.getUint16(at + packet.DATA, true), kept, length, toVictim);
    if (this.out.isFull) this.post();
    this.out.put(this.ring.u8, view, at);
  }

  /** Delivers what the ring still holds. */
  stop(): void {
    clearTimeout(this.timer);
    while (this.ring.drain(this, BLOCKS) > 0);
    this.look();
    this.post();
    this.ring.close();
  }

  private turn = (): void => {
    const n = this.ring.drain(this, BLOCKS_A_TURN);
    this.post();
    if (performance.now() - this.looked >= LOOK_MS) this.look();
    this.timer = setTimeout(this.turn, n === BLOCKS_A_TURN ? 0 : TURN_MS);
  };

  private look(): void {
    this.looked = performance.now();
    this.ring.look();
    const dropped = this.ring.dropped + this.ring.malformed;
    if (dropped === this.stats.dropped) return;
    this.stats.dropped = dropped;
    const now = BigInt(Date.now()) * 1_000_000n;
    this.options.onChunk(pcapngStatistics(now, this.stats.packets, dropped), 0);
  }

  private post(): void {
    const { packets } = this.out;
    if (packets > 0) this.options.onChunk(this.out.take(), packets);
  }
}

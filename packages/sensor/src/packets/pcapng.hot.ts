/**
 * Packets as pcapng (draft-ietf-opsawg-pcapng): a file begins with a section and one Ethernet interface whose times are in
 * nanoseconds; each packet says its direction. Directions are those of the host's end of the victim's link: inbound is what
 * the victim sent.
 */
import { BLOCK, OUTGOING, packet } from './packet-ring.ts';

const SECTION = 0x0a0d0d0a;
const INTERFACE = 1;
const STATISTICS = 5;
const PACKET = 6;
const BYTE_ORDER = 0x1a2b3c4d;
const ETHERNET = 1;
const NANOSECONDS = 9;
const option = { END: 0, NAME: 2, RESOLUTION: 9, APPLICATION: 4, FLAGS: 2, RECEIVED: 4, DROPPED: 5 } as const;
const INBOUND = 1;
const OUTBOUND = 2;
/** Block head and trailer, interface, time, lengths, flags, end of options. */
const AROUND = 28 + 8 + 4 + 4;
/** Longest frame that the ring can hold. */
export const SNAP_LENGTH = BLOCK;
const encoder = new TextEncoder();

export class PcapngEncoder {
  length = 0;
  packets = 0;
  private u8: Uint8Array<ArrayBuffer>;
  private view: DataView;

  constructor(bytes: number) {
    this.u8 = new Uint8Array(bytes);
    this.view = new DataView(this.u8.buffer);
  }

  /** Whether a packet of the longest kind would still fit. */
  get isFull(): boolean {
    return this.length + SNAP_LENGTH + AROUND + 4 > this.u8.length;
  }

  /** The packet whose head is at `at` in the ring. */
  put(from: Uint8Array, ring: DataView, at: number): void {
    const { view, length: start } = this;
    const kept = ring.getUint32(at + packet.KEPT, true);
    const total = AROUND + ((kept + 3) & ~3);
    const seconds = ring.getUint32(at + packet.SECONDS, true);
    // seconds × 10⁹ + nanoseconds, 64 bits, in halves
    const upper = Math.floor(seconds / 65536) * 1e9;
    const lower = (upper % 65536) * 65536 + (seconds % 65536) * 1e9 + ring.getUint32(at + packet.NANOSECONDS, true);
    view.setUint32(start, PACKET, true);
    view.setUint32(start + 4, total, true);
    view.setUint32(start + 8, 0, true);
    view.setUint32(start + 12, Math.floor(upper / 65536) + Math.floor(lower / 4294967296), true);
    view.setUint32(start + 16, lower % 4294967296, true);
    view.setUint32(start + 20, kept, true);
    view.setUint32(start + 24, ring.getUint32(at + packet.LENGTH, true), true);
    const data = start + 28;
    const source = at + ring.getUint16(at + packet.DATA, true);
    const end = data + ((kept + 3) & ~3);
    if (kept > 0) view.setUint32(end - 4, 0, true);
    this.u8.set(from.subarray(source, source + kept), data);
    const isOutgoing = ring.getUint8(at + packet.KIND) === OUTGOING;
    view.setUint32(end, option.FLAGS | (4 << 16), true);
    view.setUint32(end + 4, isOutgoing ? OUTBOUND : INBOUND, true);
    view.setUint32(end + 8, option.END, true);
    view.setUint32(end + 12, total, true);
    this.length = start + total;
    this.packets++;
  }

  /** What was put, until the next packet is. */
  take(): Uint8Array<ArrayBuffer> {
    const chunk = this.u8.subarray(0, this.length);
    this.length = 0;
    this.packets = 0;
    return chunk;
  }
}

/** What a file begins with. */
export function pcapngHeader(networkInterface: string, application: string): Uint8Array {
  const section = [...u32(BYTE_ORDER), 1, 0, 0, 0, ...new Array<number>(8).fill(255)];
  const name = optionOf(option.NAME, encoder.encode(networkInterface));
  const resolution = optionOf(option.RESOLUTION, Uint8Array.of(NANOSECONDS));
  return Uint8Array.from([
    ...blockOf(SECTION, [...section, ...optionOf(option.APPLICATION, encoder.encode(application)), ...END]),
    ...blockOf(INTERFACE, [ETHERNET, 0, 0, 0, ...u32(SNAP_LENGTH), ...name, ...resolution, ...END]),
  ]);
}

/** How many packets came and how many were dropped until `time` (ns since the epoch). */
export function pcapngStatistics(time: bigint, received: number, dropped: number): Uint8Array {
  const at = [...u32(Number(time >> 32n)), ...u32(Number(time & 0xffffffffn))];
  const counts = [...optionOf(option.RECEIVED, u64(received)), ...optionOf(option.DROPPED, u64(dropped))];
  return Uint8Array.from(blockOf(STATISTICS, [...u32(0), ...at, ...counts, ...END]));
}

const END = [0, 0, 0, 0];

function blockOf(type: number, body: readonly number[]): number[] {
  const length = u32(body.length + 12);
  return [...u32(type), ...length, ...body, ...length];
}

function optionOf(code: number, value: Uint8Array): number[] {
  const padding = new Array<number>((4 - (value.length % 4)) % 4).fill(0);
  return [code, 0, value.length & 255, value.length >> 8, ...value, ...padding];
}

function u32(value: number): Uint8Array {
  return Uint8Array.of(value, value >>> 8, value >>> 16, value >>> 24);
}

function u64(value: number): Uint8Array {
  return Uint8Array.from([...u32(value % 4294967296), ...u32(Math.floor(value / 4294967296))]);
}

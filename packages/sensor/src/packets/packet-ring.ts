/**
 * An AF_PACKET socket with a ring that the kernel writes packets to (TPACKET_V3, Documentation/networking/packet_mmap.rst),
 * called through koffi. A block is ours from the moment its status says so until we hand it back.
 */
import { readFileSync } from 'node:fs';
import koffi from 'koffi';
import { fail } from '../errors.ts';

const AF_PACKET = 17;
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0o2000000;
/** ETH_P_ALL in network order. */
const ALL = 0x0300;
const SOL_PACKET = 263;
const PACKET_RX_RING = 5;
const PACKET_STATISTICS = 6;
const PACKET_VERSION = 10;
const TPACKET_V3 = 2;
const PROT_READ_WRITE = 3;
const MAP_SHARED = 1;
const TP_STATUS_USER = 1;
const RETIRE_MS = 50;
const FRAME = 2048;
export const BLOCK = 256 * 1024;
const ADDRESS_SIZE = 20;

/** Offsets in a block's head and in a packet's. */
const STATUS = 8;
const COUNT = 12;
const FIRST = 16;
const NEXT = 0;
export const packet = { SECONDS: 4, NANOSECONDS: 8, KEPT: 12, LENGTH: 16, DATA: 24, KIND: 58 } as const;
/** A packet's head and the address behind it. */
const PACKET_HEAD = 68;
/** `packet.KIND`: the packet leaves through the interface. */
export const OUTGOING = 4;

type Native = (...args: unknown[]) => unknown;
interface Functions {
  readonly socket: Native;
  readonly setsockopt: Native;
  readonly getsockopt: Native;
  readonly bind: Native;
  readonly mmap: Native;
  readonly munmap: Native;
  readonly close: Native;
}

let bound: Functions | undefined;

function libc(): Functions {
  if (bound !== undefined) return bound;
  const lib = koffi.load('libc.so.6');
  const of = (declaration: string) => lib.func(declaration) as Native;
  bound = {
    socket: of('int socket(int domain, int type, int protocol)'),
    setsockopt: of('int setsockopt(int fd, int level, int name, const void *value, uint32_t length)'),
    getsockopt: of('int getsockopt(int fd, int level, int name, void *value, _Inout_ uint32_t *length)'),
    bind: of('int bind(int fd, const void *address, uint32_t length)'),
    mmap: of('void *mmap(void *address, size_t length, int prot, int flags, int fd, long offset)'),
    munmap: of('int munmap(void *address, size_t length)'),
    close: of('int close(int fd)'),
  };
  return bound;
}

export interface PacketSink {
  /** A packet whose head is at `at` in the ring. */
  packet(view: DataView, at: number): void;
}

export class PacketRing {
  readonly view: DataView;
  readonly u8: Uint8Array;
  /** Packets that found the ring full, since the start. */
  dropped = 0;
  /** Packets with a head that made no sense. */
  malformed = 0;
  private readonly words: Int32Array;
  private readonly address: unknown;
  private readonly blocks: number;
  private readonly fd: number;
  private next = 0;
  /** The memory is gone: looking at it would end the process. */
  private closed = false;

  constructor(networkInterface: string, blocks: number) {
    const c = libc();
    this.blocks = blocks;
    this.fd = Number(c.socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
    if (this.fd < 0) throw this.failure('socket', networkInterface);
    try {
      this.set(PACKET_VERSION, [TPACKET_V3], networkInterface);
      this.set(PACKET_RX_RING, [BLOCK, blocks, FRAME, (BLOCK / FRAME) * blocks, RETIRE_MS, 0, 0], networkInterface);
      this.address = c.mmap(null, BLOCK * blocks, PROT_READ_WRITE, MAP_SHARED, this.fd, 0);
      if (!this.address || this.address === 0xffffffffffffffffn) throw this.failure('mmap', networkInterface);
      const memory = koffi.view(this.address, BLOCK * blocks) as ArrayBuffer;
      this.view = new DataView(memory);
      this.u8 = new Uint8Array(memory);
      this.words = new Int32Array(memory);
      this.bind(networkInterface);
    } catch (error) {
      c.close(this.fd);
      throw error;
    }
  }

  /** Gives the packets of at most `most` blocks; returns how many blocks there were. */
  drain(sink: PacketSink, most: number): number {
    const { blocks, view, words } = this;
    let n = 0;
    for (; n < most && !this.closed; n++) {
      const block = this.next * BLOCK;
      const status = (block + STATUS) >> 2;
      if ((Atomics.load(words, status) & TP_STATUS_USER) === 0) break;
      this.block(sink, view, block);
      Atomics.store(words, status, 0);
      this.next = (this.next + 1) % blocks;
    }
    return n;
  }

  /** Asks the kernel what was dropped. */
  look(): void {
    const found = new Uint32Array(3);
    if (libc().getsockopt(this.fd, SOL_PACKET, PACKET_STATISTICS, found, [found.byteLength]) === 0) {
      this.dropped += found[1] ?? 0;
    }
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    const c = libc();
    c.munmap(this.address, BLOCK * this.blocks);
    c.close(this.fd);
  }

  private block(sink: PacketSink, view: DataView, block: number): void {
    const end = block + BLOCK;
    let at = block + view.getUint32(block + FIRST, true);
    for (let left = view.getUint32(block + COUNT, true); left > 0; left--) {
      if (at + PACKET_HEAD > end) break;
      const kept = view.getUint32(at + packet.KEPT, true);
      if (at + view.getUint16(at + packet.DATA, true) + kept > end) {
        this.malformed += left;
        return;
      }
      sink.packet(view, at);
      const step = view.getUint32(at + NEXT, true);
      if (step === 0) break;
      at += step;
    }
  }

  private set(name: number, values: readonly number[], networkInterface: string): void {
    const words = Uint32Array.from(values);
    if (libc().setsockopt(this.fd, SOL_PACKET, name, words, words.byteLength) !== 0) {
      throw this.failure('setsockopt', networkInterface);
    }
  }

  private bind(networkInterface: string): void {
    const address = new DataView(new ArrayBuffer(ADDRESS_SIZE));
    address.setUint16(0, AF_PACKET, true);
    address.setUint16(2, ALL, true);
    address.setInt32(4, indexOf(networkInterface), true);
    const bytes = new Uint8Array(address.buffer);
    if (libc().bind(this.fd, bytes, bytes.length) !== 0) throw this.failure('bind', networkInterface);
  }

  private failure(call: string, networkInterface: string) {
    return fail('WG_SENSOR_PACKETS', { interface: networkInterface, reason: `${call}: errno ${koffi.errno()}` });
  }
}

function indexOf(networkInterface: string): number {
  try {
    return Number(readFileSync(`/sys/class/net/${networkInterface}/ifindex`, 'utf8'));
  } catch (cause) {
    throw fail('WG_SENSOR_PACKETS', { interface: networkInterface, reason: 'there is no such interface' }, { cause });
  }
}

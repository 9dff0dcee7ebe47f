import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Lanes, type RecordSink } from '../src/lanes.hot.ts';
import { RECORD_TIME } from '../src/record.gen.ts';
import { Ring } from '../src/ring.hot.ts';

const PAGE = 4096;
const SIZE = 4096;
const BUSY = 0x80000000;
const DISCARDED = 0x40000000;

/** The kernel's side of a ring, whose second mapping is kept equal by hand. */
class Writer {
  readonly consumer = new ArrayBuffer(PAGE);
  readonly producer = new ArrayBuffer(PAGE + 2 * SIZE);
  private readonly bytes = new Uint8Array(this.producer, PAGE);
  private readonly view = new DataView(this.producer, PAGE);
  private readonly position = new BigUint64Array(this.producer, 0, 1);
  private at: bigint;

  constructor(start: bigint) {
    this.at = start;
    this.position[0] = start;
    new BigUint64Array(this.consumer)[0] = start;
  }

  get read(): bigint {
    return new BigUint64Array(this.consumer)[0] ?? 0n;
  }

  get written(): bigint {
    return this.at;
  }

  put(data: readonly number[], flags = 0): number {
    const at = Number(this.at & BigInt(SIZE - 1));
    this.word(at, (data.length | flags) >>> 0);
    for (const [i, byte] of data.entries()) {
      const to = (at + 8 + i) & (SIZE - 1);
      this.bytes[to] = byte;
      this.bytes[to + SIZE] = byte;
    }
    this.at += BigInt((data.length + 8 + 7) & ~7);
    this.position[0] = this.at;
    return at;
  }

  word(at: number, value: number): void {
    this.view.setUint32(at, value, true);
    this.view.setUint32(at + SIZE, value, true);
  }
}

function ringOf({ consumer, producer }: Writer): Ring {
  return new Ring({ consumer, producer, size: SIZE });
}

class Seen implements RecordSink {
  readonly records: number[][] = [];
  record(ring: Ring, at: number, length: number): void {
    this.records.push([...ring.u8.subarray(at, at + length)]);
  }
}

/** One ring with something in it, the other empty. */
function reader(writer: Writer) {
  const sink = new Seen();
  const ring = ringOf(writer);
  const lanes = new Lanes(ring, ringOf(new Writer(0n)));
  const drain = (most = 1000) => lanes.drain(sink, most, Number.POSITIVE_INFINITY);
  return { ring, seen: sink.records, drain };
}

const NAME = RECORD_TIME + 8;

/** A record of `time` that is told by the byte behind it. */
function timed(name: number, time: number): number[] {
  const bytes = Buffer.alloc(NAME + 1);
  bytes[NAME] = name;
  bytes.writeBigUInt64LE(BigInt(time), RECORD_TIME);
  return [...bytes];
}

describe('two lanes', () => {
  it('are one stream in order of time, up to the horizon', () => {
    const first = new Writer(0n);
    const bulk = new Writer(0n);
    const sink = new Seen();
    const lanes = new Lanes(ringOf(first), ringOf(bulk));
    const drain = (horizon: number) => {
      const from = sink.records.length;
      lanes.drain(sink, 1000, horizon);
      return sink.records.slice(from).map((bytes) => bytes[NAME]);
    };
    for (const [writer, name, time] of [
      [first, 1, 10],
      [bulk, 2, 11],
      [bulk, 3, 5_000_000_000],
      [first, 4, 12],
      [first, 5, 6_000_000_000],
    ] as const)
      writer.put(timed(name, time));
    assert.deepEqual(drain(4), []);
    assert.deepEqual(drain(12), [1, 2, 4]);
    assert.deepEqual(drain(5_500_000_000), [3]);
    bulk.put(timed(6, 5_700_000_000));
    assert.deepEqual(drain(9e9), [6, 5]);
    assert.equal(lanes.records, 6);
    assert.equal(first.read, first.written);
    assert.equal(bulk.read, bulk.written);
  });

  it('wait for a record that is being written in either of them', () => {
    const first = new Writer(0n);
    const bulk = new Writer(0n);
    const sink = new Seen();
    const lanes = new Lanes(ringOf(first), ringOf(bulk));
    const at = first.put(timed(1, 10), BUSY);
    bulk.put(timed(2, 11));
    assert.equal(lanes.drain(sink, 10, 1e9), 0);
    first.word(at, timed(1, 10).length);
    assert.equal(lanes.drain(sink, 10, 1e9), 2);
    assert.deepEqual(
      sink.records.map((bytes) => bytes[NAME]),
      [1, 2],
    );
  });
});

describe('the ring', () => {
  it('gives finished records in order and skips discarded ones', () => {
    const writer = new Writer(0n);
    const { seen, drain } = reader(writer);
    writer.put([1, 2, 3]);
    writer.put([9, 9], DISCARDED);
    writer.put([4]);
    assert.equal(drain(), 2);
    assert.deepEqual(seen, [[1, 2, 3], [4]]);
    assert.equal(writer.read, writer.written);
    assert.equal(drain(), 0);
  });

  it('stops at a record that is being written, and goes on when it is finished', () => {
    const writer = new Writer(0n);
    const { seen, drain } = reader(writer);
    writer.put([1]);
    const at = writer.put([2], BUSY);
    writer.put([3]);
    assert.equal(drain(), 1);
    writer.word(at, 1);
    assert.equal(drain(), 2);
    assert.deepEqual(seen, [[1], [2], [3]]);
  });

  it('reads a record across the end of the memory, and across 2^32', () => {
    const writer = new Writer(0x1_0000_0000n - 16n);
    const { seen, drain } = reader(writer);
    const long = Array.from({ length: 100 }, (_, i) => i);
    writer.put(long);
    writer.put([7]);
    assert.equal(drain(), 2);
    assert.deepEqual(seen, [long, [7]]);
    assert.equal(writer.read, writer.written);
    assert.ok(writer.read > 0x1_0000_0000n);
  });

  it('bounds a turn', () => {
    const writer = new Writer(0n);
    const { ring, drain } = reader(writer);
    for (let i = 0; i < 10; i++) writer.put([i]);
    assert.equal(drain(4), 4);
    assert.equal(drain(100), 6);
    assert.equal(ring.records, 10);
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Flows } from '../src/packets/flows.hot.ts';
import { OUTGOING, packet } from '../src/packets/packet-ring.ts';
import { PcapngEncoder, pcapngHeader, pcapngStatistics } from '../src/packets/pcapng.hot.ts';

const DATA = 82;

/** A packet as it lies in the ring, at 64. */
function inRing(bytes: Uint8Array, of: { seconds: number; ns: number; kind?: number; length?: number }): Buffer {
  const ring = Buffer.alloc(64 + DATA + bytes.length + 16, 0xee);
  ring.writeUInt32LE(of.seconds, 64 + packet.SECONDS);
  ring.writeUInt32LE(of.ns, 64 + packet.NANOSECONDS);
  ring.writeUInt32LE(bytes.length, 64 + packet.KEPT);
  ring.writeUInt32LE(of.length ?? bytes.length, 64 + packet.LENGTH);
  ring.writeUInt16LE(DATA, 64 + packet.DATA);
  ring.writeUInt8(of.kind ?? 0, 64 + packet.KIND);
  ring.set(bytes, 64 + DATA);
  return ring;
}

const viewOf = (bytes: Buffer) => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

/** Whole blocks: type and body; refuses lengths that don't agree. */
function blocks(bytes: Uint8Array): { type: number; body: Buffer }[] {
  const all = Buffer.from(bytes);
  const list: { type: number; body: Buffer }[] = [];
  for (let at = 0; at < all.length; ) {
    const length = all.readUInt32LE(at + 4);
    assert.equal(length % 4, 0);
    assert.equal(all.readUInt32LE(at + length - 4), length);
    list.push({ type: all.readUInt32LE(at), body: all.subarray(at + 8, at + length - 4) });
    at += length;
  }
  return list;
}

describe('pcapng', () => {
  it('begins with a section and an Ethernet interface in nanoseconds', () => {
    const [section, link] = blocks(pcapngHeader('wg-h', 'waspglass'));
    assert.equal(section?.type, 0x0a0d0d0a);
    assert.equal(section?.body.readUInt32LE(0), 0x1a2b3c4d);
    assert.equal(section?.body.readBigInt64LE(8), -1n);
    assert.equal(link?.type, 1);
    assert.equal(link?.body.readUInt16LE(0), 1);
    assert.ok(link?.body.includes(Buffer.from([2, 0, 4, 0, ...Buffer.from('wg-h')])));
    assert.ok(link?.body.includes(Buffer.from([9, 0, 1, 0, 9, 0, 0, 0])));
  });

  for (const size of [0, 1, 2, 3, 4, 60, 1514, 65_535]) {
    it(`holds a packet of ${size} bytes with time, lengths and direction`, () => {
      const out = new PcapngEncoder(512 * 1024);
      const bytes = Buffer.alloc(size, 'packet');
      const ring = inRing(bytes, { seconds: 1_795_000_000, ns: 999_999_999, kind: OUTGOING, length: size + 9 });
      out.put(ring, viewOf(ring), 64);
      assert.equal(out.packets, 1);
      const [block] = blocks(out.take());
      assert.equal(block?.type, 6);
      const body = block?.body ?? Buffer.alloc(0);
      const time = (BigInt(body.readUInt32LE(4)) << 32n) | BigInt(body.readUInt32LE(8));
      assert.equal(time, 1_795_000_000_999_999_999n);
      assert.deepEqual([body.readUInt32LE(12), body.readUInt32LE(16)], [size, size + 9]);
      assert.deepEqual(body.subarray(20, 20 + size), bytes);
      const end = 20 + ((size + 3) & ~3);
      assert.deepEqual([...body.subarray(20 + size, end)], new Array(end - 20 - size).fill(0));
      assert.deepEqual([...body.subarray(end)], [2, 0, 4, 0, 2, 0, 0, 0, 0, 0, 0, 0]);
    });
  }

  it('says what was dropped', () => {
    const [block] = blocks(pcapngStatistics(0x0123456789abcdefn, 5, 2 ** 33));
    assert.equal(block?.type, 5);
    assert.deepEqual([block?.body.readUInt32LE(4), block?.body.readUInt32LE(8)], [0x01234567, 0x89abcdef]);
    assert.equal(block?.body.readBigUInt64LE(16), 5n);
    assert.equal(block?.body.readBigUInt64LE(28), 2n ** 33n);
  });
});

/** An IPv4 frame. */
function frame(protocol: number, from: string, fromPort: number, to: string, toPort: number, fragment = 0): Buffer {
  const bytes = Buffer.alloc(60);
  bytes.writeUInt16BE(0x0800, 12);
  bytes[14] = 0x45;
  bytes.writeUInt16BE(fragment, 20);
  bytes[23] = protocol;
  bytes.set(from.split('.').map(Number), 26);
  bytes.set(to.split('.').map(Number), 30);
  bytes.writeUInt16BE(fromPort, 34);
  bytes.writeUInt16BE(toPort, 36);
  return bytes;
}

describe('totals by far end', () => {
  const add = (flows: Flows, bytes: Buffer, toVictim: boolean, length = bytes.length) =>
    flows.add(viewOf(bytes), 0, bytes.length, length, toVictim);

  it('counts both directions of TCP and UDP, as the victim sees them', () => {
    const flows = new Flows();
    add(flows, frame(6, '203.0.113.255', 65_535, '10.66.0.2', 22), true, 100);
    add(flows, frame(6, '10.66.0.2', 22, '203.0.113.255', 65_535), false, 1000);
    add(flows, frame(17, '10.66.0.2', 5000, '192.0.2.1', 53), false, 70);
    const one = { packetsIn: 1, bytesIn: 100, packetsOut: 1, bytesOut: 1000 };
    assert.deepEqual(flows.totals('203.0.113.255', 65_535), one);
    assert.deepEqual(flows.totals('192.0.2.1', 53), { packetsIn: 0, bytesIn: 0, packetsOut: 1, bytesOut: 70 });
    assert.equal(flows.totals('192.0.2.1', 54), undefined);
    assert.equal(flows.totals('::1', 22), undefined);
  });

  it('leaves out what has no ports: other protocols, later fragments, frames cut short', () => {
    const flows = new Flows();
    add(flows, frame(1, '203.0.113.1', 1, '10.66.0.2', 22), true);
    add(flows, frame(6, '203.0.113.1', 1, '10.66.0.2', 22, 185), true);
    add(flows, frame(6, '203.0.113.1', 1, '10.66.0.2', 22).subarray(0, 36), true);
    const long = frame(6, '203.0.113.1', 1, '10.66.0.2', 22);
    long[14] = 0x4f;
    add(flows, long, true);
    assert.equal(flows.totals('203.0.113.1', 1), undefined);
  });

  it('is bounded', () => {
    const flows = new Flows();
    for (let port = 0; port < 65_536; port++) add(flows, frame(17, '203.0.113.1', port, '10.66.0.2', 53), true);
    for (let port = 0; port < 10; port++) add(flows, frame(17, '203.0.113.2', port, '10.66.0.2', 53), true);
    assert.equal(flows.uncounted, 10);
  });
});

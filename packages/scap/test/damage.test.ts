import assert from 'node:assert/strict';
import { test } from 'node:test';
import { constants, gzipSync, unzipSync } from 'node:zlib';
import { WaspglassError } from '@waspglass/kit';
import {
  block,
  concat,
  descriptorEntry,
  EventEncoder,
  encodeDescriptors,
  encodeInterfaces,
  encodeMachine,
  encodeProcesses,
  encodeSection,
  encodeUsers,
  fdType,
  processEntry,
  ScapReader,
  utf8,
} from '@waspglass/scap';
import fc from 'fast-check';
import { gunzip } from '../src/gunzip.ts';

const small = { guardBytes: 1 << 14, ringBytes: 1 << 15 };

function capture(): Uint8Array {
  const e = new EventEncoder({ flags: true });
  for (let i = 0; i < 12; i++) {
    e.begin(i * 7, i, 1, 200, 0, 3);
    e.i64(i);
    e.str(`/tmp/${i}`);
    e.u32(i);
    e.end();
  }
  const address = Uint8Array.of(192, 0, 2, 1);
  return concat([
    encodeSection(),
    encodeMachine({ cpus: 2, memory: 1n, maxPid: 2n, hostname: utf8('web01'), bootTime: 3n }),
    encodeInterfaces([{ name: utf8('eth0'), address, mask: address, broadcast: address, linkSpeed: 0n }]),
    encodeUsers(
      [{ uid: 0, gid: 0, name: utf8('root'), home: utf8('/root'), shell: utf8('/bin/sh') }],
      [{ gid: 0, name: utf8('root') }],
    ),
    encodeProcesses([processEntry({ tid: 200, comm: utf8('sh'), args: utf8('-c\0x\0'), tty: 5 })]),
    encodeDescriptors(200, [
      descriptorEntry({ fd: 0, type: fdType.IPV4, sip: address, dip: address, sport: 1, dport: 2, proto: 1 }),
      descriptorEntry({ fd: 1, type: fdType.FILE_2, name: utf8('/dev/null') }),
      descriptorEntry({ fd: 2, type: fdType.UNIX, name: utf8('/run/x') }),
    ]),
    e.take(),
  ]);
}

/** Reads with every parameter looked at; returns the events seen and the error, which must be one of ours. */
function read(bytes: Uint8Array): { events: number; error: WaspglassError | undefined } {
  let events = 0;
  const reader = new ScapReader(
    {
      onEvent: (c) => {
        events++;
        for (let i = 0; i < c.nparams; i++) {
          assert.ok(c.off(i) >= c.at && c.off(i) + c.len(i) <= c.end);
          c.i64(i, -1);
          c.u16(i, -1);
        }
      },
    },
    small,
  );
  try {
    reader.push(bytes);
    reader.end();
    return { events, error: undefined };
  } catch (error) {
    assert.ok(error instanceof WaspglassError, String(error));
    return { events, error };
  }
}

test('a capture cut anywhere gives its whole events and then one error', () => {
  const whole = capture();
  const ends = blockEnds(whole);
  for (let cut = 0; cut < whole.length; cut++) {
    const { events, error } = read(whole.subarray(0, cut));
    assert.equal(events, Math.max(0, ends.filter((end) => end <= cut).length - (ends.length - 12)));
    assert.equal(error === undefined, ends.includes(cut), `cut at ${cut}`);
  }
});

function blockEnds(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const ends: number[] = [];
  for (let at = 0; at < bytes.length; at = ends.at(-1) ?? 0) ends.push(at + view.getUint32(at + 4, true));
  return ends;
}

test('flipped bytes never make anything but a WaspglassError', () => {
  const whole = capture();
  const flips = fc.array(fc.tuple(fc.nat({ max: whole.length - 1 }), fc.nat({ max: 255 })), {
    minLength: 1,
    maxLength: 6,
  });
  fc.assert(
    fc.property(flips, (list) => {
      const bytes = whole.slice();
      for (const [at, value] of list) bytes[at] = value;
      read(bytes);
    }),
    { numRuns: 3000 },
  );
});

test('list blocks of every layout with random bodies never make anything but a WaspglassError', () => {
  const types = fc.constantFrom(...Object.values(block), 0x8000abcd, 0x8001abcd, 0x8014abcd, 7, 0xffffffff);
  const bodies = fc.uint8Array({ maxLength: 400 }).map((b) => b.subarray(0, b.length & ~3));
  fc.assert(
    fc.property(fc.array(fc.tuple(types, bodies), { maxLength: 4 }), (blocks) => {
      const framed = blocks.map(([type, body]) => {
        const bytes = new Uint8Array(body.length + 12);
        const view = new DataView(bytes.buffer);
        view.setUint32(0, type, true);
        view.setUint32(4, bytes.length, true);
        bytes.set(body, 8);
        view.setUint32(bytes.length - 4, bytes.length, true);
        return bytes;
      });
      read(concat([encodeSection(), ...framed]));
    }),
    { numRuns: 3000 },
  );
});

async function inflate(bytes: Uint8Array, cut: number): Promise<{ length: number; error: WaspglassError | undefined }> {
  async function* pieces() {
    for (let at = 0; at < bytes.length; at += cut) yield bytes.subarray(at, at + cut);
  }
  let length = 0;
  try {
    for await (const group of gunzip(pieces(), 'x.gz')) for (const piece of group) length += piece.length;
    return { length, error: undefined };
  } catch (error) {
    assert.ok(error instanceof WaspglassError, String(error));
    return { length, error };
  }
}

test('gzip members are joined however the input is cut; garbage behind is ignored', async () => {
  const parts = fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 4 });
  const garbage = fc.uint8Array({ maxLength: 20 }).filter((g) => g[0] !== 0x1f);
  await fc.assert(
    fc.asyncProperty(parts, garbage, fc.integer({ min: 1, max: 400 }), async (members, behind, cut) => {
      const stream = concat([...members.map((m) => gzipSync(m)), behind]);
      const { length, error } = await inflate(stream, cut);
      assert.equal(error, undefined);
      assert.equal(length, concat(members).length);
    }),
    { numRuns: 100 },
  );
});

test('a gzip stream gives all that stands before its damage, and says where that is', async () => {
  const text = Buffer.from(Array.from({ length: 80_000 }, (_, i) => Math.imul(i, 0x9e3779b1).toString(36)).join(' '));
  const packed = gzipSync(text, { level: 1 });
  const other = gzipSync('before');
  for (const part of [0.05, 0.5, 0.95]) {
    const at = Math.floor(packed.length * part);
    const sound = unzipSync(packed.subarray(0, at), { finishFlush: constants.Z_SYNC_FLUSH }).length;
    const damaged = Uint8Array.from(packed);
    damaged.fill(0xff, at, at + 2000);
    for (const cut of [1000, 64 * 1024]) {
      const { length, error } = await inflate(concat([other, damaged]), cut);
      assert.equal(error?.code, 'WG_SCAP_GZIP');
      assert.ok(length >= 'before'.length + sound, `${length} of ${sound} before the damage`);
      // Not before the damage; where it looks like data, only the checksum tells.
      const { offset = 0 } = error?.at ?? {};
      assert.ok(offset >= other.length + at && offset <= other.length + packed.length, `${offset} of ${at}`);
    }
  }
  const short = await inflate(packed.subarray(0, 5000), 1000);
  assert.equal(short.error?.code, 'WG_SCAP_GZIP_TRUNCATED');
  assert.equal(short.error?.at.offset, 5000);
});

test('damaged gzip never makes anything but a WaspglassError', async () => {
  const whole = concat([gzipSync(capture()), gzipSync(capture())]);
  await fc.assert(
    fc.asyncProperty(fc.nat({ max: whole.length - 1 }), fc.nat({ max: 255 }), async (at, value) => {
      const bytes = whole.slice();
      bytes[at] = value;
      await inflate(bytes, 100);
    }),
    { numRuns: 150 },
  );
});

test('a big-endian capture, a foreign version and a foreign file are told apart', () => {
  const whole = capture();
  const code = (at: number, value: number) => {
    const bytes = whole.slice();
    bytes[at] = value;
    return read(bytes).error?.code;
  };
  assert.equal(read(new Uint8Array(0)).error?.code, 'WG_SCAP_EMPTY');
  assert.equal(read(utf8('GIF89a')).error?.code, 'WG_SCAP_NOT_A_CAPTURE');
  assert.equal(code(8, 0), 'WG_SCAP_MAGIC');
  assert.equal(code(12, 2), 'WG_SCAP_VERSION');
  assert.equal(code(4, 29), 'WG_SCAP_BLOCK_LENGTH');
  assert.equal(code(24, 1), 'WG_SCAP_TRAILER');
});

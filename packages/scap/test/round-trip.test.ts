import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  concat,
  type DescriptorEntry,
  descriptorEntry,
  EventEncoder,
  encodeDescriptors,
  encodeInterfaces,
  encodeMachine,
  encodeProcesses,
  encodeSection,
  encodeUsers,
  fdType,
  type InterfaceEntry,
  type MachineEntry,
  type ProcessEntry,
  ScapReader,
} from '@waspglass/scap';
import { eventId } from '@waspglass/schema';
import fc from 'fast-check';

/** Plain objects, as the decoders make them. */
const record = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }) => fc.record(model, { noNullPrototype: true });
const bytes = (most: number) => fc.uint8Array({ maxLength: most });
const exactly = (size: number) => fc.uint8Array({ minLength: size, maxLength: size });
const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const u32 = fc.nat({ max: 0xffffffff });
const id = fc.integer({ min: -1, max: 0x3fffffff });
const count = fc.nat({ max: Number.MAX_SAFE_INTEGER });

const processes: fc.Arbitrary<ProcessEntry> = record({
  tid: id,
  pid: id,
  ptid: id,
  sid: id,
  vpgid: id,
  comm: bytes(20),
  exe: bytes(40),
  exepath: bytes(40),
  args: bytes(80),
  cwd: bytes(40),
  fdlimit: u64,
  flags: u32,
  uid: u32,
  gid: u32,
  vmSize: u32,
  vmRss: u32,
  vmSwap: u32,
  pfMajor: count,
  pfMinor: count,
  env: bytes(80),
  vtid: id,
  vpid: id,
  cgroups: bytes(40),
  root: bytes(10),
  loginuid: u32,
  exeWritable: fc.boolean(),
  capInheritable: u64,
  capPermitted: u64,
  capEffective: u64,
  tty: fc.integer(),
  pidnsStart: u64,
  exeUpperLayer: fc.boolean(),
  exeFromMemfd: fc.boolean(),
  exeIno: u64,
  exeCtime: u64,
  exeMtime: u64,
});

const head = { fd: fc.nat({ max: 1 << 20 }), ino: u64 };
const port = fc.nat({ max: 65535 });
const proto = fc.nat({ max: 4 });
const named = [1, 2, 7, 9, 10, 11, 12, 13, 14, 15];
const ends = (size: number) => ({ sip: exactly(size), dip: exactly(size), sport: port, dport: port, proto });
const descriptors: fc.Arbitrary<DescriptorEntry> = fc
  .oneof(
    record({ ...head, type: fc.constantFrom(...named), name: bytes(60) }),
    record({ ...head, type: fc.constant(fdType.FILE_2), name: bytes(60), flags: u32, dev: u32 }),
    record({ ...head, type: fc.constant(fdType.IPV4), ...ends(4) }),
    record({ ...head, type: fc.constant(fdType.IPV6), ...ends(16) }),
    record({ ...head, type: fc.constant(fdType.IPV4_SERVER), sip: exactly(4), sport: port, proto }),
    record({ ...head, type: fc.constant(fdType.IPV6_SERVER), sip: exactly(16), sport: port, proto }),
    record({ ...head, type: fc.constant(fdType.UNIX), name: bytes(60), source: u64, destination: u64 }),
  )
  .map(descriptorEntry);

const machines: fc.Arbitrary<MachineEntry> = record({
  cpus: u32,
  memory: u64,
  maxPid: u64,
  hostname: fc.uint8Array({ maxLength: 100, min: 1 }),
  bootTime: u64,
});
const network = (size: number): fc.Arbitrary<InterfaceEntry> =>
  record({ name: bytes(16), address: exactly(size), mask: exactly(size), broadcast: exactly(size), linkSpeed: u64 });
const users = record({ uid: u32, gid: u32, name: bytes(30), home: bytes(30), shell: bytes(30) });
const groups = record({ gid: u32, name: bytes(30) });

/** Buffers of one size only: fast-check makes thousands of readers. */
const small = { guardBytes: 1 << 16, ringBytes: 1 << 17 };

test('lists decode to what was encoded', () => {
  const lists = record({
    machine: machines,
    processes: fc.uniqueArray(processes, { maxLength: 5, selector: (p) => p.tid }),
    tid: id,
    descriptors: fc.array(descriptors, { minLength: 1, maxLength: 5 }),
    interfaces: fc.tuple(fc.array(network(4), { maxLength: 3 }), fc.array(network(16), { maxLength: 3 })),
    users: fc.array(users, { maxLength: 3 }),
    groups: fc.array(groups, { maxLength: 3 }),
  });
  fc.assert(
    fc.property(lists, (l) => {
      const got: Record<string, unknown> = {};
      const decoded: ProcessEntry[] = [];
      const reader = new ScapReader(
        {
          onMachine: (machine) => Object.assign(got, { machine }),
          onProcess: (p) => decoded.push(p),
          onDescriptors: (tid, entries) => Object.assign(got, { tid, descriptors: entries }),
          onInterfaces: (interfaces) => Object.assign(got, { interfaces }),
          onUsers: (u, g) => Object.assign(got, { users: u, groups: g }),
          onEvent: () => false,
        },
        small,
      );
      reader.push(
        concat([
          encodeSection(),
          encodeMachine(l.machine),
          encodeProcesses(l.processes),
          encodeDescriptors(l.tid, l.descriptors),
          encodeInterfaces(l.interfaces.flat()),
          encodeUsers(l.users, l.groups),
        ]),
      );
      reader.end();
      assert.deepEqual({ ...got, processes: decoded }, { ...l, interfaces: l.interfaces.flat() });
    }),
    { numRuns: 200 },
  );
});

interface Event {
  readonly type: number;
  readonly time: bigint;
  readonly tid: number;
  readonly cpu: number;
  readonly flags: number;
  readonly params: Uint8Array[];
}

const events: fc.Arbitrary<Event> = record({
  type: fc.nat({ max: 453 }),
  time: u64,
  tid: fc.integer({ min: -1, max: 0x3fffffff }),
  cpu: fc.nat({ max: 65535 }),
  flags: u32,
  params: fc.array(bytes(90), { maxLength: 31 }),
});

test('events decode to what was encoded, however the input is cut into pieces', () => {
  fc.assert(
    fc.property(
      fc.array(events, { maxLength: 40 }),
      fc.boolean(),
      fc.integer({ min: 1, max: 3000 }),
      (list, flags, cut) => {
        const encoder = new EventEncoder({ flags });
        for (const e of list) {
          encoder.begin(
            e.type,
            Number(e.time & 0xffffffffn),
            Number(e.time >> 32n),
            e.tid,
            e.cpu,
            e.params.length,
            e.flags,
          );
          for (const p of e.params) encoder.bytes(p);
          encoder.end();
        }
        const got: Event[] = [];
        const onEvent = (c: InstanceType<typeof ScapReader>['cursor']) => {
          const params = Array.from({ length: c.nparams }, (_, i) => c.u8.slice(c.off(i), c.off(i) + c.len(i)));
          got.push({ type: c.type, time: c.time, tid: c.tid, cpu: c.cpu, flags: c.flags, params });
        };
        const reader = new ScapReader({ onEvent }, small);
        const stream = concat([encodeSection(), encoder.take()]);
        for (let at = 0; at < stream.length; at += cut) reader.push(stream.subarray(at, at + cut));
        reader.end();
        assert.deepEqual(got, flags ? list : list.map((e) => ({ ...e, flags: 0 })));
      },
    ),
    { numRuns: 200 },
  );
});

test('parameter writers', () => {
  const encoder = new EventEncoder();
  encoder.begin(eventId.SYSCALL_OPENAT_2_X, 1, 2, 7, 0, 9);
  encoder.i64(-2);
  encoder.i64(2 ** 40 + 5);
  encoder.u64(0xfffffffe, 1);
  encoder.u32(0xfedcba98);
  encoder.u16(65535);
  encoder.u8of(255);
  encoder.str('é');
  encoder.none();
  encoder.buffer()[encoder.reserve(10)] = 42;
  encoder.shorten(1);
  encoder.end();
  let seen = 0;
  const reader = new ScapReader(
    {
      onEvent: (c) => {
        seen++;
        assert.equal(c.i64(0, 0), -2);
        assert.equal(c.i64(1, 0), 2 ** 40 + 5);
        assert.equal(c.i64(2, 0), 0x1fffffffe);
        assert.equal(c.view.getUint32(c.off(3), true), 0xfedcba98);
        assert.equal(c.u16(4, 0), 65535);
        assert.equal(c.u8of(5, 0), 255);
        assert.deepEqual([...c.u8.subarray(c.off(6), c.off(6) + c.len(6))], [0xc3, 0xa9, 0]);
        assert.equal(c.len(7), 0);
        assert.deepEqual([c.len(8), c.u8of(8, 0)], [1, 42]);
        assert.equal(c.len(9), -1);
      },
    },
    { headless: true },
  );
  reader.push(encoder.take());
  reader.end();
  assert.equal(seen, 1);
});

test("too few or too many parameters are the caller's error", () => {
  const encoder = new EventEncoder();
  encoder.begin(0, 0, 0, 1, 0, 1);
  assert.throws(() => encoder.end(), { code: 'WG_SCAP_PARAMS' });
  encoder.u8of(1);
  assert.throws(() => encoder.u8of(1), { code: 'WG_SCAP_PARAMS' });
});

test('long lists are split into blocks that readers accept', () => {
  const many = Array.from({ length: 300 }, (_, tid) => ({
    ...fc.sample(processes, { numRuns: 1, seed: 1 })[0],
    tid,
    env: new Uint8Array(9000),
  })) as ProcessEntry[];
  const got: ProcessEntry[] = [];
  const reader = new ScapReader({ onProcess: (p) => got.push(p), onEvent: () => false });
  reader.push(concat([encodeSection(), encodeProcesses(many)]));
  reader.end();
  assert.equal(got.length, 300);
  assert.equal(got[299]?.env.length, 4096);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concat, type DescriptorEntry, encodeSection, type ProcessEntry, ScapReader, utf8 } from '@waspglass/scap';
import { eventTypes } from '@waspglass/schema';
import { block, oldBlocks } from '../src/blocks.ts';
import {
  Bytes,
  descriptorList,
  eventBlock,
  eventBlocks,
  eventOf,
  framed,
  interfaceList,
  machineBlock,
  processBlocks,
  processList,
  type processTails,
  userList,
} from './made.ts';

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

interface Seen {
  readonly processes: ProcessEntry[];
  readonly descriptors: DescriptorEntry[];
  readonly words: string[];
  readonly events: { type: number; params: Uint8Array[]; lenSize: number }[];
}

function read(...blocks: Uint8Array[]): Seen {
  const seen: Seen = { processes: [], descriptors: [], words: [], events: [] };
  const reader = new ScapReader({
    onMachine: (m) => seen.words.push(`machine ${text(m.hostname)} ${m.bootTime}`),
    onProcess: (p) => seen.processes.push(p),
    onDescriptors: (tid, list) => {
      seen.words.push(`descriptors of ${tid}`);
      seen.descriptors.push(...list);
    },
    onInterfaces: (list) => seen.words.push(...list.map((i) => `${text(i.name)} ${i.address.length} ${i.linkSpeed}`)),
    onUsers: (users, groups) => seen.words.push(...[...users, ...groups].map((entry) => text(entry.name))),
    onEvent: (c) => {
      const params = Array.from({ length: c.nparams }, (_, i) => c.u8.slice(c.off(i), c.off(i) + c.len(i)));
      seen.events.push({ type: c.type, params, lenSize: c.lenSize });
    },
  });
  reader.push(concat([encodeSection(), ...blocks]));
  reader.end();
  return seen;
}

test('process lists of all nine layouts and the numbers that the first three had before', () => {
  for (const [i] of processBlocks.entries()) {
    const [a, b] = read(processList(i + 1, [7, 8])).processes;
    assert.ok(a !== undefined && b !== undefined);
    assert.deepEqual([a.tid, b.tid, text(b.comm), text(b.exe)], [7, 8, 'comm8', '/bin/exe8'], `layout ${i + 1}`);
    assert.deepEqual([text(b.cwd), b.fdlimit, b.uid, b.gid], ['/home/', 1024n, 1000, 100]);
    assert.equal(b.vmRss, i >= 1 ? 20 : 0);
    assert.equal(text(b.env), i >= 2 ? 'A=1\0B=2\0' : '');
    assert.equal(text(b.cgroups), i >= 3 ? 'cpuset=/\0memory=/x\0' : '');
    assert.equal(text(b.root), i >= 4 ? '/' : '');
    assert.equal(text(b.exepath), i >= 6 ? '/usr/bin/exe8' : '');
    if (i >= 5) assert.equal(b.sid, 8);
    if (i >= 7) assert.equal(b.vpgid, 8);
  }
  for (const [number, now] of oldBlocks) {
    const version = processBlocks.indexOf(now) + 1;
    if (version === 0) continue;
    const list = processList(version, [7]);
    new DataView(list.buffer).setUint32(0, number, true);
    assert.equal(read(list).processes[0]?.tid, 7, number.toString(16));
  }
});

test('the ninth layout ends where its writer stopped; what a newer one adds is skipped', () => {
  const of = (tail: (typeof processTails)[number]) => {
    const { processes } = read(processList(9, [7, 8], tail));
    assert.equal(processes.length, 2, tail);
    const [, p] = processes;
    return [p?.loginuid, p?.exeWritable, p?.capEffective, p?.tty, p?.exeIno, p?.exeFromMemfd];
  };
  assert.deepEqual(of('none'), [4294967295, false, 0n, 0, 0n, false]);
  assert.deepEqual(of('0.29'), [1000, true, 3n, 0, 0n, false]);
  assert.deepEqual(of('libs'), [1000, true, 3n, 1025, 4n, true]);
  assert.deepEqual(of('libs and more'), [1000, true, 3n, 1025, 4n, true]);
});

test('descriptors of every kind, in entries with and without a length', () => {
  for (const type of [block.DESCRIPTORS, block.DESCRIPTORS_2]) {
    const { words, descriptors } = read(descriptorList(type, 7));
    assert.deepEqual(words, ['descriptors of 7']);
    const sized = type === block.DESCRIPTORS_2;
    assert.equal(descriptors.length, sized ? 23 : 22);
    const kinds = descriptors.map((entry) => entry.type).slice(0, 22);
    assert.deepEqual(
      kinds,
      kinds.map((_, i) => i),
    );
    assert.deepEqual([descriptors[3]?.sport, descriptors[4]?.dip.length, descriptors[6]?.sport], [22, 16, 22]);
    assert.deepEqual([text(descriptors[8]?.name ?? utf8('')), descriptors[8]?.destination], ['/run/x.sock', 2n]);
    assert.deepEqual([text(descriptors[16]?.name ?? utf8('')), descriptors[16]?.dev], ['/etc/passwd', sized ? 5 : 0]);
    assert.equal(text(descriptors[21]?.name ?? utf8('')), '/pidfd');
  }
});

test('interfaces, users and machines of both layouts', () => {
  const interfaces = ['eth0 4 1000', 'eth0 16 1000', 'eth0 4 0', 'eth0 16 0'];
  assert.deepEqual(read(interfaceList(block.INTERFACES)).words, interfaces);
  assert.deepEqual(read(interfaceList(block.INTERFACES_2)).words, interfaces);
  assert.deepEqual(read(userList(block.USERS), userList(block.USERS_2)).words, ['eve', 'users', 'eve', 'users']);
  assert.deepEqual(read(machineBlock(false), machineBlock(true)).words, [
    'machine web01 0',
    'machine web01 1600000000000000000',
  ]);
});

test('every event type in each of the six blocks', () => {
  for (const blockType of eventBlocks) {
    const { events } = read(...eventTypes.map((type, n) => eventOf(type, blockType, n)));
    assert.equal(events.length, eventTypes.length);
    for (const [i, { type, params, lenSize }] of events.entries()) {
      assert.equal(type, i);
      assert.equal(params.length, eventTypes[i]?.params.length, eventTypes[i]?.enum);
      assert.equal(lenSize, blockType === block.EVENT_2_LARGE || blockType === block.EVENT_FLAGS_2_LARGE ? 4 : 2);
    }
  }
});

test('a parameter of a large block may be longer than 16 bits tell', () => {
  const data = new Uint8Array(100_000).map((_, i) => i);
  const event = new Bytes()
    .u16(0)
    .u64(1)
    .u64(7)
    .u32(26 + 8 + 8 + data.length)
    .u16(7)
    .u32(2);
  const head = event.u32(8).u32(data.length).u64(data.length).done();
  const { events } = read(framed(block.EVENT_2_LARGE, concat([head, data])));
  assert.deepEqual(events[0]?.params[1], data);
});

test('event types that are newer than the table are delivered with their parameters', () => {
  const params = [Uint8Array.of(1, 2), utf8('abc')];
  const types = [eventTypes.length, 5000, 65535];
  for (const blockType of eventBlocks.slice(2)) {
    const { events } = read(...types.map((type) => eventBlock(type, blockType, 7, 1n, params)));
    assert.deepEqual(
      events.map(({ type, params: found }) => [type, found]),
      types.map((type) => [type, params]),
    );
  }
});

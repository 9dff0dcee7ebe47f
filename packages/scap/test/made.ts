/**
 * Captures made by hand, with every block type and layout that the format ever had and every event type of the table:
 * what recorded captures hold only parts of. Values are plausible, so that they get through to the state and the fields.
 */
import { concat, encodeSection, fdType, utf8 } from '@waspglass/scap';
import { type EventType, eventTypes, type Param, paramTypes } from '@waspglass/schema';
import { block, oldBlocks } from '../src/blocks.ts';

/** Little-endian bytes, written one value after the other. */
export class Bytes {
  private readonly list: number[] = [];

  number(value: number | bigint, size: number): this {
    for (let i = 0n; i < size; i++) this.list.push(Number((BigInt(value) >> (8n * i)) & 255n));
    return this;
  }
  u8(value: number): this {
    return this.number(value, 1);
  }
  u16(value: number): this {
    return this.number(value, 2);
  }
  u32(value: number): this {
    return this.number(value, 4);
  }
  u64(value: number | bigint): this {
    return this.number(value, 8);
  }
  raw(bytes: Iterable<number>): this {
    this.list.push(...bytes);
    return this;
  }
  /** u16 length and text. */
  text(value: string): this {
    const bytes = utf8(value);
    return this.u16(bytes.length).raw(bytes);
  }
  /** An entry with its own length in front, which counts itself or not. */
  sized(entry: Bytes, self: boolean): this {
    return this.u32(entry.list.length + (self ? 4 : 0)).raw(entry.list);
  }
  get length(): number {
    return this.list.length;
  }
  done(): Uint8Array {
    return Uint8Array.from(this.list);
  }
}

/** A block around a body, padded to 4 bytes. */
export function framed(type: number, body: Uint8Array): Uint8Array {
  const length = 12 + ((body.length + 3) & ~3);
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, type, true);
  view.setUint32(4, length, true);
  bytes.set(body, 8);
  view.setUint32(length - 4, length, true);
  return bytes;
}

export const processBlocks: readonly number[] = [
  block.PROCESSES_1,
  block.PROCESSES_2,
  block.PROCESSES_3,
  block.PROCESSES_4,
  block.PROCESSES_5,
  block.PROCESSES_6,
  block.PROCESSES_7,
  block.PROCESSES_8,
  block.PROCESSES_9,
];

/** Members at the end of an entry of the ninth layout: each writer version stopped somewhere. */
export const processTails = ['none', '0.29', 'libs', 'libs and more'] as const;

/** A process list of layout 1–9 with the processes of these ids. */
export function processList(version: number, tids: readonly number[], tail: (typeof processTails)[number] = 'libs') {
  const w = new Bytes();
  for (const tid of tids) {
    const entry = processMembers(version, tid);
    if (version < 9) {
      w.raw(entry.done());
      continue;
    }
    if (tail.startsWith('libs')) entry.u64(77).u32(1025);
    if (tail !== 'none') entry.u32(1000).u8(1).u64(1).u64(2).u64(3);
    if (tail.startsWith('libs')) entry.u8(1).u64(4).u64(5).u64(6).u8(1);
    if (tail === 'libs and more') entry.u32(8).u64(9);
    w.sized(entry, true);
  }
  return framed(processBlocks[version - 1] ?? 0, w.done());
}

function processMembers(version: number, tid: number): Bytes {
  const w = new Bytes().u64(tid).u64(tid).u64(1);
  if (version >= 6) w.u64(tid);
  if (version >= 8) w.u64(tid);
  w.text(`comm${tid}`).text(`/bin/exe${tid}`);
  if (version >= 7) w.text(`/usr/bin/exe${tid}`);
  w.text(`-a\0${tid}\0`).text('/home/').u64(1024).u32(0).u32(1000).u32(100);
  if (version >= 2) w.u32(10).u32(20).u32(30).u64(40).u64(50);
  if (version >= 3) w.text('A=1\0B=2\0');
  if (version >= 4) w.u64(tid).u64(tid).text('cpuset=/\0memory=/x\0');
  if (version >= 5) w.text('/');
  return w;
}

/** One descriptor of each kind. */
export function descriptorList(type: number, tid: number): Uint8Array {
  const w = new Bytes().u64(tid);
  const sized = type === block.DESCRIPTORS_2;
  for (const [kind, number] of Object.entries(fdType)) {
    const entry = new Bytes()
      .u64(number)
      .u64(1000 + number)
      .u8(number);
    descriptorMembers(entry, number, kind, sized);
    if (sized) w.sized(entry, true);
    else w.raw(entry.done());
  }
  if (sized) w.sized(new Bytes().u64(99).u64(1).u8(200).raw([1, 2, 3]), true);
  return framed(type, w.done());
}

function descriptorMembers(w: Bytes, number: number, kind: string, sized: boolean): void {
  const v4 = [192, 0, 2, 1];
  const v6 = [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
  if (kind === 'IPV4') w.raw(v4).raw(v4).u16(22).u16(4000).u8(1);
  else if (kind === 'IPV6') w.raw(v6).raw(v6).u16(22).u16(4000).u8(1);
  else if (kind === 'IPV4_SERVER') w.raw(v4).u16(22).u8(1);
  else if (kind === 'IPV6_SERVER') w.raw(v6).u16(22).u8(1);
  else if (kind === 'UNIX') w.u64(1).u64(2).text('/run/x.sock');
  else if (kind === 'FILE_2') {
    w.u32(1).text('/etc/passwd');
    if (sized) w.u32(5);
  } else if (number !== fdType.UNKNOWN) w.text(`/${kind.toLowerCase()}`);
}

export function interfaceList(type: number): Uint8Array {
  const w = new Bytes();
  for (const kind of [1, 2, 3, 4]) {
    const entry = new Bytes().u16(kind).u16(4);
    const address = Array.from({ length: kind === 1 || kind === 3 ? 4 : 16 }, (_, i) => i);
    entry.raw(address).raw(address).raw(address);
    if (kind <= 2) entry.u64(1000);
    entry.raw(utf8('eth0'));
    if (type === block.INTERFACES_2) w.sized(entry, false);
    else w.raw(entry.done());
  }
  return framed(type, w.done());
}

export function userList(type: number): Uint8Array {
  const sized = type === block.USERS_2;
  const entries = [
    new Bytes().u8(0).u32(1000).u32(100).text('eve').text('/home/eve').text('/bin/sh'),
    new Bytes().u8(1).u32(100).text('users'),
  ];
  const w = new Bytes();
  for (const entry of entries) {
    if (sized) w.sized(entry.raw([0, 0]), true);
    else w.raw(entry.done());
  }
  return framed(type, w.done());
}

export function machineBlock(withBootTime: boolean): Uint8Array {
  const name = new Uint8Array(128);
  name.set(utf8('web01'));
  const w = new Bytes()
    .u32(2)
    .u64(1n << 30n)
    .u64(4194304)
    .raw(name);
  if (withBootTime) w.u64(1_600_000_000_000_000_000n).u64(0).u64(0).u64(0);
  return framed(block.MACHINE, w.done());
}

export const eventBlocks = [
  block.EVENT,
  block.EVENT_FLAGS,
  block.EVENT_2,
  block.EVENT_FLAGS_2,
  block.EVENT_2_LARGE,
  block.EVENT_FLAGS_2_LARGE,
] as const;

/** An event in any of the six blocks. */
export function eventBlock(type: number, blockType: number, tid: number, time: bigint, params: readonly Uint8Array[]) {
  const kind = oldBlocks.get(blockType) ?? blockType;
  const first = kind === block.EVENT || kind === block.EVENT_FLAGS;
  const large = kind === block.EVENT_2_LARGE || kind === block.EVENT_FLAGS_2_LARGE;
  const event = new Bytes();
  for (const param of params) event.number(param.length, large ? 4 : 2);
  for (const param of params) event.raw(param);
  const w = new Bytes().u16(1);
  if (kind === block.EVENT_FLAGS || kind === block.EVENT_FLAGS_2 || kind === block.EVENT_FLAGS_2_LARGE) w.u32(0);
  w.u64(time)
    .u64(tid)
    .u32(event.length + (first ? 22 : 26))
    .u16(type);
  if (!first) w.u32(params.length);
  return framed(blockType, w.raw(event.done()).done());
}

const tuple = [2, 192, 0, 2, 1, 0, 80, 192, 0, 2, 2, 0x1f, 0x90];
const texts: Readonly<Partial<Record<Param['type'], readonly number[]>>> = {
  CHARBUF: [...utf8('/tmp/../etc/name'), 0],
  FSPATH: [...utf8('/etc/shadow'), 0],
  FSRELPATH: [...utf8('dir/file'), 0],
  BYTEBUF: utf8('GET / HTTP/1.1\r\nHost: a\r\n\r\n') as unknown as number[],
  SOCKADDR: [2, 192, 0, 2, 9, 0, 22],
  SOCKTUPLE: tuple,
  FDLIST: [2, 0, 3, 0, 0, 0, 0, 0, 0, 0, 1, 0, 4, 0, 0, 0, 0, 0, 0, 0, 4, 0],
  CHARBUFARRAY: [...utf8('-c'), 0, ...utf8('id'), 0],
  CHARBUF_PAIR_ARRAY: [...utf8('a=b'), 0],
  DYN: [1, 5, 0, 0, 0, 0, 0, 0, 0],
};

/** A value of the parameter's type; `n` varies numbers. */
export function paramValue(param: Param, n: number): Uint8Array {
  const { size } = paramTypes[param.type];
  if (size === 0) return Uint8Array.from(texts[param.type] ?? [1, 2, 3, 4]);
  const small = /^(FD|FD32|PID|PID32|ERRNO|SYSCALLID)$/.test(param.type) ? n % 12 : n * 37;
  return new Bytes().number(param.type === 'PID' || param.type === 'PID32' ? 100 + (n % 12) : small, size).done();
}

export function eventOf({ id, params }: EventType, blockType: number, n: number): Uint8Array {
  const time = 1_700_000_000_000_000_000n + BigInt(n) * 1000n;
  return eventBlock(
    id,
    blockType,
    100 + (n % 12),
    time,
    params.map((param, i) => paramValue(param, n + i)),
  );
}

/** Everything that stands before the events, in each of its layouts. */
export function allLists(): Uint8Array {
  const tids = (version: number) => [version * 10, version * 10 + 1];
  return concat([
    machineBlock(true),
    interfaceList(block.INTERFACES),
    interfaceList(block.INTERFACES_2),
    userList(block.USERS),
    userList(block.USERS_2),
    ...processBlocks.map((_, i) => processList(i + 1, tids(i + 1))),
    ...processTails.map((tail, i) => processList(9, [101 + i], tail)),
    descriptorList(block.DESCRIPTORS, 101),
    descriptorList(block.DESCRIPTORS_2, 102),
  ]);
}

/** Every event type once, in blocks that change from type to type, beginning with number `first`; or one type in `step`. */
export function allEvents(first: number, step = 1): Uint8Array {
  const chosen = eventTypes.filter(({ id }) => id % step === first % step);
  return concat(chosen.map((type, n) => eventOf(type, eventBlocks[(n + first) % eventBlocks.length] ?? 0, n)));
}

export function madeCapture(first = 0, step = 1): Uint8Array {
  return concat([encodeSection(), allLists(), allEvents(first, step)]);
}

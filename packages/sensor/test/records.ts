/** Makes records as the probes would, and reads back the events that the encoder makes of them. */
import { type EventCursor, EventEncoder, ScapReader } from '@waspglass/scap';
import { eventTypes, syscallByName } from '@waspglass/schema';
import { type Dialect, probeWords } from '../src/call-table.ts';
import { RecordEncoder } from '../src/encoder.hot.ts';
import * as R from '../src/record.gen.ts';

export interface RecordParts {
  readonly kind?: number;
  readonly shape?: number;
  readonly nr?: number;
  readonly ret?: number;
  readonly args?: readonly (number | bigint)[];
  readonly aux?: readonly bigint[];
  readonly pid?: number;
  readonly tid?: number;
  readonly time?: bigint;
  readonly parts?: readonly (Uint8Array | string)[];
}

export function record(of: RecordParts): Buffer {
  const parts = (of.parts ?? []).map((part) => Buffer.from(part));
  const head = Buffer.alloc(R.RECORD_SIZE);
  const nr = of.nr ?? 0;
  head.writeUInt8(of.kind ?? R.KIND_CALL, R.RECORD_KIND);
  head.writeUInt8(of.shape ?? ((of.kind ?? R.KIND_CALL) === R.KIND_CALL ? (words[nr] ?? 0) & 255 : 0), R.RECORD_SHAPE);
  head.writeUInt16LE(nr, R.RECORD_NR);
  head.writeBigUInt64LE(of.time ?? 1_000_000_000n, R.RECORD_TIME);
  head.writeUInt32LE(of.pid ?? 100, R.RECORD_PID);
  head.writeUInt32LE(of.tid ?? of.pid ?? 100, R.RECORD_TID);
  (of.args ?? []).forEach((arg, i) => {
    head.writeBigInt64LE(BigInt(arg), R.RECORD_ARGS + 8 * i);
  });
  (of.aux ?? []).forEach((value, i) => {
    head.writeBigUInt64LE(value, R.RECORD_AUX + 8 * i);
  });
  head.writeBigInt64LE(BigInt(of.ret ?? 0), R.RECORD_RET);
  head.writeUInt32LE(2, R.RECORD_CPU);
  parts.forEach((part, i) => {
    head.writeUInt16LE(part.length, R.RECORD_PART + 2 * i);
  });
  return Buffer.concat([head, ...parts]);
}

/** The short record of a read or write. */
export function move(name: 'read' | 'write', of: { fd: number; asked: number; ret: number; data: Uint8Array }): Buffer {
  const head = record({ kind: R.KIND_MOVE, shape: R.SHAPE_DATA, nr: syscallByName(name)?.x86_64 ?? 0 });
  head.writeInt32LE(of.ret, R.MOVE_RET);
  head.writeInt32LE(of.fd, R.MOVE_FD);
  head.writeUInt32LE(of.asked, R.MOVE_ASKED);
  head.writeUInt32LE(of.data.length, R.MOVE_KEPT);
  return Buffer.concat([head.subarray(0, R.MOVE_SIZE), of.data]);
}

const words = probeWords('x86_64');

/** The record of a system call by name. */
export function callRecord(name: string, of: Omit<RecordParts, 'nr' | 'kind'>): Buffer {
  const nr = syscallByName(name)?.x86_64;
  if (nr === undefined) throw new Error(`no call ${name}`);
  return record({ ...of, nr });
}

export interface SeenEvent {
  readonly name: string;
  readonly type: number;
  readonly tid: number;
  readonly cpu: number;
  readonly time: bigint;
  /** Parameter name → bytes. */
  readonly params: Readonly<Record<string, Buffer>>;
  readonly nparams: number;
}

export interface Encoded {
  readonly events: SeenEvent[];
  readonly malformed: number;
  readonly bytes: Uint8Array;
}

export function encode(records: readonly Buffer[], offset = 0n, dialect: Dialect = 'classic'): Encoded {
  const out = new EventEncoder();
  const encoder = new RecordEncoder(out, 'x86_64', dialect);
  encoder.setOffset(offset);
  for (const bytes of records) {
    // at an odd place, as in the middle of a ring
    const memory = new Uint8Array(16 + bytes.length + 16).fill(0xaa);
    memory.set(bytes, 16);
    encoder.attach(memory, new DataView(memory.buffer));
    encoder.record(16, bytes.length);
  }
  const bytes = out.take();
  return { events: readEvents(bytes), malformed: encoder.malformed, bytes };
}

export function readEvents(bytes: Uint8Array): SeenEvent[] {
  const events: SeenEvent[] = [];
  const reader = new ScapReader(
    { onEvent: (cursor) => void events.push(seen(cursor)) },
    {
      headless: true,
      guardBytes: 1 << 21,
      ringBytes: 1 << 20,
    },
  );
  reader.push(bytes);
  reader.end();
  return events;
}

function seen(cursor: EventCursor): SeenEvent {
  const type = eventTypes[cursor.type];
  const params: Record<string, Buffer> = {};
  for (let i = 0; i < cursor.nparams; i++) {
    const at = cursor.off(i);
    const name = type?.params[i]?.name ?? `param ${i}`;
    params[name in params ? `${name} ${i}` : name] = Buffer.from(cursor.u8.slice(at, at + cursor.len(i)));
  }
  return {
    name: type?.enum ?? `type ${cursor.type}`,
    type: cursor.type,
    tid: cursor.tid,
    cpu: cursor.cpu,
    time: cursor.time,
    params,
    nparams: cursor.nparams,
  };
}

/** The identity part of exec and clone records. */
export function identity(of: Readonly<Record<string, number | bigint>>, comm = 'sh'): Buffer {
  const bytes = Buffer.alloc(R.IDENTITY_SIZE);
  const offsets = R as unknown as Readonly<Record<string, number>>;
  for (const [name, value] of Object.entries(of)) {
    const at = offsets[`IDENTITY_${name.toUpperCase()}`];
    if (at === undefined) throw new Error(`no member ${name}`);
    if (at < R.IDENTITY_VM_SIZE) bytes.writeBigUInt64LE(BigInt(value), at);
    else bytes.writeUInt32LE(Number(value) >>> 0, at);
  }
  bytes.write(comm, R.IDENTITY_COMM, 15, 'latin1');
  return bytes;
}

/** The socket part. */
export function socket(family: number, local: string, localPort: number, peer: string, peerPort: number): Buffer {
  const bytes = Buffer.alloc(R.SOCKET_SIZE);
  bytes.writeUInt16LE(family, R.SOCKET_FAMILY);
  bytes.writeUInt16LE(localPort, R.SOCKET_LOCAL_PORT);
  bytes.writeUInt16LE(peerPort, R.SOCKET_PEER_PORT);
  Buffer.from(local.split('.').map(Number)).copy(bytes, R.SOCKET_LOCAL);
  Buffer.from(peer.split('.').map(Number)).copy(bytes, R.SOCKET_PEER);
  return bytes;
}

/** `struct sockaddr_in`. */
export function inetAddress(address: string, port: number): Buffer {
  const bytes = Buffer.alloc(16);
  bytes.writeUInt16LE(2, 0);
  bytes.writeUInt16BE(port, 2);
  Buffer.from(address.split('.').map(Number)).copy(bytes, 4);
  return bytes;
}

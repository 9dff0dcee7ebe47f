/** Makes event streams for tests: events by name with parameters by name, and the steps of an sshd as it works. */
import { EventEncoder } from '@waspglass/scap';
import type { EventName } from '@waspglass/schema';
import { eventId, eventTypes, paramTypes } from '@waspglass/schema';

export type Values = Readonly<Record<string, number | string | Uint8Array>>;

/** 2026-11-25T12:00:00Z. */
export const START_MS = Date.UTC(2026, 10, 25, 12);

export class Stream {
  private readonly encoder = new EventEncoder();
  /** Milliseconds since START_MS. */
  now = 0;

  event(name: EventName, tid: number, values: Values): void {
    const type = eventTypes[eventId[name]];
    if (type === undefined) throw new Error(`no event ${name}`);
    const ns = BigInt(START_MS + this.now) * 1_000_000n;
    const { encoder } = this;
    encoder.begin(type.id, Number(ns & 0xffffffffn), Number(ns >> 32n), tid, 0, type.params.length);
    for (const param of type.params) put(encoder, paramTypes[param.type].size, values[param.name]);
    encoder.end();
    this.now += 1;
  }

  take(): Uint8Array {
    return this.encoder.take();
  }

  fork(parent: number, pid: number, comm: string, vpid = pid): void {
    const names = { exe: comm, comm, pid, ptid: parent, vtid: vpid, vpid };
    this.event('SYSCALL_CLONE_20_X', pid, { res: 0, tid: pid, flags: 0, uid: 0, gid: 0, ...names });
  }

  /** The parent's own report of a fork, in a pid namespace: the child's number is the victim's. */
  forkedBy(parent: number, vparent: number, vchild: number, comm: string): void {
    const names = { exe: comm, comm, pid: parent, ptid: 1, vtid: vparent, vpid: vparent };
    this.event('SYSCALL_CLONE_20_X', parent, { res: vchild, tid: parent, flags: 0, uid: 0, gid: 0, ...names });
  }

  exec(pid: number, parent: number, path: string, args: readonly string[]): void {
    const comm = path.slice(path.lastIndexOf('/') + 1);
    const list = args
      .slice(1)
      .map((a) => `${a}\0`)
      .join('');
    const argument = Buffer.from(list);
    const ids = { tid: pid, pid, ptid: parent };
    const texts = { exe: args[0] ?? comm, args: argument, comm, trusted_exepath: path, filename: path };
    this.event('SYSCALL_EXECVE_19_X', pid, { res: 0, ...ids, ...texts, uid: 0, tty: 0 });
  }

  read(pid: number, fd: number, data: Uint8Array | string, result?: number): void {
    const bytes = Buffer.from(data);
    this.event('SYSCALL_READ_X', pid, { res: result ?? bytes.length, data: bytes, fd, size: 32_768 });
  }

  write(pid: number, fd: number, data: Uint8Array | string): void {
    const bytes = Buffer.from(data);
    this.event('SYSCALL_WRITE_X', pid, { res: bytes.length, data: bytes, fd, size: bytes.length });
  }

  exit(pid: number, code = 0): void {
    this.event('PROCEXIT_1_E', pid, { status: code << 8, ret: code, sig: 0, core: 0 });
  }

  chdir(pid: number, path: string): void {
    this.event('SYSCALL_CHDIR_X', pid, { res: 0, path });
  }

  setsid(pid: number): void {
    this.event('SYSCALL_SETSID_X', pid, { res: pid });
  }

  accept(pid: number, fd: number, from: string, port: number): void {
    this.event('SOCKET_ACCEPT_5_X', pid, { fd, tuple: tuple(from, port, '192.0.2.1', 22) });
  }
}

export function tuple(from: string, fromPort: number, to: string, toPort: number): Uint8Array {
  const bytes = Buffer.alloc(13);
  bytes[0] = 2;
  bytes.set(from.split('.').map(Number), 1);
  bytes.writeUInt16LE(fromPort, 5);
  bytes.set(to.split('.').map(Number), 7);
  bytes.writeUInt16LE(toPort, 11);
  return bytes;
}

function put(encoder: EventEncoder, size: 0 | 1 | 2 | 4 | 8, value: Values[string] | undefined): void {
  if (value === undefined) encoder.none();
  else if (typeof value === 'string') encoder.str(value);
  else if (typeof value !== 'number') encoder.bytes(value);
  else if (size === 8) encoder.i64(value);
  else if (size === 4) encoder.u32(value);
  else if (size === 2) encoder.u16(value);
  else encoder.u8of(value);
}

/** A message between sshd's halves: type and body. */
export function message(type: number, ...fields: readonly (string | number)[]): Buffer {
  const parts = fields.map((f) =>
    typeof f === 'number' ? u32(f) : Buffer.concat([u32(Buffer.byteLength(f)), Buffer.from(f)]),
  );
  return Buffer.concat([Buffer.of(type), ...parts]);
}

export function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** An sshd of OpenSSH 10: listener 10, connections as asked. */
export class Sshd {
  readonly stream: Stream;
  private readonly fd = 9;
  /** How much of the victim's process numbers differ from the host's. */
  readonly shift: number;

  constructor(stream: Stream, shift = 0) {
    this.stream = stream;
    this.shift = shift;
    stream.fork(1, 10, 'init', shift === 0 ? 10 : 5);
    stream.exec(10, 1, '/usr/sbin/sshd', ['sshd', '-D']);
  }

  connect(pid: number, from: string, port: number): void {
    const { stream } = this;
    stream.accept(10, 7, from, port);
    stream.fork(10, pid, 'sshd', pid - this.shift);
    stream.exec(pid, 10, '/usr/lib/openssh/sshd-session', ['sshd-session', '-R']);
    stream.write(pid, 7, 'SSH-2.0-OpenSSH_10.0p2 Debian-7\r\n');
  }

  /** What the monitor reads, in one piece or type first. */
  toMonitor(pid: number, body: Buffer, split = false): void {
    this.stream.read(pid, this.fd, u32(body.length));
    if (!split) this.stream.read(pid, this.fd, body);
    else {
      this.stream.read(pid, this.fd, body.subarray(0, 1));
      this.stream.read(pid, this.fd, body.subarray(1));
    }
  }

  fromMonitor(pid: number, body: Buffer): void {
    this.stream.write(pid, this.fd, Buffer.concat([u32(body.length), body.subarray(0, 1)]));
    this.stream.write(pid, this.fd, body.subarray(1));
  }

  password(pid: number, password: string, accepted: boolean, split = false): void {
    this.toMonitor(pid, message(12, password), split);
    this.fromMonitor(pid, message(13, accepted ? 1 : 0, 0));
  }

  /** The relay `pid + 1` with the shell `pid + 2` that runs `args`. */
  shell(pid: number, args: readonly string[]): void {
    const { stream } = this;
    stream.fork(pid, pid + 1, 'sshd-session', pid + 1 - this.shift);
    stream.fork(pid + 1, pid + 2, 'sshd-session', pid + 2 - this.shift);
    stream.setsid(pid + 2);
    stream.chdir(pid + 2, '/root');
    stream.exec(pid + 2, pid + 1, '/bin/bash', args);
  }
}

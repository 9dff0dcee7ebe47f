import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { conversions, event0293, eventFlag, eventId, eventTypes, paramSizes, syscallByName } from '@waspglass/schema';
import { callPlans } from '../src/call-table.ts';
import { calls } from '../src/calls.ts';
import * as R from '../src/record.gen.ts';
import { callRecord, encode, identity, inetAddress, move, record, type SeenEvent, socket } from './records.ts';

const text = (event: SeenEvent | undefined, name: string) => event?.params[name]?.toString('latin1');
const i64 = (event: SeenEvent | undefined, name: string) => event?.params[name]?.readBigInt64LE();
const u32 = (event: SeenEvent | undefined, name: string) => event?.params[name]?.readUInt32LE();

/** The longest block that sysdig reads. */
const MOST_BLOCK = 65_536;

/** What each shape of record carries at most, with contents of the right form. */
function fullRecord(name: string): Buffer {
  const shape = calls[name]?.shape;
  const parts =
    shape === 'clone'
      ? [identity({ ptid: 1 })]
      : shape === 'pair'
        ? [Buffer.alloc(8)]
        : shape === 'address' || shape === 'accept' || shape === 'sendto' || shape === 'recvfrom' || shape === 'message'
          ? ['data', socket(2, '192.0.2.1', 22, '198.51.100.7', 4000), inetAddress('198.51.100.7', 4000)]
          : ['one\0', 'two\0', 'three\0'];
  return callRecord(name, { ret: 4, args: [1, 2, 3, 4, 5, 6], parts });
}

describe('the table of calls', () => {
  for (const name of Object.keys(calls)) {
    it(`${name} makes events that fit the event tables`, () => {
      const { events, malformed } = encode([fullRecord(name)]);
      assert.equal(malformed, 0);
      assert.ok(events.length === 2 || (events.length === 1 && calls[name]?.enter === ''));
      for (const event of events) {
        const type = eventTypes[event.type];
        assert.ok(type);
        assert.ok(event.nparams <= type.params.length, `${event.name} has ${event.nparams} parameters`);
        const old = event0293(event.type);
        if (old !== undefined) assert.ok(event.nparams >= old.nparams, `${event.name} lacks parameters of 0.29.3`);
        const lengths = Object.values(event.params).map((bytes) => bytes.length);
        for (const [i, length] of lengths.entries()) {
          const size = paramSizes(event.type)[i] ?? 0;
          if (size !== 0 && length !== 0) assert.equal(length, size, `${event.name} parameter ${i}`);
        }
      }
    });
  }

  it('uses no generic code that sysdig 0.29.3 does not know', () => {
    for (const plan of callPlans('x86_64')) assert.ok((plan?.code ?? 0) < 330, plan?.name);
  });

  it('covers both processors', () => {
    for (const arch of ['x86_64', 'aarch64'] as const) {
      const names = callPlans(arch).flatMap((plan) => (plan === undefined ? [] : [plan.name]));
      for (const name of ['execve', 'openat', 'read', 'write', 'connect', 'clone']) assert.ok(names.includes(name));
    }
  });
});

describe('the current dialect', () => {
  for (const name of Object.keys(calls)) {
    it(`${name} makes one event with all its parameters`, () => {
      const { events, malformed } = encode([fullRecord(name)], 0n, 'current');
      assert.equal(malformed, 0);
      assert.equal(events.length, 1);
      const [event] = events;
      assert.ok(event);
      assert.doesNotMatch(event.name, /_E$/);
      const type = eventTypes[event.type];
      assert.equal((type?.flags ?? 0) & (eventFlag.UNUSED | eventFlag.OLD_VERSION), 0);
      const wanted = conversions[event.type]?.sources.length ?? type?.params.length;
      if (event.name !== 'GENERIC_X') assert.equal(event.nparams, wanted);
      for (const [i, { length }] of Object.values(event.params).entries()) {
        const size: number = paramSizes(event.type)[i] ?? 0;
        if (size !== 0 && length !== 0) assert.equal(length, size, `${event.name} parameter ${i}`);
      }
    });
  }

  it('has in its one event what the classic dialect has in two', () => {
    for (const name of ['openat', 'read', 'pwrite64', 'connect', 'rename', 'ioctl']) {
      const record = fullRecord(name);
      const classic = encode([record]).events;
      const [one] = encode([record], 0n, 'current').events;
      const both = { ...classic[0]?.params, ...classic[1]?.params };
      for (const [param, bytes] of Object.entries(one?.params ?? {}))
        assert.deepEqual(bytes, both[param], `${name} ${param}`);
    }
  });

  it('a read or write in the short form is what it would be in the long one', () => {
    for (const size of [0, 1, 2, 3, 4, 5, 63, 64, 65, 4096, 61440]) {
      const data = Buffer.alloc(size, 'data ');
      const short = encode([move('write', { fd: 7, asked: 9, ret: size, data })], 5n, 'current');
      const long = encode([callRecord('write', { ret: size, args: [7, 0, 9], parts: [data] })], 5n, 'current');
      assert.deepEqual(Buffer.from(short.bytes), Buffer.from(long.bytes), `${size} bytes`);
    }
  });
});

describe('records become events', () => {
  it('openat: enter with what was asked, exit with what came of it', () => {
    const [enter, exit] = encode(
      [
        callRecord('openat', {
          time: 0xffff_ffffn,
          ret: 5,
          args: [-100, 0, 0o1102, 0o644],
          aux: [0x00300012n, 77n],
          parts: ['/etc/cron.d/x\0'],
        }),
      ],
      10_000_000_001n,
    ).events;
    assert.equal(enter?.name, 'SYSCALL_OPENAT_2_E');
    assert.equal(exit?.name, 'SYSCALL_OPENAT_2_X');
    assert.equal(exit?.time, 0xffff_ffffn + 10_000_000_001n);
    assert.equal(exit?.cpu, 2);
    assert.equal(exit?.tid, 100);
    assert.equal(i64(exit, 'fd'), 5n);
    assert.equal(i64(exit, 'dirfd'), -100n);
    assert.equal(text(exit, 'name'), '/etc/cron.d/x\0');
    assert.equal(u32(exit, 'flags'), 2 | 1 | 4 | 256);
    assert.equal(u32(exit, 'mode'), 0o644);
    assert.equal(u32(exit, 'dev'), (3 << 8) | 0x12);
  });

  it('a text that could not be read says so; one without its NUL gets it; one with more ends at the first', () => {
    const names = (part: string) => text(encode([callRecord('unlink', { parts: [part] })]).events[1], 'path');
    assert.equal(names(''), '<NA>\0');
    assert.equal(names('/a'), '/a\0');
    assert.equal(names('/a\0/b\0'), '/a\0');
  });

  it('read and write keep every byte', () => {
    const bytes = Buffer.from([0, 1, 2, 255, 10, 27]);
    const [enter, exit] = encode([callRecord('write', { ret: 6, args: [1, 0, 6], parts: [bytes] })]).events;
    assert.equal(u32(enter, 'size'), 6);
    assert.deepEqual(exit?.params.data, bytes);
  });

  it('a failed call has its negative result and no data', () => {
    const [, exit] = encode([callRecord('read', { ret: -11, args: [0, 0, 16] })]).events;
    assert.equal(i64(exit, 'res'), -11n);
    assert.equal(exit?.params.data?.length, 0);
  });

  it('connect: from here to the peer that was named; accept: from the peer to here', () => {
    const parts = ['', socket(2, '192.0.2.5', 40000, '0.0.0.0', 0), inetAddress('198.51.100.9', 443)];
    const connected = encode([callRecord('connect', { ret: -111, args: [3, 0, 16], parts })]).events;
    const tuple = Buffer.from([2, 192, 0, 2, 5, 0x40, 0x9c, 198, 51, 100, 9, 0xbb, 1]);
    assert.deepEqual(connected[1]?.params.tuple, tuple);
    assert.deepEqual(connected[0]?.params.addr, Buffer.from([2, 198, 51, 100, 9, 0xbb, 1]));
    const inbound = ['', socket(2, '192.0.2.5', 22, '198.51.100.9', 40000)];
    const accepted = encode([callRecord('accept4', { ret: 4, parts: inbound })]).events;
    assert.deepEqual(accepted[1]?.params.tuple, Buffer.from([2, 198, 51, 100, 9, 0x40, 0x9c, 192, 0, 2, 5, 22, 0]));
  });

  it('unix sockets keep their path; abstract names begin with @', () => {
    const unix = (path: string) => Buffer.concat([Buffer.from([1, 0]), Buffer.from(path)]);
    const bound = (path: string) =>
      text(encode([callRecord('bind', { parts: ['', '', unix(path)] })]).events[1], 'addr');
    assert.equal(bound('/dev/log\0'), '\x01/dev/log\0');
    assert.equal(bound('/dev/log'), '\x01/dev/log\0');
    assert.equal(bound('\0hidden'), '\x01@hidden\0');
    assert.equal(bound(''), '\x01\0');
  });

  it('exec: strings of the new program, executable and directory turned round', () => {
    const who = identity(
      { ptid: 7, vtid: 3, vpid: 3, vpgid: 2, euid: 1000, egid: 1000, tty: 34817, loginuid: 1000 },
      'ls',
    );
    const parts = [who, './ls\0', 'ls\0bin\0usr\0', 'tmp\0', 'A=1\0B=2\0', 'ls\0-l\0/etc\0'];
    const [enter, exit] = encode([record({ kind: R.KIND_EXEC, pid: 42, parts })]).events;
    assert.equal(text(enter, 'filename'), './ls\0');
    assert.equal(exit?.name, 'SYSCALL_EXECVE_19_X');
    assert.equal(exit?.nparams, 31);
    assert.equal(text(exit, 'exe'), 'ls\0');
    assert.equal(text(exit, 'args'), '-l\0/etc\0');
    assert.equal(text(exit, 'cwd'), '/tmp\0');
    assert.equal(text(exit, 'comm'), 'ls\0');
    assert.equal(text(exit, 'env'), 'A=1\0B=2\0');
    assert.equal(text(exit, 'trusted_exepath'), '/usr/bin/ls\0');
    assert.equal(u32(exit, 'tty'), 34817);
    assert.equal(u32(exit, 'loginuid'), 1000);
    assert.equal(i64(exit, 'ptid'), 7n);
  });

  it('exec of a memfd, of a file of the upper layer that the caller may write', () => {
    const parts = [
      identity({ exe_layer: 1, exe_mode: 0o100755, exe_uid: 5, euid: 5 }),
      'x\0',
      'memfd:x\0',
      '',
      '',
      'x\0',
    ];
    const [, exit] = encode([record({ kind: R.KIND_EXEC, parts })]).events;
    assert.equal(text(exit, 'trusted_exepath'), 'memfd:x\0');
    assert.equal(u32(exit, 'flags'), 1 | 2 | 4);
    assert.equal(text(exit, 'cwd'), '/\0');
  });

  it('clone: both sides carry the strings of the program that forked', () => {
    const exec = record({ kind: R.KIND_EXEC, pid: 10, parts: [identity({}), 's\0', '', '', '', 'bash\0-i\0'] });
    const fork = record({ kind: R.KIND_FORK, pid: 10, args: [11, 11] });
    const child = callRecord('clone', {
      pid: 11,
      ret: 0,
      aux: [0x1200011n],
      parts: [identity({ ptid: 10, level: 1 })],
    });
    const parent = callRecord('clone', {
      pid: 10,
      ret: 2,
      aux: [0x1200011n],
      parts: [identity({ ptid: 1, level: 1 })],
    });
    const events = encode([exec, fork, child, parent]).events.slice(2);
    assert.deepEqual(
      events.map((e) => e.name),
      ['SYSCALL_CLONE_20_X', 'SYSCALL_CLONE_20_E', 'SYSCALL_CLONE_20_X'],
    );
    for (const event of [events[0], events[2]]) {
      assert.equal(text(event, 'exe'), 'bash\0');
      assert.equal(text(event, 'args'), '-i\0');
      assert.equal(u32(event, 'flags'), (1 << 23) | (1 << 24) | (1 << 29));
    }
    assert.equal(i64(events[0], 'res'), 0n);
    assert.equal(i64(events[2], 'res'), 2n);
  });

  it('a failed exec shows what was tried and leaves the process as it was', () => {
    const exec = record({ kind: R.KIND_EXEC, pid: 10, parts: [identity({}), 's\0', '', '', '', 'bash\0'] });
    const failed = callRecord('execve', { pid: 10, ret: -2, parts: ['/bin/nope\0', 'nope\0-x\0'] });
    const clone = callRecord('fork', { pid: 10, ret: 12, parts: [identity({})] });
    const events = encode([exec, failed, clone]).events.slice(2);
    assert.equal(text(events[0], 'filename'), '/bin/nope\0');
    assert.equal(i64(events[1], 'res'), -2n);
    assert.equal(text(events[1], 'args'), '-x\0');
    assert.equal(text(events[3], 'exe'), 'bash\0');
  });

  it('exit: status taken apart', () => {
    const ended = (ret: number) => encode([record({ kind: R.KIND_EXIT, ret })]).events[0];
    assert.equal(ended(0x300)?.type, eventId.PROCEXIT_1_E);
    assert.equal(i64(ended(0x300), 'ret'), 3n);
    assert.equal(ended(0x8b)?.params.sig?.[0], 11);
    assert.equal(ended(0x8b)?.params.core?.[0], 1);
  });

  it('a 32-bit call is what its own table says', () => {
    // 39 is mkdir there, getpid here; 117 (ipc) has no type
    const [, mkdir] = encode([record({ kind: R.KIND_COMPAT, shape: R.SHAPE_PATH, nr: 39, parts: ['/x\0'] })]).events;
    assert.equal(mkdir?.name, 'SYSCALL_MKDIR_2_X');
    assert.equal(text(mkdir, 'path'), '/x\0');
    const [ipc] = encode([record({ kind: R.KIND_COMPAT, shape: R.SHAPE_BARE, nr: 117 })]).events;
    assert.equal(ipc?.name, 'GENERIC_E');
    assert.equal(ipc?.params.ID?.readUInt16LE(), syscallByName('ipc')?.code);
    assert.equal(ipc?.params.nativeID?.readUInt16LE(), 117);
  });

  it('a call of the x32 table is not decoded', () => {
    const [enter] = encode([record({ kind: R.KIND_X32, shape: R.SHAPE_BARE, nr: 1 })]).events;
    assert.equal(enter?.name, 'GENERIC_E');
  });

  it('says behind an exec what of its arguments was cut', () => {
    const parts = [identity({}), 'a\0', '', '', 'E=1\0', 'a\0b\0'];
    const { events } = encode([record({ kind: R.KIND_EXEC, aux: [1_000_000n, 4n], parts })]);
    assert.equal(events[2]?.name, 'NOTIFICATION_E');
    assert.equal(text(events[2], 'desc'), 'arguments of 1000000 bytes cut after 4\0');
    assert.equal(events.length, 3);
  });

  it('a read or write in the short form is what it would be in the long one', () => {
    for (const name of ['read', 'write'] as const) {
      for (const size of [0, 1, 2, 3, 4, 5, 63, 64, 65, 4096, 61440]) {
        const data = Buffer.alloc(size, 'data ');
        const short = encode([move(name, { fd: 7, asked: 0xffff_fff0, ret: size, data })], 5n);
        const long = encode([callRecord(name, { ret: size, args: [7, 0, 0xffff_fff0], parts: [data] })], 5n);
        assert.deepEqual(Buffer.from(short.bytes), Buffer.from(long.bytes), `${name} of ${size} bytes`);
      }
      const failed = { fd: -1, asked: 9, ret: -9, data: Buffer.alloc(0) };
      const [enter, exit] = encode([move(name, failed)]).events;
      assert.equal(i64(enter, 'fd'), -1n);
      assert.equal(i64(exit, 'res'), -9n);
    }
  });

  it('a call without parts ends before them', () => {
    const whole = callRecord('mmap', { args: [1, 2, 3, 4, 5, 6], ret: 4096, aux: [0x0000000800000007n, 9n] });
    const { events, malformed } = encode([whole.subarray(0, R.RECORD_PART)]);
    assert.equal(malformed, 0);
    assert.equal(u32(events[1], 'vm_rss'), 8);
    const close = encode([callRecord('close', { args: [3], ret: -9 }).subarray(0, R.RECORD_AUX)]);
    assert.equal(close.malformed, 0);
    assert.equal(i64(close.events[1], 'res'), -9n);
  });

  it('rows of the shape bare use nothing that their records do not have', () => {
    const beyond = /\b(aux|vm|dev|ino|str|data|out|in|addr|pair|p(int|long|word):)\d?/;
    for (const [name, { shape, enter, exit }] of Object.entries(calls)) {
      if (shape === 'bare') assert.doesNotMatch(`${enter} ${exit}`, beyond, name);
    }
  });

  it('no event is longer than sysdig reads, however long an exec is', () => {
    const longest = [
      identity({}, 'fifteen letters'),
      `${'f'.repeat(1023)}\0`,
      'e'.repeat(255).concat('\0').repeat(8),
      'd'.repeat(255).concat('\0').repeat(8),
      Buffer.alloc(R.ENVIRONMENT_MAX, 'E'),
      Buffer.alloc(R.ARGUMENTS_MAX, 'a'),
    ];
    for (const dialect of ['classic', 'current'] as const) {
      const { bytes, events } = encode([record({ kind: R.KIND_EXEC, parts: longest })], 0n, dialect);
      assert.ok(events.some((e) => e.name === 'SYSCALL_EXECVE_19_X'));
      assert.ok(bytes.length < MOST_BLOCK, `${bytes.length} bytes`);
    }
    const data = Buffer.alloc(R.PIECE, 'd');
    const address = Buffer.concat([Buffer.of(1, 0), Buffer.alloc(108, 'u')]);
    const parts = [data, socket(1, '0.0.0.0', 0, '0.0.0.0', 0), address, Buffer.alloc(512)];
    for (const name of ['recvmsg', 'sendmsg', 'recvfrom', 'sendto', 'writev', 'process_vm_readv']) {
      const { bytes } = encode([callRecord(name, { ret: R.PIECE, parts })], 0n, 'current');
      assert.ok(bytes.length < MOST_BLOCK, `${name}: ${bytes.length} bytes`);
    }
  });

  it('records that lie about their parts are counted and skipped', () => {
    const broken = callRecord('pwrite64', { ret: 3, parts: ['abc'] });
    broken.writeUInt16LE(0xffff, R.RECORD_PART);
    const long = callRecord('pwrite64', { ret: 3, parts: ['abc'] });
    long.writeUInt16LE(4, R.RECORD_PART);
    const moved = move('write', { fd: 1, asked: 3, ret: 3, data: Buffer.from('abc') });
    moved.writeUInt32LE(0xffffffff, R.MOVE_KEPT);
    const short = Buffer.alloc(20);
    const headless = callRecord('mmap', {}).subarray(0, R.RECORD_AUX);
    const unknown = record({ kind: 99 });
    const clone = callRecord('clone', { parts: ['short'] });
    const { events, malformed } = encode([broken, long, moved, short, headless, unknown, clone]);
    assert.equal(malformed, 7);
    assert.deepEqual(events, []);
  });
});

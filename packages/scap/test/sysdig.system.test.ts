import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import {
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
import { event0293, eventId, eventTypes, paramTypes } from '@waspglass/schema';

const SYSDIG = '/usr/bin/sysdig';
const skip = existsSync(SYSDIG) ? false : 'no /usr/bin/sysdig';

const START = 1_700_000_000_000_000_000n;
let tick = 0n;

/** A parameter: number (64 bits), text, bytes, or [value, width]. */
type Value = number | string | Uint8Array | readonly [number, 1 | 2 | 4];

function put(encoder: EventEncoder, type: number, tid: number, values: readonly Value[]): void {
  const time = START + tick++ * 1_000_000n;
  encoder.begin(type, Number(time & 0xffffffffn), Number(time >> 32n), tid, 0, values.length);
  for (const value of values) {
    if (typeof value === 'number') encoder.i64(value);
    else if (typeof value === 'string') encoder.str(value);
    else if (value instanceof Uint8Array) encoder.bytes(value);
    else if (value[1] === 4) encoder.u32(value[0]);
    else if (value[1] === 2) encoder.u16(value[0]);
    else encoder.u8of(value[0]);
  }
  encoder.end();
}

const sockaddr = Uint8Array.of(2, 192, 0, 2, 9, 0x50, 0);
const tuple = Uint8Array.of(2, 192, 0, 2, 1, 0x34, 0x12, 192, 0, 2, 9, 0x50, 0);

function cloneValues(result: number, tid: number, pid: number): Value[] {
  return [
    result,
    'bash',
    utf8('-l\0'),
    tid,
    pid,
    100,
    '/root',
    1024,
    0,
    0,
    [5000, 4],
    [1000, 4],
    [0, 4],
    'bash',
    utf8('cpu=/a\0'),
    [0, 4],
    [0, 4],
    [0, 4],
    tid,
    pid,
  ];
}

function execValues(name: string, args: string): Value[] {
  return [
    0,
    name,
    utf8(args),
    201,
    201,
    200,
    '/root',
    1024,
    0,
    0,
    [5000, 4],
    [1000, 4],
    [0, 4],
    name,
    utf8('cpu=/a\0'),
    utf8('HOME=/root\0'),
    [34816, 4],
    200,
    [0, 4],
    [0, 4],
  ];
}

function capture(): Uint8Array {
  const shell = processEntry({
    tid: 200,
    ptid: 100,
    comm: utf8('bash'),
    exe: utf8('-bash'),
    exepath: utf8('/usr/bin/bash'),
    cwd: utf8('/root'),
    fdlimit: 1024n,
    loginuid: 0,
    tty: 34816,
    exeIno: 77n,
  });
  const ids = eventId;
  const e = new EventEncoder();
  put(e, ids.SYSCALL_CLONE_20_E, 200, []);
  put(e, ids.SYSCALL_CLONE_20_X, 200, cloneValues(201, 200, 200));
  put(e, ids.SYSCALL_CLONE_20_X, 201, cloneValues(0, 201, 201));
  put(e, ids.SYSCALL_EXECVE_19_E, 201, ['/usr/bin/wget']);
  put(e, ids.SYSCALL_EXECVE_19_X, 201, execValues('wget', 'http://192.0.2.9/x\0'));
  put(e, ids.SYSCALL_OPENAT_2_E, 201, [-100, '/etc/passwd', [1, 4], [0, 4]]);
  put(e, ids.SYSCALL_OPENAT_2_X, 201, [4, -100, '/etc/passwd', [1, 4], [0, 4], [8, 4]]);
  put(e, ids.SYSCALL_READ_E, 201, [4, [512, 4]]);
  put(e, ids.SYSCALL_READ_X, 201, [5, utf8('root:')]);
  put(e, ids.SYSCALL_WRITE_E, 201, [1, [3, 4]]);
  put(e, ids.SYSCALL_WRITE_X, 201, [3, utf8('ok\n')]);
  put(e, ids.SOCKET_SOCKET_E, 201, [
    [2, 4],
    [1, 4],
    [0, 4],
  ]);
  put(e, ids.SOCKET_SOCKET_X, 201, [5]);
  put(e, ids.SOCKET_CONNECT_E, 201, [5, sockaddr]);
  put(e, ids.SOCKET_CONNECT_X, 201, [0, tuple]);
  put(e, ids.PROCEXIT_1_E, 201, [0, 0, [0, 1], [0, 1]]);
  return concat([
    encodeSection(),
    encodeMachine({ cpus: 2, memory: 1n << 30n, maxPid: 32768n, hostname: utf8('web01'), bootTime: 0n }),
    encodeInterfaces([
      {
        name: utf8('eth0'),
        address: Uint8Array.of(192, 0, 2, 1),
        mask: Uint8Array.of(255, 255, 255, 0),
        broadcast: Uint8Array.of(192, 0, 2, 255),
        linkSpeed: 0n,
      },
    ]),
    encodeUsers(
      [{ uid: 0, gid: 0, name: utf8('root'), home: utf8('/root'), shell: utf8('/bin/bash') }],
      [{ gid: 0, name: utf8('root') }],
    ),
    encodeProcesses([shell]),
    encodeDescriptors(200, [
      descriptorEntry({ fd: 1, type: fdType.FILE_2, name: utf8('/dev/pts/0'), flags: 3 }),
      descriptorEntry({ fd: 6, type: fdType.MEMFD, name: utf8('memfd:x') }),
      descriptorEntry({ fd: 7, type: fdType.FIFO, name: utf8('pipe:[7]') }),
    ]),
    e.take(),
  ]);
}

const expected = `1 clone bash <NA>
2 clone bash <NA>
3 clone bash <NA>
4 execve bash <NA>
5 execve wget <NA>
6 openat wget <NA>
7 openat wget /etc/passwd
8 read wget /etc/passwd
9 read wget /etc/passwd
10 write wget /dev/pts/0
11 write wget /dev/pts/0
12 socket wget <NA>
13 socket wget 
14 connect wget 
15 connect wget 192.0.2.1:4660->192.0.2.9:80
16 procexit wget <NA>
`;

test('sysdig reads what we write', { skip }, () => {
  const directory = mkdtempSync(join(tmpdir(), 'waspglass-scap-'));
  try {
    const file = join(directory, 'image.scap.gz');
    const bytes = capture();
    // Members end anywhere, also inside a block.
    writeFileSync(file, concat([gzipSync(bytes.subarray(0, 700)), gzipSync(bytes.subarray(700))]));
    const print = (format: string, filter: string[] = []) =>
      execFileSync(SYSDIG, ['-r', file, '-p', format, ...filter], { encoding: 'utf8', env: { TZ: 'UTC' } });
    assert.equal(print('*%evt.num %evt.type %proc.name %fd.name'), expected);
    assert.equal(
      print('%proc.cmdline|%proc.pname|%user.name|%proc.loginshellid', ['evt.num=7']),
      'wget http://192.0.2.9/x|bash|root|200\n',
    );
    assert.equal(print('%evt.buffer', ['evt.num=9']), 'root:\n');
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test('the events in that file have the parameters that sysdig 0.29.3 expects', () => {
  const reader = new ScapReader({
    onEvent: (c) => {
      const known = event0293(c.type);
      assert.equal(c.nparams, known?.nparams, eventTypes[c.type]?.enum);
      for (const [i, type] of (known?.types ?? []).entries()) {
        const { size } = paramTypes[type];
        if (size > 0) assert.equal(c.len(i), size, `${eventTypes[c.type]?.enum} parameter ${i}`);
      }
    },
  });
  reader.push(capture());
  reader.end();
  assert.equal(reader.stats.events, 16);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Inspector } from '@waspglass/inspect';
import type { AuthDocument, CommandDocument, SessionDocument, WaspglassDocument } from '@waspglass/logs';
import { parseAuthLine } from '@waspglass/logs';
import { loadDescriptors, loadProcess, snapshot } from '@waspglass/state';
import { commandsTold, SessionTracker } from '../src/index.ts';
import { ProcessTree } from '../src/process-tree.ts';
import { message, Sshd, START_MS, Stream, tuple, u32 } from './stream.ts';

function setUp(shift = 0) {
  const inspector = new Inspector();
  const stream = new Stream();
  const documents = new Map<string, WaspglassDocument>();
  const emitted: WaspglassDocument[] = [];
  const emit = (d: WaspglassDocument) => {
    documents.set(d._id, d);
    emitted.push(d);
  };
  const reference = () => ({ file: 'image.scap', event: inspector.events });
  const tracker = new SessionTracker(inspector, { host: 'web1', emit, reference });
  const sshd = new Sshd(stream, shift);
  const feed = () => inspector.feed(stream.take());
  const of = <D extends WaspglassDocument>(dataset: D['event']['dataset']) =>
    [...documents.values()].filter((d): d is D => d.event.dataset === dataset);
  let offset = 0;
  const log = (pid: number, text: string) => {
    const record = parseAuthLine(`Nov 25 12:00:01 web1 sshd-session[${pid}]: ${text}`, { now: START_MS });
    assert.ok(record !== undefined, text);
    offset += 100;
    tracker.onAuth(record, { file: '/var/log/auth.log', identity: '1:2:0', offset });
  };
  return { inspector, stream, tracker, sshd, feed, of, log, emitted };
}

const auths = (documents: readonly AuthDocument[]) =>
  documents.map((d) => [d.user?.name, d.waspglass.password, d.event.outcome, d.source?.ip, d.source?.port]);

test('passwords with user, result and the address of the socket', () => {
  const { sshd, feed, tracker, of } = setUp();
  sshd.connect(100, '198.51.100.7', 4001);
  sshd.toMonitor(100, message(8, 'root'));
  sshd.password(100, 'wr"ong \\ pw', false);
  sshd.password(100, '', false);
  sshd.password(100, 'passw0rd', true);
  feed();
  tracker.finish();
  assert.deepEqual(auths(of<AuthDocument>('system.auth')), [
    ['root', 'wr"ong \\ pw', 'failure', '198.51.100.7', 4001],
    ['root', '', 'failure', '198.51.100.7', 4001],
    ['root', 'passw0rd', 'success', '198.51.100.7', 4001],
  ]);
  const [session] = of<SessionDocument>('honeypot.session');
  assert.deepEqual(
    [session?.user?.name, session?.waspglass.password, session?.waspglass.failures_before],
    ['root', 'passw0rd', 2],
  );
});

test('commands go on behind those that an earlier process told', () => {
  const { sshd, feed, tracker, stream, of } = setUp();
  sshd.connect(100, '198.51.100.7', 4001);
  sshd.password(100, 'passw0rd', true);
  sshd.shell(100, ['-bash']);
  stream.exec(110, 102, '/bin/id', ['id']);
  feed();
  const [shell] = of<CommandDocument>('honeypot.command');
  assert.ok(shell !== undefined);
  const last = { ...shell, waspglass: { ...shell.waspglass, index: 7 } };
  const other = { ...last, session: { id: 'another' }, waspglass: { ...last.waspglass, index: 70 } };
  tracker.goOnBehind(commandsTold([last, shell, other]));
  stream.exec(111, 102, '/bin/ls', ['ls']);
  feed();
  const indexes = of<CommandDocument>('honeypot.command').map((d) => d.waspglass.index);
  assert.deepEqual(indexes, [1, 2, 8]);
});

test('each connection has its own client, in whatever order listener and children report', () => {
  const { stream, sshd, feed, tracker, of } = setUp(40);
  const child = (pid: number) => stream.fork(10, pid, 'sshd', pid - 40);
  stream.accept(10, 7, '198.51.100.7', 4001);
  stream.forkedBy(10, 5, 60, 'sshd');
  stream.accept(10, 7, '198.51.100.8', 4002);
  child(100);
  child(101);
  stream.forkedBy(10, 5, 61, 'sshd');
  stream.accept(10, 7, '198.51.100.9', 4003);
  stream.forkedBy(10, 5, 62, 'sshd');
  child(102);
  for (const pid of [100, 101, 102]) {
    stream.exec(pid, 10, '/usr/lib/openssh/sshd-session', ['sshd-session', '-R']);
    sshd.toMonitor(pid, message(8, 'root'));
    sshd.password(pid, `pw${pid}`, false);
  }
  feed();
  tracker.finish();
  assert.deepEqual(
    of<AuthDocument>('system.auth').map((d) => [d.waspglass.password, d.source?.ip, d.source?.port]),
    [
      ['pw100', '198.51.100.7', 4001],
      ['pw101', '198.51.100.8', 4002],
      ['pw102', '198.51.100.9', 4003],
    ],
  );
});

test('a message whose type was read alone', () => {
  const { sshd, feed, tracker, of } = setUp();
  sshd.connect(100, '198.51.100.7', 4001);
  sshd.toMonitor(100, message(8, 'admin'), true);
  sshd.password(100, 'secret', false, true);
  feed();
  tracker.finish();
  assert.deepEqual(auths(of<AuthDocument>('system.auth')), [['admin', 'secret', 'failure', '198.51.100.7', 4001]]);
});

test('a password longer than what was kept of it', () => {
  const { sshd, stream, feed, tracker, of } = setUp();
  sshd.connect(100, '198.51.100.7', 4001);
  const body = message(12, 'x'.repeat(1000));
  stream.read(100, 9, u32(body.length));
  stream.read(100, 9, body.subarray(0, 80), body.length);
  sshd.fromMonitor(100, message(13, 0, 0));
  feed();
  tracker.finish();
  const [auth] = of<AuthDocument>('system.auth');
  assert.equal(auth?.waspglass.password, 'x'.repeat(75));
  assert.equal(auth?.waspglass.password_missing, 925);
});

test('keyboard-interactive answers count once, by type 108', () => {
  const { sshd, feed, tracker, of } = setUp();
  sshd.connect(100, '198.51.100.7', 4001);
  sshd.toMonitor(100, message(8, 'root'));
  sshd.toMonitor(100, message(108, 1, 'kbdpw'));
  sshd.fromMonitor(100, message(109, 1));
  sshd.toMonitor(100, message(108, 0));
  sshd.fromMonitor(100, message(109, 0));
  feed();
  tracker.finish();
  const [auth] = of<AuthDocument>('system.auth');
  assert.deepEqual(
    [auth?.waspglass.password, auth?.waspglass.method, auth?.event.outcome],
    ['kbdpw', 'keyboard-interactive/pam', 'success'],
  );
});

test('an unknown version is reported, not guessed', () => {
  const { sshd, stream, feed, tracker, of } = setUp();
  stream.accept(10, 7, '198.51.100.7', 4001);
  stream.fork(10, 100, 'sshd');
  stream.write(100, 7, 'SSH-2.0-OpenSSH_12.7 Future\r\n');
  sshd.password(100, 'secret', false);
  feed();
  tracker.finish();
  assert.equal(of('system.auth').length, 0);
  assert.deepEqual(tracker.counters.unknownVersions, ['OpenSSH_12.7']);
});

test('a log record and the attempt that it speaks of make one document', () => {
  const { sshd, feed, tracker, of, log } = setUp(50);
  const heard: unknown[] = [];
  tracker.onAuthRecord((c) => heard.push([c.user, c.address, c.outcome, c.failures, c.hasPassword, c.userValid]));
  sshd.connect(100, '198.51.100.7', 4001);
  sshd.toMonitor(100, message(8, 'admin'));
  sshd.password(100, 'one', false);
  feed();
  log(50, 'Failed password for invalid user admin from 198.51.100.7 port 4001 ssh2');
  log(50, 'Failed password for invalid user admin from 198.51.100.7 port 4001 ssh2');
  sshd.password(100, 'two', false);
  feed();
  const documents = of<AuthDocument>('system.auth');
  assert.deepEqual(
    documents.map((d) => [d.waspglass.password, d.waspglass.user_valid, d.log?.offset]),
    [
      ['one', false, 100],
      ['two', false, 200],
    ],
  );
  assert.deepEqual(heard, [
    ['admin', '198.51.100.7', 'failure', 1, true, false],
    ['admin', '198.51.100.7', 'failure', 2, true, false],
  ]);
  tracker.finish();
});

test('halves that stay alone are told alone, after three seconds or at the end', () => {
  const { sshd, feed, tracker, of, log } = setUp();
  sshd.connect(100, '198.51.100.7', 4001);
  sshd.toMonitor(100, message(8, 'root'));
  sshd.password(100, 'one', false);
  feed();
  log(900, 'Failed password for root from 203.0.113.5 port 9 ssh2');
  tracker.tick(Date.now() + 1000);
  assert.equal(of('system.auth').length, 0);
  tracker.tick(Date.now() + 3001);
  assert.deepEqual(auths(of<AuthDocument>('system.auth')), [
    ['root', 'one', 'failure', '198.51.100.7', 4001],
    ['root', undefined, 'failure', '203.0.113.5', 9],
  ]);
  tracker.finish();
  assert.equal(of('system.auth').length, 2);
});

test('a forged line is not joined with an attempt that it contradicts, and does not change its address', () => {
  const { sshd, feed, tracker, of, log } = setUp();
  sshd.connect(100, '198.51.100.7', 4001);
  sshd.toMonitor(100, message(8, 'root'));
  log(100, 'Accepted password for root from 203.0.113.5 port 9 ssh2');
  sshd.password(100, 'one', false);
  feed();
  log(100, 'Failed password for root from 203.0.113.6 port 9 ssh2');
  tracker.finish();
  const documents = of<AuthDocument>('system.auth').filter((d) => d.waspglass.password !== undefined);
  assert.deepEqual(auths(documents), [['root', 'one', 'failure', '198.51.100.7', 4001]]);
});

test('a public-key log-in is known from the log', () => {
  const { sshd, feed, tracker, of, log } = setUp(50);
  sshd.connect(100, '198.51.100.7', 4001);
  feed();
  log(50, 'Accepted publickey for user from 198.51.100.7 port 4001 ssh2: ED25519 SHA256:abc');
  const [session] = of<SessionDocument>('honeypot.session');
  assert.equal(of<AuthDocument>('system.auth')[0]?.session?.id, session?.session.id);
  tracker.tick(Date.now() + 5000);
  assert.equal(of<SessionDocument>('honeypot.session')[0]?.waspglass.method, 'publickey');
  assert.equal(session?.source?.ip, '198.51.100.7');
  tracker.finish();
});

test('a session: its commands in order with depth and exit code, its end, helpers of sshd left out', () => {
  const { sshd, stream, feed, tracker, of } = setUp();
  sshd.connect(100, '198.51.100.7', 4001);
  sshd.toMonitor(100, message(8, 'root'));
  sshd.password(100, 'passw0rd', true);
  stream.fork(100, 150, 'sshd-session');
  stream.exec(150, 100, '/usr/sbin/unix_chkpwd', ['unix_chkpwd', 'root', 'chkexpiry']);
  stream.exit(150);
  sshd.shell(100, ['bash', '-c', 'uname -a; sh x.sh']);
  stream.fork(102, 110, 'bash');
  stream.exec(110, 102, '/bin/uname', ['uname', '-a']);
  stream.exit(110);
  stream.fork(102, 111, 'bash');
  stream.exec(111, 102, '/bin/dash', ['sh', 'x.sh']);
  stream.fork(111, 112, 'sh');
  stream.fork(112, 113, 'sh');
  stream.chdir(113, '/tmp');
  stream.exec(113, 112, '/bin/false', ['false']);
  stream.exit(113, 1);
  stream.exit(112);
  stream.exit(111);
  stream.exit(102);
  stream.exit(101);
  feed();
  assert.equal(of<SessionDocument>('honeypot.session')[0]?.waspglass.ended, undefined);
  stream.exit(100);
  feed();
  assert.deepEqual(
    of<CommandDocument>('honeypot.command').map((d) => [
      d.waspglass.index,
      d.waspglass.depth,
      d.event.action,
      d.process?.command_line,
      d.process?.exit_code,
      d.process?.working_directory,
    ]),
    [
      [1, 0, 'shell', 'bash -c uname -a; sh x.sh', 0, '/root'],
      [2, 0, 'exec', 'uname -a', 0, '/root'],
      [3, 0, 'exec', 'sh x.sh', 0, '/root'],
      [4, 1, 'exec', 'false', 1, '/tmp'],
    ],
  );
  const [session] = of<SessionDocument>('honeypot.session');
  assert.equal(session?.waspglass.commands, 4);
  assert.ok(session?.waspglass.ended !== undefined);
  assert.equal(tracker.counters.processes, 0);
  tracker.finish();
});

test('a process that outlives the log-in keeps the session open', () => {
  const { sshd, stream, feed, tracker, of } = setUp();
  sshd.connect(100, '198.51.100.7', 4001);
  sshd.password(100, 'x', true);
  sshd.shell(100, ['-bash']);
  stream.fork(102, 110, 'bash');
  stream.setsid(110);
  stream.exec(110, 102, '/tmp/miner', ['kworker']);
  for (const pid of [102, 101, 100]) stream.exit(pid);
  stream.exec(110, 1, '/tmp/miner2', ['kworker']);
  feed();
  assert.equal(of<SessionDocument>('honeypot.session')[0]?.waspglass.ended, undefined);
  stream.exit(110);
  feed();
  assert.equal(of('honeypot.command').length, 3);
  assert.ok(of<SessionDocument>('honeypot.session')[0]?.waspglass.ended !== undefined);
  tracker.finish();
});

test('terminal text comes from the relay, gathered', () => {
  const { sshd, stream, feed, tracker, of } = setUp();
  sshd.connect(100, '198.51.100.7', 4001);
  sshd.password(100, 'x', true);
  sshd.shell(100, ['-bash']);
  stream.read(101, 11, '$ ');
  stream.write(101, 8, 'id\r');
  stream.read(101, 11, 'id\r\n');
  stream.read(101, 11, 'uid=0', 500);
  feed();
  stream.now += 1000;
  stream.read(101, 11, '$ ');
  feed();
  tracker.finish();
  const pieces = of('honeypot.terminal').map((d) => {
    const { waspglass } = d as Extract<WaspglassDocument, { event: { dataset: 'honeypot.terminal' } }>;
    return [waspglass.direction, Buffer.from(waspglass.data, 'base64').toString(), waspglass.missing];
  });
  assert.deepEqual(pieces, [
    ['input', 'id\r', undefined],
    ['output', '$ id\r\nuid=0', 495],
    ['output', '$ ', undefined],
  ]);
});

test('files and connections of the session', () => {
  const { sshd, stream, feed, tracker, of } = setUp();
  sshd.connect(100, '198.51.100.7', 4001);
  sshd.password(100, 'x', true);
  sshd.shell(100, ['-bash']);
  const open = (name: string, flags: number, fd = 3) =>
    stream.event('SYSCALL_OPENAT_2_X', 102, { fd, dirfd: -100, name, flags, mode: 0 });
  open('x.sh', 2 | 4 | 16384);
  open('/etc/passwd', 1);
  open('/dev/null', 2);
  open('/etc/shadow', 2, -13);
  stream.event('SYSCALL_RENAME_X', 102, { res: 0, oldpath: 'x.sh', newpath: '/tmp/y.sh' });
  stream.event('SYSCALL_CHMOD_X', 102, { res: 0, filename: '/tmp/y.sh', mode: 0o755 });
  stream.event('SYSCALL_CHMOD_X', 102, { res: 0, filename: '/tmp/y.sh', mode: 0o600 });
  stream.event('SYSCALL_UNLINK_2_X', 102, { res: 0, path: '/var/log/auth.log' });
  stream.event('SOCKET_SOCKET_X', 102, { fd: 5, domain: 2, type: 1, proto: 6 });
  const to = tuple('192.0.2.1', 5000, '203.0.113.9', 80);
  stream.event('SOCKET_CONNECT_X', 102, { res: -110, tuple: to, fd: 5 });
  feed();
  tracker.finish();
  assert.deepEqual(
    of('honeypot.file').map((d) => d.message),
    [
      'bash: create /root/x.sh',
      'bash: rename /root/x.sh to /tmp/y.sh',
      'bash: make-executable /tmp/y.sh',
      'bash: remove /var/log/auth.log',
    ],
  );
  assert.deepEqual(
    of('honeypot.connection').map((d) => [d.message, d.event.outcome]),
    [['bash: connect to 203.0.113.9 port 80: ETIMEDOUT', 'failure']],
  );
});

test('an sshd that was started again inside a session still gives log-ins; an impostor hides nothing', () => {
  const { sshd, stream, feed, tracker, of } = setUp();
  sshd.connect(100, '198.51.100.7', 4001);
  sshd.password(100, 'x', true);
  sshd.shell(100, ['-bash']);
  stream.fork(102, 200, 'bash');
  stream.exec(200, 102, '/tmp/sshd', ['sshd']);
  stream.accept(200, 4, '203.0.113.9', 999);
  stream.fork(200, 201, 'sshd');
  stream.exec(201, 200, '/bin/sh', ['sh', '-i']);
  stream.fork(201, 202, 'sh');
  stream.exec(202, 201, '/bin/id', ['id']);
  feed();
  tracker.finish();
  assert.deepEqual(
    of<CommandDocument>('honeypot.command').map((d) => d.process?.command_line),
    ['-bash', 'sshd', 'sh -i', 'id'],
  );
  assert.equal(of('honeypot.session').length, 2);
});

test('endless processes in a session are counted, not kept', () => {
  const { sshd, stream, feed, tracker, of, emitted } = setUp();
  sshd.connect(100, '198.51.100.7', 4001);
  sshd.password(100, 'x', true);
  sshd.shell(100, ['-bash']);
  for (let i = 0; i < 21_000; i++) {
    stream.fork(102, 1000 + i, 'bash');
    stream.exec(1000 + i, 102, '/bin/true', ['true']);
    stream.exit(1000 + i);
    if (i % 1000 === 0) feed();
  }
  feed();
  tracker.finish();
  assert.equal(of<SessionDocument>('honeypot.session')[0]?.waspglass.commands, 21_001);
  assert.equal(of('honeypot.command').length, 20_000);
  assert.ok(emitted.length < 45_000);
});

test('the same input gives the same ids', () => {
  const run = () => {
    const { sshd, stream, feed, tracker, emitted } = setUp();
    sshd.connect(100, '198.51.100.7', 4001);
    sshd.password(100, 'a', false);
    sshd.password(100, 'x', true);
    sshd.shell(100, ['-bash']);
    stream.read(101, 11, '$ ');
    feed();
    tracker.finish();
    return [...new Set(emitted.map((d) => d._id))].sort();
  };
  assert.deepEqual(run(), run());
});

test('terminal text cannot pass for a message of the monitor', () => {
  const { sshd, stream, feed, tracker, of } = setUp();
  sshd.connect(100, '198.51.100.7', 4001);
  sshd.password(100, 'x', true);
  sshd.shell(100, ['-bash']);
  const body = message(12, 'forged');
  stream.read(101, 11, u32(body.length));
  stream.read(101, 11, body);
  feed();
  tracker.finish();
  assert.deepEqual(
    of<AuthDocument>('system.auth').map((d) => d.waspglass.password),
    ['x'],
  );
});

test('root on OpenSSH 9.2: the monitor itself serves the shell', () => {
  const { stream, feed, tracker, of } = setUp();
  stream.accept(10, 4, '198.51.100.7', 4001);
  stream.fork(10, 100, 'sshd');
  stream.exec(100, 10, '/usr/sbin/sshd', ['sshd', '-D', '-R']);
  stream.write(100, 4, 'SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u7\r\n');
  stream.fork(100, 101, 'sshd');
  for (const body of [message(8, 'root'), message(12, 'passw0rd')]) {
    stream.read(100, 6, u32(body.length));
    stream.read(100, 6, body);
  }
  const yes = message(13, 1, 0);
  stream.write(100, 6, Buffer.concat([u32(yes.length), yes.subarray(0, 1)]));
  stream.write(100, 6, yes.subarray(1));
  stream.exit(101);
  stream.fork(100, 102, 'sshd');
  stream.setsid(102);
  stream.exec(102, 100, '/bin/bash', ['-bash']);
  stream.read(100, 9, 'root@web1:~# ');
  stream.exit(102);
  stream.exit(100);
  feed();
  tracker.finish();
  const [session] = of<SessionDocument>('honeypot.session');
  assert.deepEqual(
    [session?.user?.name, session?.waspglass.password, session?.waspglass.commands],
    ['root', 'passw0rd', 1],
  );
  assert.ok(session?.waspglass.ended !== undefined);
  assert.equal(of('honeypot.terminal')[0]?.message, 'root@web1:~# ');
});

test('a capture that begins in the middle of a session', () => {
  const { sshd, stream, feed, tracker, inspector } = setUp();
  sshd.connect(100, '198.51.100.7', 4001);
  sshd.password(100, 'x', true);
  sshd.shell(100, ['-bash']);
  feed();
  const other = new Inspector();
  const lists = snapshot(inspector.state);
  for (const entry of lists.processes) loadProcess(other.state, entry);
  for (const { tid, entries } of lists.descriptors) loadDescriptors(other.state, tid, entries);
  const late: WaspglassDocument[] = [];
  const lateTracker = new SessionTracker(other, { host: 'web1', emit: (d) => late.push(d) });
  stream.fork(102, 120, 'bash');
  stream.exec(120, 102, '/bin/id', ['id']);
  stream.read(101, 11, 'uid=0');
  const chunk = stream.take();
  inspector.feed(chunk);
  other.feed(chunk);
  tracker.finish();
  lateTracker.finish();
  assert.deepEqual(
    late.map((d) => d.event.dataset),
    ['honeypot.session', 'honeypot.command', 'honeypot.terminal', 'honeypot.session'],
  );
  assert.equal(late.find((d) => d.event.dataset === 'honeypot.session')?.source?.ip, '198.51.100.7');
});

test('events of any content are taken without throwing, and little is kept', () => {
  const { sshd, stream, feed, tracker } = setUp();
  let seed = 7;
  const random = (n: number) => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    return (seed >>> 8) % n;
  };
  const names = [
    'SYSCALL_READ_X',
    'SYSCALL_WRITE_X',
    'SYSCALL_CLONE_20_X',
    'SYSCALL_EXECVE_19_X',
    'SYSCALL_SETSID_X',
  ] as const;
  const more = [
    'SOCKET_ACCEPT_5_X',
    'SOCKET_CONNECT_X',
    'SYSCALL_OPENAT_2_X',
    'SYSCALL_RENAME_X',
    'PROCEXIT_1_E',
  ] as const;
  const pid = () => 98 + random(12);
  const value = () =>
    [random(20), -1, 0, pid(), 'sshd', 'sshd-session', new Uint8Array(random(40)).map(() => random(256))][random(7)] ??
    0;
  for (let i = 0; i < 20_000; i++) {
    const name = [...names, ...more][random(10)] ?? 'SYSCALL_READ_X';
    const keys = [
      'res',
      'data',
      'fd',
      'pid',
      'ptid',
      'tid',
      'comm',
      'exe',
      'args',
      'flags',
      'vpid',
      'vtid',
      'tuple',
      'name',
      'oldpath',
      'newpath',
      'status',
    ];
    const values = Object.fromEntries(keys.filter(() => random(3) > 0).map((key) => [key, value()]));
    stream.event(name, pid(), values);
    if (random(500) === 0) {
      sshd.connect(pid(), '198.51.100.7', random(65_536));
      sshd.password(pid(), 'x', random(2) === 0);
      sshd.shell(pid(), ['-bash']);
    }
    if (i % 1000 === 0) feed();
  }
  feed();
  for (let p = 1; p < 200; p++) stream.exit(p);
  feed();
  tracker.finish();
  assert.ok(tracker.counters.processes < 50);
  assert.ok(tracker.counters.connections < 50);
});

test('the log is read before the sensor: the session gets its password all the same', () => {
  const { sshd, feed, tracker, of, log } = setUp();
  sshd.connect(100, '198.51.100.7', 4001);
  sshd.toMonitor(100, message(8, 'root'));
  sshd.toMonitor(100, message(12, 'passw0rd'));
  feed();
  log(100, 'Accepted password for root from 198.51.100.7 port 4001 ssh2');
  sshd.fromMonitor(100, message(13, 1, 0));
  feed();
  tracker.finish();
  assert.equal(of('system.auth').length, 1);
  assert.equal(of<SessionDocument>('honeypot.session')[0]?.waspglass.password, 'passw0rd');
});

test('processes whose end was lost make room for new ones', () => {
  const tree = new ProcessTree(3);
  const connection = tree.connect(1, 1, 0, undefined);
  const root = tree.find(1);
  assert.ok(root !== undefined && tree.surplus === undefined);
  tree.fork(root, 2);
  tree.fork(root, 3);
  assert.equal(tree.surplus, root);
  assert.equal(tree.remove(root), false);
  assert.equal(tree.surplus, undefined);
  assert.equal(connection.live, 2);
});

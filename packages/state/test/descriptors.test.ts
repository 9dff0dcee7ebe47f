import assert from 'node:assert/strict';
import { test } from 'node:test';
import { descriptorEntry, fdType as listType, utf8 } from '@waspglass/scap';
import { F, fdFlag, fdType, loadDescriptors, loadProcess, type State, snapshot, Texts } from '../src/index.ts';
import { cloned, event, executed, freshState, run, tuple4 } from './stream.ts';

const O_CLOEXEC = 1 << 12;
const entry = (s: State, tid: number, fd: number) => s.descriptors.find(s.table(s.threads.find(tid)), fd);
const name = (s: State, tid: number, fd: number) => s.symbols.text(new Texts(s).fdName(entry(s, tid, fd)));

test('opened paths are resolved from the working directory or the directory descriptor', () => {
  const s = run([
    event('SYSCALL_OPENAT_2_X', 100, 3, -100, '/var/./log', 1 | (1 << 10), 0, 0, 0),
    event('SYSCALL_OPENAT_2_X', 100, 4, 3, '../log//auth.log', 1, 0, 0xfe00, 9),
    event('SYSCALL_OPEN_X', 100, 5, 'x/../notes', 1, 0, 0, 0),
    event('SYSCALL_OPENAT_2_X', 100, 6, 99, 'lost', 1, 0, 0, 0),
  ]);
  assert.equal(name(s, 100, 3), '/var/log');
  assert.equal(s.fdKind(entry(s, 100, 3)), fdType.directory);
  assert.equal(name(s, 100, 4), '/var/log/auth.log');
  assert.equal(name(s, 100, 5), '/root/notes');
  assert.equal(name(s, 100, 6), '<UNKNOWN>/lost');
});

test('a failed open has a name but no descriptor', () => {
  let seen: [number, string] = [0, ''];
  run([event('SYSCALL_OPENAT_2_X', 100, -2, -100, 'gone', 1, 0, 0, 0)], (s) => {
    seen = [s.fd, s.symbols.text(s.fdName)];
  });
  assert.deepEqual(seen, [0, '/root/gone']);
});

test('close is seen before it happens; dup and fcntl copy', () => {
  let seen = '';
  const s = run(
    [
      event('SYSCALL_OPEN_X', 100, 3, '/etc/passwd', 1 | O_CLOEXEC, 0, 0, 0),
      event('SYSCALL_DUP2_X', 100, 7, 3, 7),
      event('SYSCALL_FCNTL_X', 100, 10, 3, 26, 10),
      event('SYSCALL_CLOSE_X', 100, 0, 3),
    ],
    (state, i) => {
      if (i === 3) seen = state.symbols.text(state.descriptors.entries[state.fd + F.name] ?? 0);
    },
  );
  assert.equal(seen, '/etc/passwd');
  assert.equal(entry(s, 100, 3), 0);
  assert.equal(name(s, 100, 7), '/etc/passwd');
  const open = s.descriptors.open(s.table(s.threads.find(100)));
  assert.equal(open, 2);
  run([event('SYSCALL_EXECVE_19_X', 100, ...executed(0, 100, 1, 'ls', '', '/bin/ls'))], undefined, s);
  assert.notEqual(entry(s, 100, 7), 0, 'dup2 drops close-on-exec');
  assert.equal(entry(s, 100, 10), 0, 'F_DUPFD_CLOEXEC sets it');
});

test('fork copies descriptors, close_range closes many', () => {
  const s = run([
    event('SYSCALL_PIPE2_X', 100, 0, 3, 4, 77, 0),
    event('SYSCALL_CLONE_20_X', 100, ...cloned(101, 100, 100, 1)),
    event('SYSCALL_CLOSE_RANGE_X', 101, 0, 3, -1, 0),
  ]);
  assert.equal(entry(s, 101, 3), 0);
  assert.equal(s.fdKind(entry(s, 100, 4)), fdType.pipe);
});

test('sockets know their ends', () => {
  const s = run([
    event('SOCKET_SOCKET_X', 100, 3, 2, 1, 0, 0),
    event('SOCKET_CONNECT_X', 100, -115, tuple4([192, 0, 2, 1], 40000, [198, 51, 100, 7], 6667), 3, null),
    event('SOCKET_ACCEPT4_6_X', 100, 4, tuple4([203, 0, 113, 5], 50000, [192, 0, 2, 1], 22), 0, 0, 0, 0),
    event('SOCKET_SOCKET_X', 100, 5, 2, 2, 17, 0),
    event('SOCKET_SENDTO_X', 100, 4, 'ping', 5, 4, tuple4([192, 0, 2, 1], 5353, [198, 51, 100, 53], 53)),
    event('SOCKET_RECVFROM_X', 100, 4, 'pong', tuple4([198, 51, 100, 53], 53, [192, 0, 2, 1], 5353), 5, 4),
  ]);
  assert.equal(name(s, 100, 3), '192.0.2.1:40000->198.51.100.7:6667');
  assert.equal(name(s, 100, 4), '203.0.113.5:50000->192.0.2.1:22');
  assert.equal(name(s, 100, 5), '192.0.2.1:5353->198.51.100.53:53');
  assert.equal((s.descriptors.entries[entry(s, 100, 4)] ?? 0) & fdFlag.server, fdFlag.server);
});

test('hidden enter events, their number and times', () => {
  const seen: [boolean, number, number][] = [];
  const s = run(
    [
      event('SYSCALL_READ_E', 100, 3, 10),
      event('SYSCALL_READ_X', 100, 2, 'ab'),
      event('SYSCALL_OPEN_E', 100, '/etc/passwd', 1, 0),
      event('SYSCALL_OPEN_X', 100, 3, '/etc/passwd', 1, 0),
    ],
    (state) => seen.push([state.hidden, state.num, state.fdNum]),
  );
  assert.deepEqual(seen, [
    [true, 0, -1],
    [false, 1, 3],
    [true, 2, -1],
    [false, 3, 3],
  ]);
  // The first event that is shown begins the time.
  assert.equal(s.clock.previousTime - s.clock.firstTime, 1000n);
});

test('limits: descriptors and threads beyond are counted, not kept', () => {
  const s = run([event('SYSCALL_OPEN_X', 100, 70_000, '/tmp/x', 1, 0, 0, 0)]);
  assert.equal(entry(s, 100, 70_000), 0);
  assert.equal(s.stats.refusedDescriptors, 1);
});

test('a snapshot loaded again is the same snapshot', () => {
  const s = run([
    event('SYSCALL_OPEN_X', 100, 3, '/etc/passwd', 1, 0, 0xfe00, 12),
    event('SYSCALL_PIPE2_X', 100, 0, 6, 7, 77, 0),
    event('SOCKET_SOCKET_X', 100, 8, 2, 1, 0, 0),
    event('SOCKET_CONNECT_X', 100, 0, tuple4([192, 0, 2, 1], 40000, [198, 51, 100, 7], 80), 8, null),
    event('USER_ADDED_E', 100, 1001, 1001, 'eve', '/home/eve', '/bin/sh', ''),
    event('SYSCALL_CLONE_20_X', 100, ...cloned(101, 100, 100, 1, 1 << 13)),
  ]);
  const first = snapshot(s);
  assert.deepEqual(first.users.length, 1);
  const again = freshState();
  for (const p of first.processes) loadProcess(again, p);
  for (const d of first.descriptors) loadDescriptors(again, d.tid, d.entries);
  const second = snapshot(again);
  assert.deepEqual(second.processes, first.processes);
  assert.deepEqual(second.descriptors, first.descriptors);
});

test('the lists: names that end in a line feed, IPv4 through IPv6, kinds that their writer did not know', () => {
  const s = freshState();
  const mapped = (last: number) => Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, last);
  loadDescriptors(s, 100, [
    descriptorEntry({ fd: 3, type: listType.UNIX, name: utf8('/run/x.sock\n') }),
    descriptorEntry({ fd: 4, type: listType.IPV6, sip: mapped(1), dip: mapped(2), sport: 40000, dport: 80, proto: 2 }),
    descriptorEntry({ fd: 5, type: listType.UNSUPPORTED, name: utf8('socket:[5]') }),
  ]);
  assert.equal(name(s, 100, 3), '/run/x.sock');
  assert.equal(s.fdKind(entry(s, 100, 4)), fdType.ipv4);
  assert.equal(name(s, 100, 4), '192.0.2.1:40000->192.0.2.2:80');
  assert.equal(s.fdKind(entry(s, 100, 5)), fdType.unsupported);
});

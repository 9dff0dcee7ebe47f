import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type State, T, Texts, THREAD_WIDTH } from '../src/index.ts';
import { cloned, event, executed, run } from './stream.ts';

const column = (s: State, row: number, name: keyof typeof T) => s.threads.rows[row * THREAD_WIDTH + T[name]];
const text = (s: State, tid: number, name: keyof typeof T) => s.symbols.text(column(s, s.threads.find(tid), name) ?? 0);

const CLONE_THREAD = 1 << 13;
const CLONE_FILES = 1;
const CLONE_FS = 2;

test('a clone reported twice makes one thread, whoever reports first', () => {
  const parent = event('SYSCALL_CLONE_20_X', 100, ...cloned(101, 100, 100, 1));
  const child = event('SYSCALL_CLONE_20_X', 101, ...cloned(0, 101, 101, 100));
  for (const order of [
    [parent, child],
    [child, parent],
  ]) {
    const s = run(order);
    const row = s.threads.find(101);
    assert.notEqual(row, 0);
    assert.equal(s.threads.count, 3);
    assert.equal(column(s, row, 'ptid'), 100);
    assert.equal(s.threads.ancestor(row, 2), s.threads.find(1));
    assert.equal(s.symbols.text(s.cwd(row)), '/root');
  }
});

test('an id that is used again means a new process', () => {
  const s = run([
    event('SYSCALL_CLONE_20_X', 101, ...cloned(0, 101, 101, 100)),
    event('SYSCALL_CLONE_20_X', 100, ...cloned(101, 100, 100, 1)),
    event('SYSCALL_EXECVE_19_X', 101, ...executed(0, 101, 100, '/bin/ls', '-l\0', '/bin/ls')),
    event('SYSCALL_CLONE_20_X', 100, ...cloned(101, 100, 100, 1)),
    event('SYSCALL_CLONE_20_X', 101, ...cloned(0, 101, 101, 100)),
  ]);
  assert.equal(text(s, 101, 'comm'), 'bash');
});

test('a child that ended before its parent reported it stays away', () => {
  const s = run([
    event('SYSCALL_VFORK_20_X', 101, ...cloned(0, 101, 101, 100)),
    event('PROCEXIT_1_E', 101, 0, 0, 0, 0, 0),
    event('SYSCALL_VFORK_20_X', 100, ...cloned(101, 100, 100, 1)),
  ]);
  assert.equal(s.threads.find(101), 0);
});

test('execve changes the image; a failed one changes nothing', () => {
  const s = run([
    event('SYSCALL_EXECVE_19_X', 100, ...executed(-2, 100, 1, 'nothing', '', '/bin/nothing')),
    event('SYSCALL_EXECVE_19_X', 100, ...executed(0, 100, 1, 'cat', '/etc/shadow\0\0', '/usr/bin/cat')),
  ]);
  const texts = new Texts(s);
  const row = s.threads.find(100);
  assert.equal(text(s, 100, 'exe'), 'cat');
  assert.equal(text(s, 100, 'exepath'), '/usr/bin/cat');
  assert.equal(s.symbols.text(texts.cmdline(row)), 'cat /etc/shadow ');
  assert.equal(s.symbols.text(texts.joined(column(s, row, 'env') ?? 0)), 'HOME=/root LANG=C');
});

test('procexit keeps the thread until after, then gives its children to init', () => {
  let seen = '';
  const s = run(
    [
      event('SYSCALL_CLONE_20_X', 100, ...cloned(101, 100, 100, 1)),
      event('SYSCALL_CLONE_20_X', 101, ...cloned(102, 101, 101, 100)),
      event('PROCEXIT_1_E', 101, 0, 0, 0, 0, 1),
    ],
    (state, i) => {
      if (i === 2) seen = state.symbols.text(column(state, state.thread, 'comm') ?? 0);
    },
  );
  assert.equal(seen, 'bash');
  assert.equal(s.threads.find(101), 0);
  assert.equal(s.threads.ancestor(s.threads.find(102), 1), s.threads.find(1));
});

test('threads share descriptors and directory; the main thread outlives its end', () => {
  const s = run([
    event('SYSCALL_CLONE_20_X', 100, ...cloned(101, 100, 100, 1, CLONE_THREAD | CLONE_FILES | CLONE_FS)),
    event('SYSCALL_OPENAT_2_X', 101, 5, -100, '/tmp/a', 1, 0, 0, 0),
    event('SYSCALL_CHDIR_X', 101, 0, 'sub/../work'),
    event('PROCEXIT_1_E', 100, 0, 0, 0, 0, 0),
    event('SYSCALL_CHDIR_X', 101, 0, '..'),
  ]);
  const row = s.threads.find(101);
  assert.equal(column(s, row, 'pid'), 100);
  assert.notEqual(s.descriptors.find(s.table(s.threads.find(100)), 5), 0);
  assert.equal(s.symbols.text(s.cwd(row)), '/root');
  const after = run([event('PROCEXIT_1_E', 101, 0, 0, 0, 0, 0)], undefined, s);
  assert.equal(after.threads.find(101), 0);
  assert.equal(after.threads.find(100), 0);
  assert.equal(after.threads.count, 1);
});

test('ids of users follow the effective id; -1 leaves it', () => {
  const s = run([
    event('SYSCALL_SETRESUID_X', 100, 0, 1000, 1000, 1000),
    event('SYSCALL_SETREUID_X', 100, 0, 0, -1),
    event('SYSCALL_SETUID_X', 100, -1, 0),
    event('SYSCALL_SETGID_X', 100, 0, 50),
  ]);
  const row = s.threads.find(100);
  assert.equal(column(s, row, 'uid'), 1000);
  assert.equal(column(s, row, 'gid'), 50);
});

test('comm, session and process group follow their calls', () => {
  const s = run([
    event('SYSCALL_PRCTL_X', 100, 0, 15, 'kworker/0:1', 0),
    event('SYSCALL_SETSID_X', 100, 100),
    event('SYSCALL_SETPGID_X', 100, 0, 0, 77),
  ]);
  const row = s.threads.find(100);
  assert.equal(text(s, 100, 'comm'), 'kworker/0:1');
  assert.deepEqual([column(s, row, 'sid'), column(s, row, 'vpgid')], [100, 77]);
});

test('circles in the tree end', () => {
  const s = run([
    event('SYSCALL_CLONE_20_X', 201, ...cloned(0, 201, 201, 202)),
    event('SYSCALL_CLONE_20_X', 202, ...cloned(0, 202, 202, 201)),
  ]);
  assert.equal(s.threads.ancestor(s.threads.find(201), 1000), 0);
});

test('old captures: an exit event gets the arguments of its enter event', () => {
  const s = run([
    event('SYSCALL_EXECVE_18_E', 100, 'bin/tool'),
    event('SYSCALL_EXECVE_18_X', 100, ...executed(0, 100, 1, 'tool', 'x\0', '').slice(0, 17)),
  ]);
  assert.equal(text(s, 100, 'exepath'), '/root/bin/tool');
  assert.equal(s.num, 2);
});

test('a parent that reports its child after the execve of it changes nothing', () => {
  const s = run([
    event('SYSCALL_VFORK_20_X', 101, ...cloned(0, 101, 101, 100)),
    event('SYSCALL_EXECVE_19_X', 101, ...executed(0, 101, 100, 'ls', '-l\0', '/bin/ls')),
    event('SYSCALL_VFORK_20_X', 100, ...cloned(101, 100, 100, 1)),
  ]);
  assert.equal(text(s, 101, 'comm'), 'ls');
  assert.equal(s.threads.ancestor(s.threads.find(101), 1), s.threads.find(100));
});

test('a thread whose process nobody has announced brings its main thread with it', () => {
  const s = run([event('SYSCALL_CLONE_20_X', 301, ...cloned(0, 301, 300, 100, CLONE_THREAD | CLONE_FILES | CLONE_FS))]);
  const main = s.threads.find(300);
  assert.equal(column(s, s.threads.find(301), 'main'), main);
  assert.equal(text(s, 300, 'comm'), 'bash');
  const after = run(
    [event('PROCEXIT_1_E', 300, 0, 0, 0, 0, 0), event('PROCEXIT_1_E', 301, 0, 0, 0, 0, 0)],
    undefined,
    s,
  );
  assert.equal(after.threads.count, 2);
});

test('an execve leaves one thread of a process, whose main thread it is, also when that had ended', () => {
  const s = run([
    event('SYSCALL_CLONE_20_X', 100, ...cloned(101, 100, 100, 1, CLONE_THREAD | CLONE_FILES | CLONE_FS)),
    event('PROCEXIT_1_E', 100, 0, 0, 0, 0, 0),
    event('SYSCALL_EXECVE_19_X', 100, ...executed(0, 100, 1, 'id', '', '/usr/bin/id')),
  ]);
  assert.equal(s.threads.find(101), 0);
  assert.equal(text(s, 100, 'comm'), 'id');
  assert.equal(column(s, s.threads.find(100), 'flags'), 0);
});

test('a process of which a part shares nothing any more goes its own way', () => {
  const s = run([
    event('SYSCALL_OPENAT_2_X', 100, 5, -100, '/tmp/a', 1, 0, 0, 0),
    event('SYSCALL_CLONE_20_X', 100, ...cloned(101, 100, 100, 1, CLONE_FILES)),
    event('SYSCALL_CLOSE_RANGE_X', 101, 0, 5, 9, 2),
    event('SYSCALL_CHDIR_X', 101, 0, '/tmp'),
  ]);
  const [parent, child] = [s.threads.find(100), s.threads.find(101)];
  assert.notEqual(s.descriptors.find(s.table(parent), 5), 0);
  assert.equal(s.descriptors.find(s.table(child), 5), 0);
  assert.equal(s.symbols.text(s.cwd(parent)), '/root');
});

test('in a pid namespace a child has what its parent had when it forked, whatever the parent has closed since', () => {
  const inside = (result: number, tid: number, ptid: number, number: number) => {
    const values = cloned(result, tid, tid, ptid);
    values[18] = number;
    values[19] = number;
    return event('SYSCALL_CLONE_20_X', tid, ...values);
  };
  const open = event('SYSCALL_OPEN_X', 200, 5, '/tmp/x', 1, 0, 0, 0);
  const close = event('SYSCALL_CLOSE_X', 200, 0, 5);
  const born = inside(0, 200, 100, 7);
  const byParent = inside(8, 200, 100, 7);
  const byChild = inside(0, 201, 200, 8);
  const has = (events: Parameters<typeof run>[0], tid: number, fd: number) => {
    const s = run(events);
    return s.descriptors.find(s.table(s.threads.find(tid)), fd) !== 0;
  };
  assert.equal(has([born, open, byParent, close, byChild], 201, 5), true);
  assert.equal(has([born, open, byChild, byParent, close], 201, 5), true);
  assert.equal(has([born, open, close, byChild, byParent], 201, 5), false);
  const next = [inside(8, 200, 100, 7), inside(0, 202, 200, 8)];
  // The same number again, once the first child's two reports are in: nothing of the first fork is left.
  assert.equal(has([born, open, byChild, byParent, close, ...next], 202, 5), false);
  const many = Array.from({ length: 500 }, (_, i) => inside(1000 + i, 200, 100, 7));
  assert.equal(has([born, open, ...many, byParent, close, byChild], 201, 5), true);
});

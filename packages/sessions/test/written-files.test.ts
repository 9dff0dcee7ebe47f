import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { Inspector } from '@waspglass/inspect';
import type { FileDocument, WaspglassDocument } from '@waspglass/logs';
import { type FileContent, RunningDigest, SessionTracker, type WrittenFile, WrittenFiles } from '../src/index.ts';
import { Sshd, Stream } from './stream.ts';

const sha256 = (text: string | Uint8Array) => createHash('sha256').update(text).digest('hex');
const WRITE = 1 << 1;
const TRUNCATE = 256;
const CREATED = 1 << 14;
const APPEND = 8;
const CLOEXEC = 4096;

/** Keeps the bytes as they stand. */
class Memory {
  bytes = Buffer.alloc(0);
  write(at: number, bytes: Uint8Array): void {
    const end = at + bytes.length;
    if (end > this.bytes.length) this.bytes = Buffer.concat([this.bytes, Buffer.alloc(end - this.bytes.length)]);
    this.bytes.set(bytes, at);
  }
  copy(at: number, source: FileContent, from: number, length: number): boolean {
    this.write(at, (source as Memory).bytes.subarray(from, from + length));
    return true;
  }
  digest(): string {
    return sha256(this.bytes);
  }
}

function setUp() {
  const inspector = new Inspector();
  const stream = new Stream();
  const told: { path: string; text: string; missing: string[]; removed: boolean }[] = [];
  const written = new WrittenFiles<true>(inspector, {
    owner: () => true,
    content: () => new Memory(),
    onFile: (file: WrittenFile<true>) => {
      const text = (file.content as Memory).bytes.toString();
      told.push({ path: file.path, text, missing: file.whatIsMissing, removed: file.removed });
    },
  });
  const open = (pid: number, fd: number, name: string, flags = CREATED, ino = 7) =>
    stream.event('SYSCALL_OPENAT_2_X', pid, { fd, dirfd: -100, name, flags: WRITE | flags, dev: 5, ino });
  const close = (pid: number, fd: number) => stream.event('SYSCALL_CLOSE_X', pid, { res: 0, fd });
  const feed = () => inspector.feed(stream.take());
  return { stream, told, open, close, feed, finish: () => written.finish(), written };
}

test('a file is told when the last descriptor that can write it is closed', () => {
  const { stream, told, open, close, feed } = setUp();
  open(100, 3, '/tmp/a');
  stream.write(100, 3, 'one ');
  stream.event('SYSCALL_DUP2_X', 100, { res: 1, oldfd: 3, newfd: 1 });
  close(100, 3);
  stream.write(100, 1, 'two ');
  feed();
  assert.deepEqual(told, []);
  stream.fork(100, 101, 'sh');
  close(100, 1);
  stream.write(101, 1, 'three');
  stream.exit(101);
  feed();
  assert.deepEqual(told, [{ path: '/tmp/a', text: 'one two three', missing: [], removed: false }]);
});

test('a child gets what its parent had when it was made, whoever reports first', () => {
  const { stream, told, open, close, feed } = setUp();
  open(100, 3, '/tmp/a');
  stream.forkedBy(100, 10, 11, 'sh');
  close(100, 3);
  stream.fork(100, 101, 'sh', 11);
  stream.write(101, 3, 'late');
  stream.exit(101);
  feed();
  assert.deepEqual(
    told.map(({ text }) => text),
    ['late'],
  );
});

test('exec closes what it is told to close, positions move by lseek, pwrite does not move them', () => {
  const { stream, told, open, feed } = setUp();
  open(100, 3, '/tmp/a', CREATED | CLOEXEC);
  stream.write(100, 3, '0123456789');
  stream.event('SYSCALL_LSEEK_X', 100, { res: 2, fd: 3, offset: 2, whence: 0 });
  stream.event('SYSCALL_PWRITE_X', 100, { res: 1, data: Buffer.from('P'), fd: 3, size: 1, pos: 8 });
  stream.write(100, 3, 'ab');
  stream.exec(100, 1, '/bin/true', ['true']);
  feed();
  assert.deepEqual(
    told.map(({ text }) => text),
    ['01ab4567P9'],
  );
});

test('appending goes to the end; what was there before is said to be missing', () => {
  const { stream, told, open, close, feed } = setUp();
  open(100, 3, '/tmp/a', CREATED);
  stream.write(100, 3, 'one');
  close(100, 3);
  open(100, 3, '/tmp/a', APPEND);
  stream.write(100, 3, ' two');
  close(100, 3);
  open(100, 4, '/etc/passwd', APPEND, 9);
  stream.write(100, 4, 'x::0:0');
  close(100, 4);
  feed();
  assert.deepEqual(
    told.map(({ path, text, missing }) => [path, text, missing.length]),
    [
      ['/tmp/a', 'one', 0],
      ['/tmp/a', 'one two', 0],
      ['/etc/passwd', 'x::0:0', 1],
    ],
  );
});

test('emptying begins a new file; so does an inode that was given anew', () => {
  const { stream, told, open, close, feed } = setUp();
  for (const [flags, path] of [
    [CREATED, '/tmp/a'],
    [TRUNCATE, '/tmp/a'],
    [CREATED, '/tmp/b'],
  ] as const) {
    open(100, 3, path, flags);
    stream.write(100, 3, path);
    close(100, 3);
  }
  feed();
  assert.deepEqual(
    told.map(({ text, missing }) => [text, missing]),
    [
      ['/tmp/a', []],
      ['/tmp/a', []],
      ['/tmp/b', []],
    ],
  );
});

test('says what may be missing', () => {
  const { stream, told, open, close, feed } = setUp();
  open(100, 3, '/tmp/a');
  stream.event('SYSCALL_WRITE_X', 100, { res: 10, data: Buffer.from('abc'), fd: 3, size: 10 });
  stream.event('SYSCALL_MMAP_X', 100, { res: 4096, prot: 3, flags: 1, fd: 3 });
  stream.event('SYSCALL_SENDFILE_X', 100, { res: 5, out_fd: 3, in_fd: 4, size: 5, offset: 0 });
  stream.event('SYSCALL_IO_URING_ENTER_X', 100, { res: 1, fd: 9 });
  stream.event('SYSCALL_PWRITE_X', 100, { res: 1, data: Buffer.from('x'), fd: 3, size: 1, pos: 2 ** 50 });
  close(100, 3);
  feed();
  assert.match(told[0]?.missing.join('; ') ?? '', /^7 of its bytes.*mapping.*kernel.*io_uring.*beyond/);
});

test('what the kernel copies from a file of the capture is known', () => {
  const { stream, told, open, close, feed } = setUp();
  open(100, 3, '/tmp/a');
  stream.write(100, 3, 'payload');
  close(100, 3);
  const reads = { dirfd: -100, name: '/tmp/a', flags: 1, dev: 5, ino: 7 };
  stream.event('SYSCALL_OPENAT_2_X', 100, { fd: 4, ...reads });
  open(100, 5, '/tmp/b', CREATED, 8);
  for (const res of [3, 4, 0]) {
    stream.event('SYSCALL_COPY_FILE_RANGE_X', 100, { res, fdout: 5, offout: 0, fdin: 4, offin: 0, len: 999 });
  }
  close(100, 5);
  open(100, 5, '/tmp/c', CREATED, 9);
  stream.event('SYSCALL_SENDFILE_X', 100, { res: 4, out_fd: 5, in_fd: 4, offset: 3, size: 9 });
  close(100, 5);
  open(100, 5, '/tmp/d', CREATED, 10);
  stream.event('SYSCALL_SENDFILE_X', 100, { res: 4, out_fd: 5, in_fd: 6, offset: 0, size: 9 });
  close(100, 5);
  feed();
  assert.deepEqual(
    told.map(({ path, text, missing }) => [path, text, missing.length]),
    [
      ['/tmp/a', 'payload', 0],
      ['/tmp/b', 'payload', 0],
      ['/tmp/c', 'load', 0],
      ['/tmp/d', '', 1],
    ],
  );
});

test('a running digest knows a whole copy, not a part', () => {
  const source = new RunningDigest();
  source.write(0, Buffer.from('payload'));
  const whole = new RunningDigest();
  assert.equal(whole.copy(0, source, 0, 7), true);
  whole.write(7, Buffer.from('!'));
  assert.equal(whole.digest(), sha256('payload!'));
  assert.equal(source.digest(), sha256('payload'));
  assert.equal(new RunningDigest().copy(0, source, 0, 6), false);
  assert.equal(new RunningDigest().copy(1, source, 0, 7), false);
});

test('renamed and removed files keep what they are', () => {
  const { stream, told, open, close, feed } = setUp();
  open(100, 3, '/tmp/a');
  stream.write(100, 3, 'x');
  stream.event('SYSCALL_RENAME_X', 100, { res: 0, oldpath: '/tmp/a', newpath: '/tmp/b' });
  stream.event('SYSCALL_UNLINK_2_X', 100, { res: 0, path: '/tmp/b' });
  close(100, 3);
  feed();
  assert.deepEqual(
    told.map(({ path, removed }) => [path, removed]),
    [['/tmp/b', true]],
  );
});

test('devices and sockets are no files; a descriptor given anew is not the old one', () => {
  const { stream, told, open, close, feed, finish } = setUp();
  open(100, 3, '/dev/null');
  stream.write(100, 3, 'x');
  close(100, 3);
  open(100, 4, '/tmp/a');
  stream.write(100, 4, 'file');
  stream.accept(100, 4, '198.51.100.7', 4000);
  stream.write(100, 4, 'to the socket');
  feed();
  finish();
  assert.deepEqual(
    told.map(({ text }) => text),
    ['file'],
  );
});

test('a session tells the files that were written in it, with their hashes', () => {
  const inspector = new Inspector();
  const stream = new Stream();
  const documents: WaspglassDocument[] = [];
  const tracker = new SessionTracker(inspector, { host: 'web1', emit: (d) => void documents.push(d) });
  const sshd = new Sshd(stream);
  sshd.connect(100, '198.51.100.7', 4001);
  sshd.shell(100, ['-bash']);
  stream.fork(102, 110, 'bash');
  stream.exec(110, 102, '/usr/bin/wget', ['wget', 'x']);
  const flags = WRITE | CREATED;
  stream.event('SYSCALL_OPENAT_2_X', 110, { fd: 4, dirfd: -100, name: '/tmp/x', flags, dev: 5, ino: 7 });
  stream.write(110, 4, 'payload ');
  stream.write(110, 4, 'of the attacker');
  stream.event('SYSCALL_OPENAT_2_X', 110, { fd: 5, dirfd: -100, name: '/tmp/y', flags, dev: 5, ino: 8 });
  stream.event('SYSCALL_PWRITE_X', 110, { res: 1, data: Buffer.from('b'), fd: 5, size: 1, pos: 1 });
  stream.event('SYSCALL_PWRITE_X', 110, { res: 1, data: Buffer.from('a'), fd: 5, size: 1, pos: 0 });
  stream.exit(110);
  inspector.feed(stream.take());
  tracker.finish();
  const written = documents.filter((d): d is FileDocument => d.event.action === 'written');
  assert.deepEqual(
    written.map(({ file, waspglass }) => [file?.path, file?.size, file?.hash?.sha256, waspglass.incomplete]),
    [
      ['/tmp/x', 23, sha256('payload of the attacker'), undefined],
      ['/tmp/y', 2, undefined, ['its hash is not known: written out of order']],
    ],
  );
  assert.equal(written[0]?.process?.name, 'wget');
});

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { waitFor } from '@waspglass/kit';
import type { TailedLine, TailerLoss, TailerOptions } from '../src/index.ts';
import { Tailer } from '../src/index.ts';

let root = '';
let log = '';
let lines: TailedLine[] = [];
let losses: TailerLoss[] = [];
const tailers: Tailer[] = [];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'waspglass-tailer-'));
  mkdirSync(join(root, 'var/log'), { recursive: true });
  log = join(root, 'var/log/auth.log');
  lines = [];
  losses = [];
});

afterEach(() => {
  for (const t of tailers.splice(0)) t.stop();
  rmSync(root, { recursive: true, force: true });
});

function tailer(options: Partial<TailerOptions> = {}): Tailer {
  const t = new Tailer({
    path: '/var/log/auth.log',
    root,
    onLine: (line) => lines.push(line),
    onLost: (loss) => losses.push(loss),
    ...options,
  });
  tailers.push(t);
  return t;
}

const texts = () => lines.map((l) => l.text);
const reasons = () => losses.map((l) => l.reason);

test('lines come with their offsets, unfinished ones when they are whole', () => {
  writeFileSync(log, 'one\ntwo\r\nthr');
  const t = tailer();
  t.look();
  assert.deepEqual(texts(), ['one', 'two']);
  assert.deepEqual(
    lines.map((l) => l.offset),
    [0, 4],
  );
  appendFileSync(log, 'ee\n');
  t.look();
  assert.deepEqual(texts(), ['one', 'two', 'three']);
  assert.equal(lines[2]?.file, '/var/log/auth.log');
});

test('a started tailer sees appended lines soon', async () => {
  writeFileSync(log, '');
  tailer().start();
  appendFileSync(log, 'a\n');
  await waitFor(() => lines.length === 1, { limit: 2000, what: 'the first line' });
  truncateSync(log);
  appendFileSync(log, 'b\n');
  await waitFor(() => lines.length === 2, { limit: 2000, what: 'the second line' });
});

test('an emptied file is read from its start, and keeps apart what has the same offset', () => {
  writeFileSync(log, 'first\nsecond\n');
  const t = tailer();
  t.look();
  writeFileSync(log, 'third\n');
  t.look();
  assert.deepEqual(texts(), ['first', 'second', 'third']);
  assert.deepEqual(reasons(), ['truncated']);
  assert.equal(lines[2]?.offset, 0);
  assert.notEqual(lines[0]?.identity, lines[2]?.identity);
});

test('a file that was emptied and outgrew its old size between two looks is noticed', () => {
  writeFileSync(log, 'first\n');
  const t = tailer();
  t.look();
  writeFileSync(log, 'a much longer line than before\nand another\n');
  t.look();
  assert.deepEqual(texts(), ['first', 'a much longer line than before', 'and another']);
});

test('a rotated file is read to its end, also what is written to it later', () => {
  writeFileSync(log, 'one\n');
  const t = tailer();
  t.look();
  appendFileSync(log, 'two\n');
  renameSync(log, `${log}.1`);
  writeFileSync(log, 'three\n');
  t.look();
  appendFileSync(`${log}.1`, 'late\n');
  t.look();
  assert.deepEqual(texts(), ['one', 'two', 'three', 'late']);
  assert.deepEqual(reasons(), ['replaced']);
});

test('a removed file is still read through its descriptor until a new one has its name', () => {
  writeFileSync(log, 'one\n');
  const t = tailer();
  t.look();
  appendFileSync(log, 'two\n');
  unlinkSync(log);
  t.look();
  assert.deepEqual(texts(), ['one', 'two']);
  assert.deepEqual(reasons(), ['removed']);
  writeFileSync(log, 'three\n');
  t.look();
  assert.deepEqual(texts(), ['one', 'two', 'three']);
});

test('many rotations keep few files open', () => {
  const t = tailer();
  for (let i = 0; i < 20; i++) {
    writeFileSync(log, `line ${i}\n`);
    t.look();
    renameSync(log, `${log}.${i}`);
  }
  assert.equal(lines.length, 20);
  assert.ok(t.position.files.length <= 5);
});

test('links, FIFOs, devices and directories are refused, in any component', () => {
  const secret = join(root, 'secret');
  mkdirSync(secret);
  writeFileSync(join(secret, 'auth.log'), 'host secret\n');
  writeFileSync(log, 'one\n');
  const t = tailer();
  t.look();
  unlinkSync(log);
  const refused = (make: () => void, undo: () => void) => {
    const before = losses.length;
    make();
    t.look();
    t.look();
    assert.deepEqual(
      losses.slice(before).map((l) => l.reason),
      ['refused'],
    );
    undo();
  };
  refused(
    () => symlinkSync(join(secret, 'auth.log'), log),
    () => unlinkSync(log),
  );
  refused(
    () => mkdirSync(log),
    () => rmSync(log, { recursive: true }),
  );
  refused(
    () => execFileSync('mkfifo', [log]),
    () => unlinkSync(log),
  );
  renameSync(join(root, 'var/log'), join(root, 'var/log.old'));
  refused(
    () => symlinkSync(secret, join(root, 'var/log')),
    () => unlinkSync(join(root, 'var/log')),
  );
  renameSync(join(root, 'var/log.old'), join(root, 'var/log'));
  writeFileSync(log, 'two\n');
  t.look();
  assert.deepEqual(texts(), ['one', 'two']);
});

test('paths that could leave the root are errors', () => {
  for (const path of ['var/log', '/var/../etc/passwd', '/', '/var/./log']) {
    assert.throws(() => tailer({ path }), { code: 'WG_LOG_BAD_PATH' });
  }
});

test('long lines, NUL bytes and bytes that are no UTF-8', () => {
  writeFileSync(
    log,
    Buffer.concat([Buffer.alloc(100_000, 'x'), Buffer.from('\n'), Buffer.from([0, 0, 0x61, 0xff, 0x62, 10])]),
  );
  const t = tailer();
  t.look();
  assert.equal(lines[0]?.text.length, 8192);
  assert.equal(lines[0]?.cut, 100_000 - 8192);
  assert.equal(lines[1]?.text, 'a\ufffdb');
});

test('a hole does not hide what comes behind it', () => {
  writeFileSync(log, 'one\n');
  const t = tailer();
  t.look();
  truncateSync(log, 10 * 1024 * 1024 * 1024);
  appendFileSync(log, '\ntwo\n');
  t.look();
  assert.deepEqual(texts(), ['one', 'two']);
  assert.deepEqual(reasons(), ['skipped']);
  assert.ok(t.stats.skippedBytes > 10_000_000_000);
});

test('a restart goes on where the last one stopped, in renamed files too', () => {
  writeFileSync(log, 'one\ntwo\npart');
  const first = tailer();
  first.look();
  const position = structuredClone(first.position);
  appendFileSync(log, 'ial\n');
  renameSync(log, `${log}.1`);
  writeFileSync(log, 'new\n');
  tailer({ position }).look();
  assert.deepEqual(texts(), ['one', 'two', 'partial', 'new']);
});

test('a restart after the file was rewritten starts over', () => {
  writeFileSync(log, 'one\ntwo\n');
  const first = tailer();
  first.look();
  writeFileSync(log, 'other content\nmore\n');
  tailer({ position: structuredClone(first.position) }).look();
  assert.deepEqual(texts(), ['one', 'two', 'other content', 'more']);
});

test('starting at the end skips what is there', () => {
  writeFileSync(log, 'old\n');
  const t = tailer({ from: 'end' });
  t.look();
  appendFileSync(log, 'new\n');
  t.look();
  assert.deepEqual(texts(), ['new']);
});

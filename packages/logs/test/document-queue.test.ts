import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { waitFor } from '@waspglass/kit';
import { BatchWriter } from '../src/batch-writer.ts';
import type { WaspglassDocument } from '../src/index.ts';
import { DocumentQueue, DocumentQueueReader, documentId, JsonLinesFile, newestDocuments } from '../src/index.ts';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'waspglass-queue-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const doc = (n: number): WaspglassDocument => ({
  _id: `id-${n}`,
  '@timestamp': '2026-11-25T12:00:00.000Z',
  message: 'a line\nwith a break',
  event: { dataset: 'system.syslog' },
  host: { name: 'web1' },
  waspglass: { program: 'x' },
});
const ids = (batch: { documents: readonly WaspglassDocument[] }) => batch.documents.map((d) => d._id);
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => `id-${from + i}`);

test('the newest file tells what was written last, up to a line that a kill cut', async () => {
  assert.deepEqual([...newestDocuments(directory)], []);
  for (const [from, to] of [
    [0, 3],
    [3, 5],
  ] as const) {
    const queue = new DocumentQueue({ directory });
    for (let i = from; i < to; i++) queue.push(doc(i));
    await queue.close();
  }
  appendFileSync(join(directory, 'documents.00000001.jsonl'), '{"_id":"cut');
  assert.deepEqual(ids({ documents: [...newestDocuments(directory)] }), range(3, 5));
});

test('what is written is read, in order, over rotated files', async () => {
  const queue = new DocumentQueue({ directory, fileBytes: 1000 });
  for (let i = 0; i < 30; i++) {
    queue.push(doc(i));
    if (i % 5 === 4) assert.equal(await queue.flush(), true);
  }
  assert.equal(await queue.close(), true);
  assert.ok(readdirSync(directory).length > 2);
  const reader = new DocumentQueueReader({ directory });
  assert.deepEqual(ids(reader.next(7)), range(0, 7));
  const position = reader.position;
  assert.deepEqual(ids(new DocumentQueueReader({ directory, position }).next()), range(7, 30));
  assert.deepEqual(ids(reader.next()), range(7, 30));
  assert.deepEqual(ids(reader.next()), []);
  assert.ok(reader.consume(reader.position) >= 2);
  assert.equal(readdirSync(directory).length, 1);
  assert.deepEqual(ids(new DocumentQueueReader({ directory, position: reader.position }).next()), []);
});

test('a writer that starts again uses a new file, behind an unfinished line', async () => {
  writeFileSync(join(directory, 'documents.00000004.jsonl'), `${JSON.stringify(doc(0))}\n{"_id":"half`);
  const reader = new DocumentQueueReader({ directory });
  assert.deepEqual(ids(reader.next()), ['id-0']);
  assert.deepEqual(ids(reader.next()), []);
  const queue = new DocumentQueue({ directory });
  queue.push(doc(1));
  await queue.close();
  assert.deepEqual(readdirSync(directory).sort(), ['documents.00000004.jsonl', 'documents.00000005.jsonl']);
  assert.deepEqual(ids(reader.next()), ['id-1']);
  assert.equal(reader.stats.unfinished, 1);
});

test('an unfinished last line is left until it is complete', () => {
  const file = join(directory, 'documents.00000000.jsonl');
  const text = JSON.stringify(doc(1));
  writeFileSync(file, text.slice(0, 20));
  const reader = new DocumentQueueReader({ directory });
  assert.deepEqual(ids(reader.next()), []);
  appendFileSync(file, `${text.slice(20)}\n`);
  assert.deepEqual(ids(reader.next()), ['id-1']);
});

test('broken and endless lines are counted and skipped', () => {
  const file = join(directory, 'documents.00000000.jsonl');
  writeFileSync(file, `not json\n{"a":1}\nnull\n${'x'.repeat(3_000_000)}\n${JSON.stringify(doc(1))}\n`);
  const reader = new DocumentQueueReader({ directory });
  assert.deepEqual(ids(reader.next()), ['id-1']);
  assert.deepEqual(reader.stats, { documents: 1, corrupt: 3, tooLong: 1, unfinished: 0 });
});

test('a killed writer loses nothing that was flushed and leaves a readable queue', async () => {
  const script = `
    import { DocumentQueue } from ${JSON.stringify(new URL('../src/index.ts', import.meta.url).href)};
    const queue = new DocumentQueue({ directory: ${JSON.stringify(directory)}, fileBytes: 20000, batchMs: 5 });
    let n = 0;
    setInterval(async () => {
      for (let i = 0; i < 50; i++) queue.push({ _id: 'id-' + n++, event: { dataset: 'system.syslog' } });
      const upTo = n;
      if (await queue.flush()) process.stdout.write(upTo + '\\n');
    }, 1);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  let said = '';
  child.stdout.on('data', (bytes: Buffer) => {
    said += bytes.toString();
  });
  await waitFor(() => said.split('\n').length > 20, { limit: 8000, what: 'the writer' });
  child.kill('SIGKILL');
  await exited;
  const flushed = Number(said.trim().split('\n').at(-1));
  const reader = new DocumentQueueReader({ directory });
  const read = ids(reader.next(10_000_000));
  assert.ok(read.length >= flushed);
  assert.deepEqual(read, range(0, read.length));
  assert.equal(reader.stats.corrupt, 0);
});

test('a full disk is waited for, what exceeds the bound is counted', async () => {
  const file = join(directory, 'x');
  let full = true;
  const handle = await open(file, 'a');
  const writer = new BatchWriter(
    {
      open: async () => {
        if (full) throw new Error('ENOSPC: no space left on device');
        return handle;
      },
      close: () => handle.close(),
    },
    { batchMs: 1, retryMs: 5, pendingLimit: 100 },
  );
  writer.push('a'.repeat(50));
  assert.equal(await writer.flush(), false);
  for (let i = 0; i < 5; i++) writer.push('b'.repeat(40));
  assert.equal(writer.stats.lost, 3);
  assert.match(writer.stats.lastError, /ENOSPC/);
  full = false;
  await waitFor(() => readFileSync(file).length > 100, { limit: 2000, what: 'the retry' });
  assert.equal(await writer.close(), true);
  assert.equal(readFileSync(file, 'utf8'), `${'a'.repeat(50)}\n${'b'.repeat(40)}\n${'b'.repeat(40)}\n`);
});

test('/dev/full: nothing throws', async () => {
  const alerts = new JsonLinesFile('/dev/full', { batchMs: 1, retryMs: 60_000 });
  alerts.append({ a: 1 });
  assert.equal(await alerts.flush(), false);
  assert.match(alerts.stats.lastError, /ENOSPC/);
  assert.equal(await alerts.close(), false);
});

test('a JSON-lines file that was rotated away is opened anew', async () => {
  const path = join(directory, 'alerts.jsonl');
  const alerts = new JsonLinesFile(path);
  alerts.append({ n: 1 });
  await alerts.flush();
  renameSync(path, `${path}.1`);
  alerts.append({ n: 2 });
  await alerts.close();
  assert.equal(readFileSync(`${path}.1`, 'utf8'), '{"n":1}\n');
  assert.equal(readFileSync(path, 'utf8'), '{"n":2}\n');
});

test('watching tells of new documents', async () => {
  const reader = new DocumentQueueReader({ directory });
  let seen: string[] = [];
  const stop = reader.watch(() => {
    seen = seen.concat(ids(reader.next()));
  });
  const queue = new DocumentQueue({ directory });
  queue.push(doc(1));
  await waitFor(() => seen.length === 1, { limit: 3000, what: 'the document' });
  stop();
  await queue.close();
});

test('ids depend on every part and its bounds', () => {
  assert.equal(documentId('a', 1), documentId('a', '1'));
  assert.notEqual(documentId('ab', 'c'), documentId('a', 'bc'));
});

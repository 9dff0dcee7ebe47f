import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { waitFor } from '@waspglass/kit';
import {
  type ClosedFile,
  captureName,
  captureSeq,
  concat,
  EventEncoder,
  encodeSection,
  Recorder,
  type RecorderOptions,
  readCapture,
} from '@waspglass/scap';
import { eventId } from '@waspglass/schema';

function directory(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'waspglass-recorder-'));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

function chunk(events: number, tid = 1): Uint8Array {
  const encoder = new EventEncoder();
  for (let i = 0; i < events; i++) {
    encoder.begin(eventId.SYSCALL_CLOSE_X, i, 0, tid, 0, 1);
    encoder.i64(i);
    encoder.end();
  }
  return encoder.take();
}

function recorder(path: string, options: Partial<RecorderOptions> = {}): Recorder {
  return new Recorder({ directory: path, freshHeader: encodeSection, ...options });
}

async function countEvents(file: string): Promise<{ events: number; error: unknown }> {
  let events = 0;
  const error = await readCapture([file], {
    onEvent: () => {
      events++;
    },
  }).then(
    () => undefined,
    (e: unknown) => e,
  );
  return { events, error };
}

test('names carry UTC time and a growing number', () => {
  const name = captureName('image', new Date('2026-01-02T03:04:05.678Z'), 7);
  assert.equal(name, 'image.20260102-030405.000007.scap.gz');
  assert.equal(captureSeq('image', name), 7);
  assert.equal(captureSeq('other', name), undefined);
  assert.equal(captureSeq('image', 'image.20260102-030405.000007.scap.gz.part'), undefined);
});

test('files rotate on command, numbers go on after those in the directory', async (t) => {
  const path = directory(t);
  writeFileSync(join(path, 'image.20200101-000000.000041.scap.gz'), '');
  const closed: ClosedFile[] = [];
  const grown: number[] = [];
  const r = recorder(path, { onFile: (f) => closed.push(f), onGrowth: ({ bytes }) => grown.push(bytes) });
  const first = r.begin(encodeSection());
  assert.match(first ?? '', /^image\.\d{8}-\d{6}\.000042\.scap\.gz$/);
  r.write(chunk(10), 10);
  r.write(chunk(5), 5);
  const second = r.begin(encodeSection());
  assert.match(second ?? '', /\.000043\.scap\.gz$/);
  r.write(chunk(3), 3);
  const last = await r.end();
  assert.equal(await r.end(), undefined);
  await r.close();
  assert.deepEqual(
    closed.map(({ name, events }) => [name, events]),
    [
      [first, 15],
      [second, 3],
    ],
  );
  assert.deepEqual(last, closed[1]);
  assert.equal(statSync(join(path, first ?? '')).size, closed[0]?.bytes);
  assert.equal(statSync(join(path, first ?? '')).mode & 0o777, 0o640);
  assert.equal(
    grown.reduce((a, b) => a + b, 0),
    closed.reduce((sum, f) => sum + f.bytes, 0),
  );
  assert.deepEqual(await countEvents(join(path, first ?? '')), { events: 15, error: undefined });
  assert.deepEqual(await countEvents(join(path, second ?? '')), { events: 3, error: undefined });
  assert.equal(r.stats.lostEvents, 0);
});

test('every flush is a member of its own; a cut file reads to the last whole one', async (t) => {
  const path = directory(t);
  let growths = 0;
  const r = recorder(path, { flushMs: 1, onGrowth: () => growths++ });
  const name = r.begin(encodeSection()) ?? '';
  for (let i = 0; i < 3; i++) {
    const before = growths;
    r.write(chunk(100), 100);
    await waitFor(() => growths > before, { limit: 5000, what: 'a flush' });
  }
  await r.close();
  const bytes = readFileSync(join(path, name));
  assert.equal(gunzipSync(bytes).length, concat([encodeSection(), chunk(300)]).length);
  const starts = memberStarts(bytes);
  assert.equal(starts.length, 4);
  const cutFile = join(path, 'cut.scap.gz');
  const last = starts[3] ?? 0;
  for (let at = last + 2; at < bytes.length; at += 97) {
    writeFileSync(cutFile, bytes.subarray(0, at));
    const { events, error } = await countEvents(cutFile);
    assert.ok(events >= 200 && events <= 300, `${events} events when cut at ${at}`);
    if (at < last + 10) continue;
    assert.match(String(error), /WG_SCAP_GZIP_TRUNCATED/, `cut at ${at} of ${bytes.length}`);
  }
});

function memberStarts(bytes: Uint8Array): number[] {
  const starts: number[] = [];
  for (let i = 0; i + 3 < bytes.length; i++) {
    if (bytes[i] === 0x1f && bytes[i + 1] === 0x8b && bytes[i + 2] === 8 && bytes[i + 3] === 0) starts.push(i);
  }
  return starts;
}

test('a killed process leaves a file that reads to the last flush', async (t) => {
  const path = directory(t);
  const code = `
    const { Recorder, EventEncoder, encodeSection } = await import('@waspglass/scap');
    let flushed = 0;
    const r = new Recorder({ directory: ${JSON.stringify(path)}, freshHeader: encodeSection, flushMs: 5,
      onGrowth: ({ rawBytes }) => { flushed += rawBytes; console.log(flushed); } });
    r.begin(encodeSection());
    const encoder = new EventEncoder();
    setInterval(() => {
      for (let i = 0; i < 500; i++) { encoder.begin(5, i, 0, 1, 0, 1); encoder.i64(i); encoder.end(); }
      const events = encoder.events;
      r.write(encoder.take(), events);
    }, 1);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { cwd: import.meta.dirname });
  t.after(() => child.kill('SIGKILL'));
  let flushed = 0;
  child.stdout.on('data', (text: Buffer) => {
    flushed = Number(text.toString().trim().split('\n').at(-1));
  });
  await waitFor(() => flushed > 200_000, { limit: 10_000, what: 'some flushes' });
  child.kill('SIGKILL');
  await once(child, 'exit');
  const [name = ''] = readdirSync(path);
  const { events } = await countEvents(join(path, name));
  const eventBytes = chunk(1).length;
  assert.ok(events * eventBytes >= flushed - encodeSection().length, `${events} events, ${flushed} bytes flushed`);
});

test('when no file can be written, losses are counted and recording resumes', async (t) => {
  const path = join(directory(t), 'captures');
  const errors: Error[] = [];
  const begun: string[] = [];
  const r = recorder(path, { retryMs: 0, onError: (e) => errors.push(e), onBegin: (name) => begun.push(name) });
  rmSync(path, { recursive: true });
  assert.equal(r.begin(encodeSection()), undefined);
  r.write(chunk(4), 4);
  assert.equal(r.stats.lostEvents, 4);
  assert.match(String(errors[0]), /WG_SCAP_RECORD: .*captures/);
  writeFileSync(path, 'not a directory');
  r.write(chunk(2), 2);
  rmSync(path);
  const again = recorder(path);
  await again.close();
  r.write(chunk(6), 6);
  const closed = await r.end();
  await r.close();
  assert.equal(closed?.events, 6);
  assert.deepEqual(begun, [closed?.name]);
  assert.equal(r.stats.lostEvents, 6);
});

test('chunks beyond the limit are dropped and counted', async (t) => {
  const errors: Error[] = [];
  const r = recorder(directory(t), { maxPending: 10_000, onError: (e) => errors.push(e) });
  r.begin(encodeSection());
  r.write(chunk(100), 100);
  r.write(chunk(1000), 1000);
  assert.equal(r.stats.lostEvents, 1000);
  assert.equal(errors.length, 1);
  const closed = await r.end();
  await r.close();
  assert.equal(closed?.events, 100);
});

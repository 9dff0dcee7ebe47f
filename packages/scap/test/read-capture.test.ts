import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { constants, gzipSync, unzipSync } from 'node:zlib';
import { WaspglassError } from '@waspglass/kit';
import { concat, EventEncoder, encodeMachine, encodeSection, readCapture } from '@waspglass/scap';

function files(t: TestContext, contents: Record<string, Uint8Array>): string[] {
  const path = mkdtempSync(join(tmpdir(), 'waspglass-read-'));
  t.after(() => rmSync(path, { recursive: true }));
  return Object.entries(contents).map(([name, bytes]) => {
    writeFileSync(join(path, name), bytes);
    return join(path, name);
  });
}

/** A capture of closes whose parameter counts from `first`. */
function closes(count: number, first = 0): Uint8Array {
  const encoder = new EventEncoder();
  for (let i = 0; i < count; i++) {
    encoder.begin(5, 1000 + i, 0, 1, 0, 1);
    encoder.i64(first + i);
    encoder.end();
  }
  return concat([encodeSection(), encoder.take()]);
}

test('several files, plain and gzip, are one stream', async (t) => {
  const paths = files(t, { 'a.scap': closes(3), 'b.gz': gzipSync(closes(2, 3)), 'c.gz': closes(1, 5) });
  const got: number[][] = [];
  const names: string[] = [];
  const progress: number[] = [];
  const stats = await readCapture(
    paths,
    {
      onEvent: (c) => {
        got.push([c.num, c.i64(0, -1)]);
      },
    },
    { onFile: (name) => names.push(name), onProgress: ({ events }) => void progress.push(events) },
  );
  assert.deepEqual(
    got,
    [0, 1, 2, 3, 4, 5].map((i) => [i + 1, i]),
  );
  assert.deepEqual(names, paths);
  assert.equal(progress.at(-1), 6);
  assert.deepEqual([stats.files, stats.events, stats.sections, stats.stopped], [3, 6, 3, false]);
});

/** A part of a recording of a machine: events at these seconds. */
function part(machine: string, ...seconds: number[]): Uint8Array {
  const encoder = new EventEncoder();
  for (const second of seconds) {
    const time = BigInt(second) * 1_000_000_000n;
    encoder.begin(5, Number(time & 0xffffffffn), Number(time >> 32n), 1, 0, 1);
    encoder.i64(second);
    encoder.end();
  }
  const hostname = new TextEncoder().encode(machine);
  return concat([
    encodeSection(),
    encodeMachine({ cpus: 1, memory: 1n, maxPid: 1n, hostname, bootTime: 1n }),
    encoder.take(),
  ]);
}

async function secondsOf(paths: readonly string[]): Promise<number[]> {
  const seconds: number[] = [];
  await readCapture(paths, { onEvent: (c) => void seconds.push(c.i64(0, -1)) });
  return seconds;
}

test('the files of a recording are read in the order of time, whatever order they are named in', async (t) => {
  const [ten, two, one, other, none] = files(t, {
    'x.scap10': part('web', 0, 30, 31),
    'x.scap2': gzipSync(part('web', 20, 21)),
    'x.scap1': part('web', 10),
    'y.scap': part('db', 5),
    'none.scap': part('web'),
  }) as [string, string, string, string, string];
  assert.deepEqual(await secondsOf([ten, two, one]), [10, 20, 21, 0, 30, 31]);
  assert.deepEqual(await secondsOf([two, one, ten]), [10, 20, 21, 0, 30, 31]);
  assert.deepEqual(await secondsOf([two, other, none, one]), [10, 5, 20, 21]);
  await assert.rejects(secondsOf([two, `${one}.gone`, one]), { code: 'WG_SCAP_READ', message: /scap1\.gone/ });
});

test('our own files are read in the order of their numbers, also when the clock was set back', async (t) => {
  const paths = files(t, {
    'image.20260102-030405.000003.scap.gz': gzipSync(part('web', 5)),
    'image.20260102-030405.000001.scap.gz': gzipSync(part('web', 10)),
    'image.20260102-030405.000002.scap.gz': part('web', 20),
  });
  assert.deepEqual(await secondsOf(paths), [10, 20, 5]);
});

test('reading waits for whoever takes the results', async (t) => {
  const encoder = new EventEncoder();
  for (let i = 0; i < 400; i++) {
    encoder.begin(7, i, 0, 1, 0, 2);
    encoder.i64(i);
    encoder.bytes(randomBytes(20_000));
    encoder.end();
  }
  const bytes = concat([encodeSection(), encoder.take()]);
  const [plain, packed] = files(t, { 'a.scap': bytes, 'a.gz': gzipSync(bytes) }) as [string, string];
  const pipe = join(dirname(plain), 'pipe');
  assert.equal(spawnSync('mkfifo', [pipe]).status, 0);
  for (const path of [plain, packed, pipe]) {
    const writer = path === pipe ? spawn('cp', [plain, pipe], { stdio: 'ignore' }) : undefined;
    let waiting = false;
    let pauses = 0;
    let last = 0;
    let most = 0;
    const onProgress = async () => {
      waiting = true;
      pauses++;
      for (let turn = 0; turn < 20; turn++) await setImmediate();
      waiting = false;
      most = Math.max(most, last);
      last = 0;
    };
    const stats = await readCapture(
      [path],
      {
        onEvent: (c) => {
          if (waiting) assert.fail(`event ${c.num} of ${path} while the results wait`);
          last++;
        },
      },
      { onProgress },
    );
    assert.equal(stats.events, 400);
    assert.ok(pauses >= 6 && most <= 110, `${path}: ${pauses} pauses, ${most} events at once`);
    writer?.kill();
  }
});

test('the handler stops the reading, in a plain file and in a compressed one', async (t) => {
  const paths = files(t, { 'a.scap': closes(100), 'a.gz': gzipSync(closes(100)) });
  for (const path of paths) {
    const stats = await readCapture([path, path], { onEvent: (c) => c.num < 10 });
    assert.deepEqual([stats.events, stats.files, stats.stopped], [10, 1, true]);
  }
});

test('more input than the buffer holds goes around the ring', async (t) => {
  const many = 3000;
  const encoder = new EventEncoder();
  for (let i = 0; i < many; i++) {
    encoder.begin(7, i, 0, 1, 0, 2);
    encoder.i64(i);
    encoder.bytes(new Uint8Array(8001 + (i % 7)));
    encoder.end();
  }
  const bytes = concat([encodeSection(), encoder.take()]);
  assert.ok(bytes.length > 20 << 20);
  for (const path of files(t, { 'a.scap': bytes, 'a.gz': gzipSync(bytes, { level: 1 }) })) {
    let next = 0;
    await readCapture([path], {
      onEvent: (c) => {
        if (c.i64(0, -1) !== next++) assert.fail(`event ${c.num}`);
      },
    });
    assert.equal(next, many);
  }
});

test('a compressed file gives all that stands before its damage', async (t) => {
  const encoder = new EventEncoder();
  for (let i = 0; i < 60_000; i++) {
    encoder.begin(5, Math.imul(i, 0x9e3779b1) >>> 0, 0, 1, 0, 1);
    encoder.i64(i);
    encoder.end();
  }
  const bytes = concat([encodeSection(), encoder.take()]);
  const packed = gzipSync(bytes, { level: 1 });
  for (const part of [0.1, 0.5, 0.9]) {
    const at = Math.floor(packed.length * part);
    const sound = unzipSync(packed.subarray(0, at), { finishFlush: constants.Z_SYNC_FLUSH }).length;
    const whole = Math.floor((sound - 28) / ((bytes.length - 28) / 60_000));
    const damaged = Uint8Array.from(packed);
    damaged.fill(0xff, at, at + 2000);
    // Below and above the size from which on a second thread inflates.
    const large = concat([damaged, new Uint8Array(2 << 20)]);
    for (const path of files(t, { 'a.gz': damaged, 'b.gz': large })) {
      let told = 0;
      const reading = readCapture([path], {
        onEvent: (c) => {
          if (c.i64(0, -1) === told) told++;
        },
      });
      await assert.rejects(reading, (error) => {
        assert.ok(error instanceof WaspglassError);
        return (error.at.offset ?? 0) >= at;
      });
      assert.ok(told >= whole, `${told} of ${whole} before the damage`);
    }
  }
});

test('a missing file is one error with its name', async () => {
  await assert.rejects(readCapture(['/nonexistent/x.scap'], { onEvent: () => true }), {
    name: 'WaspglassError',
    code: 'WG_SCAP_READ',
    message: /\/nonexistent\/x\.scap: .*ENOENT/,
  });
  await assert.rejects(readCapture(['/'], { onEvent: () => true }), { code: 'WG_SCAP_READ' });
});

test('standard input is read, plain and gzip', () => {
  const code = `
    const { readCapture } = await import('@waspglass/scap');
    const stats = await readCapture(['-'], { onEvent: () => true });
    console.log(stats.events);`;
  for (const input of [closes(50), gzipSync(closes(50))]) {
    const args = ['--input-type=module', '-e', code];
    const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: import.meta.dirname, input, encoding: 'utf8' });
    assert.equal(stdout, '50\n', stderr);
  }
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Io } from '../src/command.ts';
import { LineOutput } from '../src/read/line-output.ts';

const LINES = 40_000;
const lineOf = (i: number) => `line ${i} ${'x'.repeat(i % 50)}`;
const expected = Array.from({ length: LINES }, (_, i) => `${lineOf(i)}\n`).join('');

function outputTo(out: Io['out'], failed: () => void = () => assert.fail('no failure is expected')): LineOutput {
  const io: Io = {
    out,
    err: () => undefined,
    outIsTerminal: false,
    errIsTerminal: false,
    signal: new AbortController().signal,
  };
  return new LineOutput(io, failed);
}

test('a receiver that takes chunks at once gets them while lines are written', async () => {
  let received = '';
  const output = outputTo((chunk) => {
    received += Buffer.from(chunk).toString();
  });
  for (let i = 0; i < LINES; i++) output.line(lineOf(i));
  assert.ok(received.length > expected.length - 100_000);
  await output.close();
  assert.equal(received, expected);
});

test('a slow receiver gets everything in order, and no chunk changes before it has taken it', async () => {
  const held: { chunk: string | Uint8Array; text: string }[] = [];
  let received = '';
  const output = outputTo(async (chunk) => {
    held.push({ chunk, text: Buffer.from(chunk).toString() });
    await new Promise((resolve) => setImmediate(resolve));
    for (const { chunk: now, text } of held.splice(0)) {
      assert.equal(Buffer.from(now).toString(), text);
      received += text;
    }
  });
  for (let i = 0; i < LINES; i++) {
    output.line(lineOf(i));
    if (i % 7000 === 0) await output.flush();
  }
  await output.close();
  assert.equal(received, expected);
});

test('a line longer than a chunk is one line', async () => {
  let received = '';
  const output = outputTo(async (chunk) => {
    received += Buffer.from(chunk).toString();
  });
  const long = 'y'.repeat(300_000);
  for (const text of ['a', long, 'b']) output.line(text);
  await output.close();
  assert.equal(received, `a\n${long}\nb\n`);
});

for (const [kind, refuse] of [
  ['at once', () => assert.fail('gone')],
  ['later', () => Promise.reject(new Error('gone'))],
] as const) {
  test(`a receiver that fails ${kind} ends the output`, async () => {
    let failures = 0;
    let chunks = 0;
    const output = outputTo(
      () => {
        chunks++;
        return refuse();
      },
      () => {
        failures++;
      },
    );
    for (let i = 0; i < LINES; i++) output.line(lineOf(i));
    await output.flush();
    for (let i = 0; i < LINES; i++) output.line(lineOf(i));
    await assert.rejects(output.close(), /gone/);
    assert.equal(failures, 1);
    assert.equal(chunks, 1);
  });
}

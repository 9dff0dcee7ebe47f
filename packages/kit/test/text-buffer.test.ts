import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { escapeControl, Literal, TextBuffer } from '../src/index.ts';

function written(write: (out: TextBuffer) => void, out = new TextBuffer(1)): string {
  write(out);
  return out.since(0);
}

test('numbers are written as String writes them', () => {
  const numbers = fc.oneof(
    fc.maxSafeInteger(),
    fc.integer(),
    fc.double(),
    fc.constantFrom(0, -0, 1e9, 1e9 - 1, 2 ** 53),
  );
  fc.assert(
    fc.property(numbers, (value) =>
      assert.equal(
        written((out) => out.number(value)),
        String(value),
      ),
    ),
  );
});

test('64-bit numbers by their halves, decimal and hexadecimal', () => {
  const edges = [0n, 1n, 9n, 10n, 1n << 31n, 1n << 32n, (1n << 53n) - 1n, 1n << 53n, 1n << 63n, (1n << 64n) - 1n];
  const values = fc.oneof(fc.bigInt(0n, (1n << 64n) - 1n), fc.nat().map(BigInt), fc.constantFrom(...edges));
  fc.assert(
    fc.property(values, (value) => {
      const low = Number(value & 0xffffffffn);
      const high = Number(value >> 32n);
      for (const [l, h] of [
        [low, high],
        [low | 0, high | 0],
      ] as const) {
        assert.equal(
          written((out) => out.u64(l, h)),
          String(value),
        );
        assert.equal(
          written((out) => out.i64(l, h)),
          String(BigInt.asIntN(64, value)),
        );
        assert.equal(
          written((out) => out.hex(l, h)),
          value.toString(16),
        );
        assert.equal(
          written((out) => out.hex(l, h, 0x41)),
          value.toString(16).toUpperCase(),
        );
      }
    }),
  );
});

test('padded numbers keep their zeros', () => {
  fc.assert(
    fc.property(fc.nat(999_999_999), (value) =>
      assert.equal(
        written((out) => out.nine(value)),
        String(value).padStart(9, '0'),
      ),
    ),
  );
});

const nasty = fc.string({
  unit: fc.oneof(
    fc.constantFrom('a', 'ß', '\u0000', '\u001b', '\u007f', '\u0085', '\u202e', '\u2028', '😀', '\ud800'),
    fc.string({ minLength: 1, maxLength: 1 }),
  ),
});

test('texts are escaped, whatever they hold', () => {
  fc.assert(
    fc.property(nasty, (text) => {
      const shown = Buffer.from(escapeControl(text)).toString();
      assert.equal(
        written((out) => out.text(text)),
        shown,
      );
      assert.equal(
        written((out) => out.raw(text)),
        Buffer.from(text).toString(),
      );
    }),
  );
});

test('bytes are decoded as UTF-8 and escaped, or shown as dots', () => {
  const bytes = fc.oneof(
    fc.uint8Array(),
    nasty.map((text) => new Uint8Array(Buffer.from(text))),
  );
  fc.assert(
    fc.property(bytes, fc.nat(3), (all, at) => {
      const start = Math.min(at, all.length);
      const part = Buffer.from(all.subarray(start));
      assert.equal(
        written((out) => out.utf8(new DataView(all.buffer, all.byteOffset, all.length), start, part.length)),
        escapeControl(part.toString('utf8')),
      );
      const dots = part.toString('latin1').replace(/[^ -~]/g, '.');
      assert.equal(
        written((out) => out.dots(new DataView(all.buffer, all.byteOffset, all.length), start, part.length)),
        dots,
      );
    }),
  );
});

test('each byte is judged alone where four are copied at once', () => {
  for (let byte = 0; byte < 256; byte++) {
    for (let at = 0; at < 7; at++) {
      const bytes = Buffer.from('abcdefg');
      bytes[at] = byte;
      const view = new DataView(Uint8Array.from(bytes).buffer);
      assert.equal(
        written((out) => out.utf8(view, 0, bytes.length)),
        escapeControl(bytes.toString('utf8')),
      );
    }
  }
});

test('literals of any length, at any place', () => {
  for (const text of ['', 'a', ' fd=', 'fd=äß', 'seven77', 'eight888']) {
    for (const before of ['', 'x', 'xyz']) {
      const shown = written((out) => {
        out.ascii(before);
        out.literal(new Literal(text));
      });
      assert.equal(shown, before + text);
    }
  }
});

test('a buffer grows, can be set back, and goes on with another when its bytes are taken', () => {
  const out = new TextBuffer(4);
  out.ascii('0123456789');
  const mark = out.length;
  out.literal(new Literal('left out'));
  out.length = mark;
  out.byte(0x21);
  const taken = out.take(Buffer.allocUnsafeSlow(2));
  out.text('next');
  assert.equal(taken.toString(), '0123456789!');
  assert.equal(out.since(0), 'next');
});

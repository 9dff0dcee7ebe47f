import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dump } from '../src/index.ts';

const bytes = Buffer.from('\u001b[2J#!/bin/sh\n\0\u0009x', 'latin1');

test('dumps hold nothing that steers a terminal', () => {
  assert.equal(dump(bytes, 'dots'), '.[2J#!/bin/sh...x');
  assert.equal(dump(bytes, 'ascii'), '\n[2J#!/bin/sh\nx');
  assert.equal(dump(Buffer.from('a\rb\r\nc'), 'ascii'), '\na\nb\nc');
  assert.equal(dump(Buffer.from('\nmotd'), 'ascii'), '\nmotd');
  assert.equal(dump(bytes, 'base64'), 'G1sySiMhL2Jpbi9zaAoACXg=');
  const all = Uint8Array.from({ length: 256 }, (_, i) => i);
  for (const mode of ['dots', 'ascii', 'hex', 'hexascii', 'base64'] as const) {
    assert.match(dump(all, mode), /^[\n\t\x20-\x7e]*$/);
  }
});

test('hexadecimal rows of 16 bytes, with and without text', () => {
  assert.equal(dump(bytes, 'hex'), '\n\t0x0000: 1b5b 324a 2321 2f62 696e 2f73 680a 0009\n\t0x0010: 78\n');
  assert.equal(dump(bytes.subarray(0, 7), 'hexascii'), '\n\t0x0000: 1b5b 324a 2321 2f                      .[2J#!/\n');
  assert.equal(dump(new Uint8Array(0), 'hex'), '\n');
});

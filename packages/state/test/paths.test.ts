import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SymbolTable } from '@waspglass/kit';
import { addressText } from '../src/index.ts';
import { Paths } from '../src/paths.hot.ts';

const symbols = new SymbolTable();
const paths = new Paths(symbols);
const encoder = new TextEncoder();

function resolve(from: string, path: string): string {
  const bytes = encoder.encode(path);
  return symbols.text(paths.resolve(from === '' ? 0 : symbols.of(from), bytes, 0, bytes.length));
}

test('paths lose dots and double slashes', () => {
  const cases: readonly (readonly [from: string, path: string, expected: string])[] = [
    ['/', '/etc/passwd', '/etc/passwd'],
    ['/', '/etc//passwd/', '/etc/passwd'],
    ['/root', './.ssh/../x', '/root/x'],
    ['/root', '../../../etc', '/etc'],
    ['/', '..', '/'],
    ['', './a/./b', 'a/b'],
    ['/tmp', '', '/tmp'],
    ['/tmp', '..hidden', '/tmp/..hidden'],
  ];
  for (const [from, path, expected] of cases) assert.equal(resolve(from, path), expected, `${from} + ${path}`);
});

test('endless paths are cut', () => {
  assert.equal(resolve('/', `/${'a'.repeat(100_000)}`).length, 4096);
});

test('directory and file name', () => {
  const of = (path: string) =>
    [paths.directory(symbols.of(path)), paths.filename(symbols.of(path))].map((s) => symbols.text(s));
  assert.deepEqual(of('/etc/passwd'), ['/etc', 'passwd']);
  assert.deepEqual(of('/etc'), ['/', 'etc']);
  assert.deepEqual(of('/'), ['/', '']);
});

test('addresses print in their shortest form', () => {
  const v6 = (...groups: number[]) => Uint8Array.from(groups.flatMap((g) => [g >> 8, g & 255]));
  assert.equal(addressText(Uint8Array.from([192, 0, 2, 1])), '192.0.2.1');
  assert.equal(addressText(v6(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1)), '2001:db8::1');
  assert.equal(addressText(v6(0, 0, 0, 0, 0, 0, 0, 0)), '::');
  assert.equal(addressText(v6(0, 0, 0, 0, 0, 0xffff, 0xc000, 0x0201)), '::ffff:192.0.2.1');
});

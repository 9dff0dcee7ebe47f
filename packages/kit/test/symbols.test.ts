import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SymbolTable, sweeps } from '../src/index.ts';

test('a sweep keeps what is held or pinned, and gives the other ids anew', () => {
  const symbols = new SymbolTable(100);
  const constant = symbols.of('constant');
  const held = new Int32Array(50);
  for (let i = 0; i < 50; i++) held[i] = symbols.made(`held ${i}`);
  let i = 0;
  while (!symbols.crowded) symbols.made(`passing ${i++}`);
  const { size } = symbols;
  assert.equal(symbols.text(size - 1), `passing ${i - 1}`);
  const before = sweeps.count;
  symbols.sweep([held]);
  assert.equal(sweeps.count, before + 1);
  assert.equal(symbols.crowded, false);
  assert.equal(symbols.used, 53);
  assert.equal(symbols.of('constant'), constant);
  for (let k = 0; k < 50; k++) {
    assert.equal(symbols.text(held[k] ?? 0), `held ${k}`);
    assert.equal(symbols.made(`held ${k}`), held[k]);
  }
  for (let k = 0; k < 40; k++) assert.ok(symbols.made(`new ${k}`) < size);
  for (let k = 0; k < 40; k++) assert.equal(symbols.text(symbols.made(`new ${k}`)), `new ${k}`);
  assert.equal(symbols.text(0), '');
  assert.equal(symbols.made(''), 1);
});

test('a table that is swept whenever it is crowded stays as large as what is held', () => {
  const symbols = new SymbolTable(1000);
  const held = new Int32Array(10);
  for (let i = 0; i < 100_000; i++) {
    held[i % 10] = symbols.made(`text number ${i}`);
    if (symbols.crowded) symbols.sweep([held]);
  }
  assert.ok(symbols.size <= 1002, `${symbols.size}`);
  for (let k = 0; k < 10; k++) assert.equal(symbols.text(held[k] ?? 0), `text number ${99_990 + k}`);
});

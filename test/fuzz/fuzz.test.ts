import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ScapReader } from '@waspglass/scap';
import { corpus, type Original } from './corpus.ts';
import { Probe } from './probe.ts';

const MUTANTS = 120;
const originals = corpus(2048);

test('damaged captures end in one clear error, and what stands before the damage is told', async () => {
  const probe = new Probe();
  for (let seed = 1; seed <= MUTANTS; seed++) {
    const original = originals[seed % originals.length] as Original;
    try {
      await probe.check(original, seed);
    } catch (cause) {
      throw new Error(`seed ${seed}, ${original.name}`, { cause });
    }
  }
});

test('a capture that ends at any multiple of 4 bytes gives all its whole events', () => {
  // All of them take a while: `npm run fuzz` cuts anywhere.
  for (const { name, bytes, blocks, eventEnds } of originals.filter((_, i) => i % 5 === 0)) {
    let events = 0;
    const reader = new ScapReader({ onEvent: () => void events++ }, { file: name });
    const ends = new Set(blocks.map(({ at, length }) => at + length));
    let whole = 0;
    for (let at = 0; at < bytes.length; at += 4) {
      reader.push(bytes.subarray(at, at + 4));
      const end = at + 4;
      if (eventEnds[whole] === end) whole++;
      assert.equal(events, whole, `${name} up to ${end}`);
      if (ends.has(end)) reader.end();
      else assert.throws(() => reader.end(), { name: 'WaspglassError' }, `${name} up to ${end}`);
    }
    assert.equal(events, eventEnds.length, name);
  }
});

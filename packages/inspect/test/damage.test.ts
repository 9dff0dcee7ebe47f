/** Captures written by an attacker: whatever bytes are changed, reading ends or gives a WaspglassError, nothing else. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { WaspglassError } from '@waspglass/kit';
import { Inspector } from '../src/index.ts';

const shared = process.env.WASPGLASS_SHARED ?? join(import.meta.dirname, '..', '..', '..', '..', 'shared');
const rounds = Number(process.env.WASPGLASS_DAMAGE_ROUNDS ?? 8);
const FORMAT =
  '*%evt.num %evt.outputtime %evt.type %evt.info %proc.cmdline %proc.pname %proc.aname[2] %proc.loginshellid %proc.cwd ' +
  '%user.name %group.name %fd.name %fd.type %fd.directory %fd.sip %evt.abspath %evt.rawarg[0] %evt.res %evt.latency';

/** Marsaglia's xorshift32: the seed is in the message of a failure. */
function random(seed: number): () => number {
  let x = seed | 1;
  return () => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return x >>> 0;
  };
}

function damaged(bytes: Uint8Array, seed: number): Uint8Array {
  const next = random(seed);
  const copy = bytes.slice();
  for (let n = 1 + (next() % 40); n > 0; n--) {
    const at = next() % copy.length;
    copy[at] = next() % 3 === 0 ? 0xff : next() & 0xff;
  }
  return copy;
}

function readAll(bytes: Uint8Array): number {
  const inspector = new Inspector();
  const text = inspector.compileFormat(FORMAT);
  const values = inspector.compileValues(FORMAT);
  let told = 0;
  inspector.subscribe({
    onEvent: (c) => {
      c.tick();
      text(c);
      values(c);
      told++;
    },
  });
  inspector.feed(bytes);
  return told;
}

for (const name of ['cat_write.scap', 'sf-rename.scap', 'single_ipv6_conn.scap', 'connect_localhost.scap']) {
  const file = join(shared, 'captures', name);
  test(`damage to ${name} never breaks more than the reading`, {
    skip: existsSync(file) ? false : `no ${file}`,
  }, () => {
    const stored = readFileSync(file);
    const bytes = stored[0] === 0x1f ? gunzipSync(stored) : stored;
    assert.ok(readAll(bytes) > 10);
    for (let i = 0; i < rounds; i++) {
      const seed = 7919 * (i + 1);
      try {
        readAll(damaged(bytes, seed));
      } catch (error) {
        if (!(error instanceof WaspglassError)) throw new Error(`seed ${seed}`, { cause: error });
      }
    }
  });
}

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { WaspglassError } from '@waspglass/kit';
import { readCapture } from '@waspglass/scap';
import { eventTypes } from '@waspglass/schema';
import { captures, skipWithoutCaptures } from './shared.ts';

interface Capture {
  readonly name: string;
  readonly kind: 'real' | 'derived' | 'negative' | 'alias';
  readonly bytes: number;
  readonly events: number | null;
  readonly event_types: Record<string, number> | null;
  readonly blocks: Record<string, number> | null;
}

/** Damage that stops the reading: the code, and how many events come before (where the index counts further). */
const damaged: Readonly<Record<string, readonly [code: string, events: number]>> = {
  'trunc_in_event.scap': ['WG_SCAP_TRUNCATED', 172],
  'trunc_in_proclist.scap': ['WG_SCAP_TRUNCATED', 0],
  'gz_trunc.scap.gz': ['WG_SCAP_GZIP_TRUNCATED', 0],
  'huge_block_len.scap': ['WG_SCAP_BLOCK_LENGTH', 172],
  'zero_block_len.scap': ['WG_SCAP_BLOCK_LENGTH', 172],
  'trailer_mismatch.scap': ['WG_SCAP_TRAILER', 172],
  'bigendian_magic.scap': ['WG_SCAP_BYTE_ORDER', 0],
  'major_2.scap': ['WG_SCAP_VERSION', 0],
  'empty_file.scap': ['WG_SCAP_EMPTY', 0],
  'text_file.scap': ['WG_SCAP_NOT_A_CAPTURE', 0],
  'oob_ev_v2_len_exceeds_block.scap': ['WG_SCAP_EVENT', 0],
  'oob_ev_v2_large_len_exceeds_block.scap': ['WG_SCAP_EVENT', 0],
  'oob_ev_v2_large_nparams_table.scap': ['WG_SCAP_EVENT', 0],
  'geneve-truncated.pcapng': ['WG_SCAP_NETWORK_CAPTURE', 0],
  'ip-discarder-truncated-tcp-oob.pcapng': ['WG_SCAP_NETWORK_CAPTURE', 0],
  'pcapng-multi-interface.pcapng': ['WG_SCAP_NETWORK_CAPTURE', 0],
  'portmapper-many-unanswered-calls.pcapng.gz': ['WG_SCAP_NETWORK_CAPTURE', 0],
};

const LARGEST = 2 << 20;

async function readWhole(name: string) {
  const types: Record<string, number> = {};
  let events = 0;
  let descriptorLists = 0;
  let error: unknown;
  await readCapture([join(captures, name)], {
    onDescriptors: () => {
      descriptorLists++;
    },
    onEvent: (c) => {
      assert.equal(c.num, ++events);
      const type = `PPME_${eventTypes[c.type]?.enum}`;
      types[type] = (types[type] ?? 0) + 1;
      if (c.nparams > 0) assert.ok(c.off(c.nparams - 1) + c.len(c.nparams - 1) <= c.end);
    },
  }).catch((e: unknown) => {
    error = e;
  });
  return { types, events, descriptorLists, error };
}

test('every shared capture reads as its index says, or ends in one clear error', {
  skip: skipWithoutCaptures,
}, async () => {
  const index = JSON.parse(readFileSync(join(captures, 'index.json'), 'utf8')) as { captures: Capture[] };
  for (const c of index.captures.filter(({ kind, bytes }) => kind !== 'alias' && bytes < LARGEST)) {
    const { types, events, descriptorLists, error } = await readWhole(c.name);
    const expected = damaged[c.name];
    if (expected !== undefined) {
      assert.ok(error instanceof WaspglassError, `${c.name}: ${String(error)}`);
      assert.deepEqual([error.code, events], expected, c.name);
      assert.match(error.message, new RegExp(`^${expected[0]}: .*${c.name.replaceAll('.', '\\.')}`));
      continue;
    }
    assert.equal(error, undefined, `${c.name}: ${String(error)}`);
    assert.equal(events, c.events, c.name);
    if (c.event_types !== null) assert.deepEqual(types, c.event_types, c.name);
    assert.equal(descriptorLists, (c.blocks?.FDL ?? 0) + (c.blocks?.FDL_V2 ?? 0), c.name);
  }
});

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { waitFor } from '@waspglass/kit';
import { EventEncoder, encodeSection, Recorder, readCapture } from '@waspglass/scap';

/** Events whose contents don't compress. */
function noise(encoder: EventEncoder): Uint8Array {
  const bytes = new Uint8Array(1000);
  for (let i = 0; i < 40; i++) {
    crypto.getRandomValues(bytes);
    encoder.begin(7, i, 0, 1, 0, 2);
    encoder.i64(1000);
    encoder.bytes(bytes);
    encoder.end();
  }
  return encoder.take();
}

test('a full disk loses events, is reported, and recording resumes when there is room', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'waspglass-full-'));
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=512k', 'tmpfs', directory]).status !== 0) {
    t.skip('cannot mount a tmpfs here');
    return;
  }
  const errors: string[] = [];
  /** Flushes of each file; the first is its header. */
  const grown = new Map<string, number>();
  const r = new Recorder({
    directory,
    flushMs: 1,
    retryMs: 50,
    freshHeader: encodeSection,
    onError: (e) => errors.push(e.message),
    onGrowth: ({ name }) => grown.set(name, (grown.get(name) ?? 0) + 1),
  });
  t.after(async () => {
    await r.close();
    spawnSync('umount', [directory]);
    rmSync(directory, { recursive: true });
  });
  const encoder = new EventEncoder();
  writeFileSync(join(directory, 'ballast'), new Uint8Array(300 << 10));
  const first = r.begin(encodeSection());
  await waitFor(
    () => {
      r.write(noise(encoder), 40);
      return errors.length > 0;
    },
    { limit: 20_000, what: 'the disk to be full' },
  );
  assert.match(errors[0] ?? '', /WG_SCAP_RECORD: .*ENOSPC/);
  rmSync(join(directory, 'ballast'));
  const lost = r.stats.lostEvents;
  assert.ok(lost > 0);
  await waitFor(
    () => {
      if (r.file === undefined) r.write(noise(encoder), 40);
      return [...grown].some(([name, flushes]) => name !== first && flushes > 1);
    },
    { limit: 20_000, what: 'recording to resume' },
  );
  r.write(noise(encoder), 40);
  const closed = await r.end();
  await r.close();
  assert.ok((closed?.events ?? 0) > 0);
  let events = 0;
  for (const name of readdirSync(directory).sort()) {
    await readCapture([join(directory, name)], {
      onEvent: () => {
        events++;
      },
    });
  }
  assert.ok(events > 0);
});

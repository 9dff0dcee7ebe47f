/**
 * Gives finished files their seals. A file without a seal is being written, or its writer was killed; `sealLeftovers`
 * seals those of an earlier run as what they are: cut short.
 */
import { existsSync } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { appendSeal, inTurn, recoverChain } from './chain.ts';
import { fail } from './errors.ts';
import { takeObjects } from './objects.ts';
import { hashFile, isEvidenceName, readSeal, SEAL_SUFFIX, type Seal } from './seal.ts';
import { boundSpool, readSpoolPolicy } from './spool.ts';
import { cutStreams } from './streams.ts';

/**
 * Syncs and hashes a finished file and writes its seal; so for what has come to the streams and objects meanwhile. Afterwards
 * the spool is within its bounds; `onGap` hears of each file that had to go although it was not safe elsewhere.
 */
export async function sealFile(
  file: string,
  events: number,
  complete = true,
  onGap: (gap: Seal) => void = () => undefined,
): Promise<Seal> {
  const directory = path.dirname(file);
  const { sha256, bytes } = await hashOnDisk(file);
  return inTurn(directory, async () => {
    recoverChain(directory);
    const seal = existsSync(`${file}${SEAL_SUFFIX}`)
      ? sealedBefore(file, sha256)
      : appendSeal(directory, { name: path.basename(file), bytes, sha256, events, sealed: now(), complete });
    const { streams = [], objects } = readSpoolPolicy(directory) ?? {};
    const taken = objects === undefined ? [] : takeObjects(directory, objects);
    for (const segment of [...cutStreams(directory, streams), ...taken]) {
      // A kill may have come between its seal and the note of it.
      if (existsSync(`${segment}${SEAL_SUFFIX}`)) continue;
      const found = await hashOnDisk(segment);
      appendSeal(directory, { name: path.basename(segment), ...found, events: 0, sealed: now(), complete: true });
    }
    for (const gap of await boundSpool(directory)) onGap(gap);
    return seal;
  });
}

/** Seals every file that has no seal and is not `current` (the one being written now). */
export async function sealLeftovers(directory: string, current: string | undefined): Promise<Seal[]> {
  await inTurn(directory, () => recoverChain(directory));
  const names = new Set(await readdir(directory));
  const open = [...names].filter((name) => isEvidenceName(name) && name !== current && !names.has(name + SEAL_SUFFIX));
  const seals: Seal[] = [];
  for (const name of open.sort((a, b) => number(a) - number(b) || a.localeCompare(b))) {
    const file = path.join(directory, name);
    // A segment gets its name when it is whole.
    const isWhole = WHOLE.test(name);
    if ((await stat(file)).isFile()) seals.push(await sealFile(file, isWhole ? 0 : -1, isWhole));
  }
  return seals;
}

function sealedBefore(file: string, found: string): Seal {
  const seal = readSeal(file);
  if (seal.sha256 !== found) throw fail('WG_EVIDENCE_CHANGED', { found, expected: seal.sha256 }, { at: { file } });
  return seal;
}

async function hashOnDisk(file: string): Promise<{ sha256: string; bytes: number }> {
  const handle = await open(file, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
  return hashFile(file);
}

const WHOLE = /\.(jsonl\.gz|piece|bin)$/;
const number = (name: string): number => Number(name.split('.')[2] ?? 0);
const now = (): string => new Date().toISOString();

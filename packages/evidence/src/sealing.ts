/**
 * Gives finished files their seals. A file without a seal is being written, or its writer was killed; `sealLeftovers`
 * seals those of an earlier run as what they are: cut short.
 */
import { existsSync } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { appendSeal, inTurn, recoverChain } from './chain.ts';
import { fail } from './errors.ts';
import { hashFile, isEvidenceName, readSeal, SEAL_SUFFIX, type Seal } from './seal.ts';
import { boundSpool } from './spool.ts';

/** Syncs and hashes a finished file and writes its seal; afterwards the spool is within its bounds. */
export async function sealFile(
  file: string,
  events: number,
  complete = true,
  onGap: (gap: Seal) => void = () => undefined,
): Promise<Seal> {
  const directory = path.dirname(file);
  await sync(file);
  const { sha256, bytes } = await hashFile(file);
  return inTurn(directory, async () => {
    recoverChain(directory);
    const seal = existsSync(`${file}${SEAL_SUFFIX}`)
      ? sealedBefore(file, sha256)
      : appendSeal(directory, { name: path.basename(file), bytes, sha256, events, sealed: now(), complete });
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
    if ((await stat(file)).isFile()) seals.push(await sealFile(file, -1, false));
  }
  return seals;
}

function sealedBefore(file: string, found: string): Seal {
  const seal = readSeal(file);
  if (seal.sha256 !== found) throw fail('WG_EVIDENCE_CHANGED', { found, expected: seal.sha256 }, { at: { file } });
  return seal;
}

async function sync(file: string): Promise<void> {
  const handle = await open(file, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

const number = (name: string): number => Number(name.split('.')[2] ?? 0);
const now = (): string => new Date().toISOString();

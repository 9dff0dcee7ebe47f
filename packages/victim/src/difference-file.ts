/**
 * The difference of a victim's disk as evidence: JSON lines, compressed. What a fresh victim differs from its image in
 * (names, keys, accounts) is kept as the baseline beside the disk and left out.
 */
import { lstat, readlink, rename, writeFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { readTextIfThere } from '@waspglass/kit';
import { type Difference, type DifferenceEntry, differenceOf, since } from './difference.ts';
import { BASELINE } from './overlay.ts';

export async function writeBaseline(directory: string): Promise<void> {
  const { entries } = await differenceOf(places(directory));
  await writeFile(`${directory}/${BASELINE}.new`, JSON.stringify(entries), { mode: 0o600 });
  await rename(`${directory}/${BASELINE}.new`, `${directory}/${BASELINE}`);
}

/** Writes the difference whole or not at all; false when there is no disk. */
export async function keepDifference(directory: string, file: string): Promise<boolean> {
  if ((await lstat(`${directory}/disk/upper`).catch(() => undefined)) === undefined) return false;
  const baseline = JSON.parse(readTextIfThere(`${directory}/${BASELINE}`) ?? '[]') as DifferenceEntry[];
  const { entries, leftOut } = await differenceOf(places(directory));
  const head = { image: await imageName(directory), taken: new Date().toISOString(), leftOut };
  const found = since(baseline, entries);
  const lines = [{ ...head, ...counts(found) }, ...found].map((row) => JSON.stringify(row));
  await writeFile(`${file}.new`, gzipSync(`${lines.join('\n')}\n`), { mode: 0o640 });
  await rename(`${file}.new`, file);
  return true;
}

function places(directory: string): { upper: string; lower: string; merged: string } {
  return { upper: `${directory}/disk/upper`, lower: `${directory}/disk/lower`, merged: `${directory}/merged` };
}

function counts(entries: Difference['entries']): Record<string, number> {
  const of = (change: string) => entries.filter((entry) => entry.change === change).length;
  return { added: of('added'), changed: of('changed'), deleted: of('deleted') };
}

/** `debian-12-<hash>`: the folder that the image's root is in. */
async function imageName(directory: string): Promise<string> {
  const path = await readlink(`${directory}/disk/lower`).catch(() => '');
  return path.split('/').at(-2) ?? '';
}

/**
 * What an archive of one honeypot holds: its seals, the copies of each sealed file, and everything else. Reads both forms:
 * plain names (`NAME`, `NAME.seal.json`) and those of an add-only share (`drop-name.ts`). Names and contents are hostile.
 */
import { lstat, open, readdir } from 'node:fs/promises';
import path from 'node:path';
import { messageOf } from '@waspglass/kit';
import { type DropObject, parseDropName } from './drop-name.ts';
import { fail } from './errors.ts';
import { isEvidenceName, parseSeal, SEAL_LIMIT, SEAL_SUFFIX, type Seal, type SealText, sealFileName } from './seal.ts';

export interface SealCopy extends SealText {
  readonly file: string;
}

/** A copy of a sealed file, not yet looked into. */
export interface FileCopy {
  readonly file: string;
  readonly bytes: number;
  readonly drop: DropObject | undefined;
}

/** A seal that cannot be read, with the reason. */
export interface BadSeal {
  readonly file: string;
  readonly reason: string;
  readonly bytes: number;
  readonly drop: DropObject | undefined;
}

export interface Archive {
  readonly folder: string;
  readonly seals: readonly SealCopy[];
  readonly badSeals: readonly BadSeal[];
  /** By name of the sealed file, or `seq.sha256` on an add-only share. */
  readonly copies: ReadonlyMap<string, readonly FileCopy[]>;
  /** Uploads of plain names that were interrupted. */
  readonly parts: readonly string[];
  /** Files that `waspglass share check` left. */
  readonly probes: readonly string[];
  readonly strangers: readonly string[];
}

/** Seals that were read before, by file, so that an archive that is looked at again and again is not read again. */
export type SealMemory = Map<string, { readonly stamp: string; readonly copy: SealCopy }>;

export const PROBE = /^check\.[0-9a-f]{12}\.[a-z]{1,20}$/;
const PROBE_LIMIT = 4096;

/** Key of a seal's copies in `Archive.copies`, in both forms. */
export const copyKeys = ({ name, seq, sha256 }: Seal): string[] => [name, `${seq}.${sha256}`];

export async function readArchive(folder: string, memory: SealMemory = new Map()): Promise<Archive> {
  const seals: SealCopy[] = [];
  const badSeals: BadSeal[] = [];
  const copies = new Map<string, FileCopy[]>();
  const parts: string[] = [];
  const probes: string[] = [];
  const strangers: string[] = [];
  for (const file of (await readdir(folder)).sort()) {
    const info = await lstat(path.join(folder, file));
    const drop = parseDropName(file);
    const part = file.endsWith('.part') ? file.slice(0, -5) : '';
    const sealOf = file.endsWith(SEAL_SUFFIX) ? file.slice(0, -SEAL_SUFFIX.length) : '';
    if (!info.isFile()) (info.isDirectory() && PROBE.test(file) ? probes : strangers).push(file);
    else if (drop?.part === 's' || sealOf !== '') {
      const stamp = `${info.ino}.${info.size}.${info.mtimeMs}.${info.ctimeMs}`;
      const known = memory.get(file);
      if (known?.stamp === stamp) {
        seals.push(known.copy);
        continue;
      }
      try {
        const text = parseSeal(await readText(path.join(folder, file), info.size), file);
        const found = sealFileName(text.seal);
        if (drop === undefined && found !== file)
          badSeals.push({ file, reason: `found the seal of ${text.seal.name}`, bytes: info.size, drop });
        else if (drop !== undefined && !isNamedRight(drop, text))
          badSeals.push({
            file,
            reason: `found sequence ${text.seal.seq}, sha256 ${text.sha256}`,
            bytes: info.size,
            drop,
          });
        else {
          seals.push({ ...text, file });
          memory.set(file, { stamp, copy: { ...text, file } });
        }
      } catch (error) {
        badSeals.push({ file, reason: messageOf(error), bytes: info.size, drop });
      }
    } else if (drop !== undefined || isEvidenceName(file)) {
      const key = drop === undefined ? file : `${drop.seq}.${drop.sha256}`;
      copies.set(key, [...(copies.get(key) ?? []), { file, bytes: info.size, drop }]);
    } else if (isEvidenceName(part) || isEvidenceName(part.slice(0, -SEAL_SUFFIX.length))) parts.push(file);
    else if (PROBE.test(file) && info.size <= PROBE_LIMIT) probes.push(file);
    else strangers.push(file);
  }
  return { folder, seals, badSeals, copies, parts, probes, strangers };
}

/** The folders of an archive or a share that hold one honeypot's evidence each: itself, or those below. */
export async function honeypotFolders(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch((cause: unknown) => {
    throw fail('WG_EVIDENCE_ARCHIVE', { reason: messageOf(cause) }, { at: { file: directory }, cause });
  });
  const below = entries.filter((entry) => entry.isDirectory()).map(({ name }) => path.join(directory, name));
  const hasFiles = entries.some((entry) => !entry.isDirectory());
  return hasFiles || below.length === 0 ? [directory, ...below] : below.sort();
}

const isNamedRight = (drop: DropObject, { seal, sha256 }: SealText): boolean =>
  drop.seq === seal.seq && drop.sha256 === sha256;

async function readText(file: string, size: number): Promise<string> {
  if (size > SEAL_LIMIT) return '';
  const handle = await open(file, 'r');
  try {
    return await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
}

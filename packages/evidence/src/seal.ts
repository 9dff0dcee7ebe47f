/**
 * Seals: beside each finished capture `NAME` stands `NAME.seal.json` with its length and SHA-256. A capture without a seal
 * is being written, or its writer was killed; `sealLeftovers` seals those of an earlier run as what they are: cut short.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { readTextIfThere, writeFileAtomic } from '@waspglass/kit';
import { fail } from './errors.ts';

export interface Seal {
  /** File name without folder. */
  readonly name: string;
  /** Bytes as stored (compressed). */
  readonly bytes: number;
  /** Of the bytes as stored, 64 hexadecimal digits. */
  readonly sha256: string;
  /** Events in the file; -1 when its writer was killed before it could say. */
  readonly events: number;
  /** ISO 8601, UTC. */
  readonly sealed: string;
  /** false: the writer was killed, the last flush may be cut. */
  readonly complete: boolean;
}

const SUFFIX = '.seal.json';
const CAPTURE = /^[A-Za-z0-9_-]+\.\d{8}-\d{6}\.\d+\.scap(\.gz)?$/;

/** Hashes a finished capture and writes its seal. */
export async function sealFile(file: string, events: number, complete = true): Promise<Seal> {
  const { sha256, bytes } = await hashFile(file);
  const seal: Seal = { name: path.basename(file), bytes, sha256, events, sealed: new Date().toISOString(), complete };
  writeFileAtomic(`${file}${SUFFIX}`, `${JSON.stringify(seal)}\n`, 0o640);
  return seal;
}

/** Seals every capture that has no seal and is not `current` (the one being written now). */
export async function sealLeftovers(directory: string, current: string | undefined): Promise<Seal[]> {
  const names = new Set(await readdir(directory));
  const open = [...names].filter((name) => CAPTURE.test(name) && name !== current && !names.has(`${name}${SUFFIX}`));
  const seals: Seal[] = [];
  for (const name of open.sort()) {
    const file = path.join(directory, name);
    if ((await stat(file)).isFile()) seals.push(await sealFile(file, -1, false));
  }
  return seals;
}

/** Names of all sealed captures, in the order of their sequence. */
export async function sealedCaptures(directory: string): Promise<string[]> {
  return (await readdir(directory))
    .filter((name) => name.endsWith(SUFFIX) && CAPTURE.test(name.slice(0, -SUFFIX.length)))
    .map((name) => name.slice(0, -SUFFIX.length))
    .sort((a, b) => sequence(a) - sequence(b) || a.localeCompare(b));
}

export function readSeal(file: string): Seal {
  const at = { file: `${file}${SUFFIX}` };
  const text = readTextIfThere(at.file) ?? '';
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw fail('WG_EVIDENCE_MANIFEST', { found: JSON.stringify(text.slice(0, 40)) }, { at, cause });
  }
  if (!isSeal(value)) throw fail('WG_EVIDENCE_MANIFEST', { found: text.slice(0, 40).trim() }, { at });
  return value;
}

export async function hashFile(file: string): Promise<{ sha256: string; bytes: number }> {
  const hash = createHash('sha256');
  let bytes = 0;
  await pipeline(createReadStream(file), async (chunks) => {
    for await (const chunk of chunks as AsyncIterable<Buffer>) {
      hash.update(chunk);
      bytes += chunk.length;
    }
  });
  return { sha256: hash.digest('hex'), bytes };
}

function sequence(name: string): number {
  return Number(name.split('.')[2] ?? 0);
}

function isSeal(value: unknown): value is Seal {
  if (typeof value !== 'object' || value === null) return false;
  const { name, bytes, sha256, events, sealed, complete } = value as Record<string, unknown>;
  return (
    typeof name === 'string' &&
    CAPTURE.test(name) &&
    Number.isSafeInteger(bytes) &&
    Number.isSafeInteger(events) &&
    typeof sha256 === 'string' &&
    /^[0-9a-f]{64}$/.test(sha256) &&
    typeof sealed === 'string' &&
    typeof complete === 'boolean'
  );
}

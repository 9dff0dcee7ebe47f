/**
 * Seals: beside each finished file `NAME` stands `NAME.seal.json`, one line of JSON that names the file's length and
 * SHA-256, its place in the chain and the hash of the seal before, and that ends with a code over all of this. A gap is a
 * seal without a file. Format: docs/evidence.md.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { readTextIfThere } from '@waspglass/kit';
import { fail } from './errors.ts';

/** What a seal says of its file; the chain adds the rest. */
export interface SealedFile {
  /** File name without folder; of a gap `gap.<seq 8 digits>`. */
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
  /** Of a gap: the sequence number of the seal whose file is gone (its length and hash stand in this seal), and why. */
  readonly lost?: number;
  readonly reason?: string;
}

export interface Seal extends SealedFile {
  /** Identity of the chain, 32 hexadecimal digits. */
  readonly chain: string;
  /** Place in the chain, from 1. */
  readonly seq: number;
  /** SHA-256 of the seal before, as its file has it; of the first one zeros. */
  readonly previous: string;
}

/** A seal as found: with its exact text, which is what its code and its successor vouch for. */
export interface SealText {
  readonly seal: Seal;
  /** The line without code. */
  readonly body: string;
  readonly mac: string;
  /** Of the whole text. */
  readonly sha256: string;
}

export const SEAL_SUFFIX = '.seal.json';
export const NO_PREVIOUS = '0'.repeat(64);
/** Longest text of a seal. */
export const SEAL_LIMIT = 4096;
const NAME = /^[A-Za-z0-9_-]{1,64}\.\d{8}-\d{6}\.\d{1,15}\.(scap|scap\.gz|pcapng\.gz|jsonl\.gz|piece|bin)$/;
const GAP = /^gap\.\d{8,15}$/;
const TEXT = /^(\{"chain":[^\n]*),"mac":"([0-9a-f]{64})"\}\n$/;
const HASH = /^[0-9a-f]{64}$/;

/** Whether a file of this name is evidence that gets a seal. */
export const isEvidenceName = (name: string): boolean => NAME.test(name);
export const sealFileName = (seal: { readonly name: string }): string => `${seal.name}${SEAL_SUFFIX}`;
export const gapName = (seq: number): string => `gap.${String(seq).padStart(8, '0')}`;
export const isGap = (seal: SealedFile): boolean => seal.lost !== undefined;

/** The body of a seal: fields in the order of the format. */
export function sealBody(seal: Seal): string {
  const { chain, seq, previous, name, bytes, sha256, events, sealed, complete, lost, reason } = seal;
  return JSON.stringify({ chain, seq, previous, name, bytes, sha256, events, sealed, complete, lost, reason });
}

/** The text of a seal file: the body with its code as the last field. */
export const sealText = (body: string, mac: string): string => `${body.slice(0, -1)},"mac":"${mac}"}\n`;

export const sha256Of = (text: string | Uint8Array): string => createHash('sha256').update(text).digest('hex');

/** Reads a seal's text exactly: any other byte than those of the format makes it no seal. */
export function parseSeal(text: string, file: string): SealText {
  const found = () => ({ found: JSON.stringify(text.slice(0, 60)) });
  const [, head = '', mac = ''] = (text.length <= SEAL_LIMIT && TEXT.exec(text)) || [];
  const body = `${head}}`;
  let seal: unknown;
  try {
    seal = JSON.parse(body);
  } catch (cause) {
    throw fail('WG_EVIDENCE_MANIFEST', found(), { at: { file }, cause });
  }
  if (!isSeal(seal) || sealBody(seal) !== body) throw fail('WG_EVIDENCE_MANIFEST', found(), { at: { file } });
  return { seal, body, mac, sha256: sha256Of(text) };
}

/** The seal that stands beside a file. */
export function readSeal(file: string): Seal {
  const sealFile = `${file}${SEAL_SUFFIX}`;
  return parseSeal(readTextIfThere(sealFile) ?? '', sealFile).seal;
}

/** Seals by file name, for somebody who looks at the same directory again and again: a seal never changes. */
export type SealMemory = Map<string, Seal>;

/** All seals of a directory in the order of the chain. `onBad` hears of files that are no seals; without it they throw. */
export async function sealsOf(
  directory: string,
  onBad?: (error: unknown) => void,
  memory?: SealMemory,
): Promise<Seal[]> {
  const names = (await readdir(directory)).filter((name) => name.endsWith(SEAL_SUFFIX));
  const seals: Seal[] = [];
  const present = new Set(names);
  for (const name of memory?.keys() ?? []) if (!present.has(name)) memory?.delete(name);
  for (const name of names) {
    const known = memory?.get(name);
    if (known !== undefined) {
      seals.push(known);
      continue;
    }
    const file = path.join(directory, name);
    const text = readTextIfThere(file);
    // Freed since the directory was read.
    if (text === undefined) continue;
    try {
      const { seal } = parseSeal(text, file);
      seals.push(seal);
      memory?.set(name, seal);
    } catch (error) {
      if (onBad === undefined) throw error;
      onBad(error);
    }
  }
  return seals.sort((a, b) => a.seq - b.seq || a.name.localeCompare(b.name));
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

function isSeal(value: unknown): value is Seal {
  if (typeof value !== 'object' || value === null) return false;
  const v = value as Partial<Record<keyof Seal, unknown>>;
  const isLost = v.lost !== undefined;
  return (
    typeof v.chain === 'string' &&
    /^[0-9a-f]{32}$/.test(v.chain) &&
    isCount(v.seq, 1) &&
    isHash(v.previous) &&
    typeof v.name === 'string' &&
    (isLost ? GAP : NAME).test(v.name) &&
    isCount(v.bytes, 0) &&
    isHash(v.sha256) &&
    isCount(v.events, -1) &&
    typeof v.sealed === 'string' &&
    typeof v.complete === 'boolean' &&
    (!isLost || (isCount(v.lost, 1) && typeof v.reason === 'string'))
  );
}

const isHash = (value: unknown): boolean => typeof value === 'string' && HASH.test(value);
const isCount = (value: unknown, least: number): boolean => Number.isSafeInteger(value) && (value as number) >= least;

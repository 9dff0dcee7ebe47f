/**
 * Objects that were downloaded for a victim (files named by their SHA-256, in a folder of an unprivileged user) become
 * evidence: each is copied into the spool once, under a name of evidence, if its bytes are what its name says.
 */
import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { readTextIfThere, systemCode, writeFileAtomic } from '@waspglass/kit';
import { sha256Of } from './seal.ts';
import { stampOf } from './stamp.ts';

interface Taken {
  readonly next: number;
  readonly names: readonly string[];
}

const STATE = 'objects.json';
const NAME = /^[0-9a-f]{64}$/;
/** Largest object that is taken, and objects at a time: the caller has other things to do. */
const MOST = 256 << 20;
const MOST_AT_ONCE = 16;

/** Copies what is new. Returns the copies, which have no seals yet. */
export function takeObjects(directory: string, folder: string): string[] {
  const file = path.join(directory, STATE);
  const { next, names } = JSON.parse(readTextIfThere(file) ?? '{"next":1,"names":[]}') as Taken;
  const present = namesIn(folder);
  const known = new Set(names);
  const fresh = present.filter((name) => !known.has(name)).slice(0, MOST_AT_ONCE);
  const copies: string[] = [];
  for (const name of fresh) {
    const bytes = readWhole(path.join(folder, name));
    if (bytes === undefined || sha256Of(bytes) !== name) continue;
    const number = String(next + copies.length).padStart(6, '0');
    const copy = path.join(directory, `object-${name.slice(0, 16)}.${stampOf(new Date())}.${number}.bin`);
    writeFileSync(`${copy}.new`, bytes, { mode: 0o640, flush: true });
    renameSync(`${copy}.new`, copy);
    copies.push(copy);
  }
  const kept = [...names.filter((name) => present.includes(name)), ...fresh];
  if (fresh.length > 0) writeFileAtomic(file, `${JSON.stringify({ next: next + copies.length, names: kept })}\n`);
  return copies;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => NAME.test(name));
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw error;
  }
}

function readWhole(file: string): Buffer | undefined {
  let fd: number;
  try {
    fd = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ELOOP') return undefined;
    throw error;
  }
  try {
    const info = fstatSync(fd);
    return info.isFile() && info.size <= MOST ? readFileSync(fd) : undefined;
  } finally {
    closeSync(fd);
  }
}

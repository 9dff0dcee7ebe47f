/**
 * Copies into a directory: a mounted share or a local disk. Written as `.part` (never over an existing file), synced, read
 * back and hashed, then linked to its name, so a name that exists is always a whole file.
 */
import { createReadStream, createWriteStream } from 'node:fs';
import { link, mkdir, open, rm } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { messageOf, systemCode, WaspglassError } from '@waspglass/kit';
import { fail } from './errors.ts';
import { checkMount, type MountRule } from './mount.ts';
import { hashFile } from './seal.ts';
import type { Transport, Verification } from './transport.ts';

export interface DirectoryOptions {
  readonly directory: string;
  /** Folder of this honeypot in it; made when missing. */
  readonly host: string;
  readonly requireMount: MountRule;
}

export function directoryTransport({ directory, host, requireMount }: DirectoryOptions): Transport {
  const folder = path.join(directory, host);
  return {
    target: directory,
    async send({ file, seal, sealFile }, signal) {
      try {
        checkMount(directory, requireMount);
        await mkdir(folder, { recursive: true, mode: 0o750 });
        const verified = file === undefined ? 'present' : await copy(file, seal.sha256, folder, signal);
        const { sha256 } = await hashFile(sealFile);
        const isNew = (await copy(sealFile, sha256, folder, signal)) === 'hash';
        return isNew ? 'hash' : verified;
      } catch (error) {
        if (error instanceof WaspglassError) throw error;
        throw fail(
          'WG_EVIDENCE_TARGET',
          { target: directory, reason: messageOf(error) },
          { at: { file: file ?? sealFile }, cause: error },
        );
      }
    },
  };
}

async function copy(file: string, expected: string, folder: string, signal: AbortSignal): Promise<Verification> {
  const final = path.join(folder, path.basename(file));
  const found = await hashIfThere(final);
  if (found !== undefined) {
    if (found === expected) return 'present';
    throw fail('WG_EVIDENCE_EXISTS', { target: folder, found, expected }, { at: { file } });
  }
  const part = `${final}.part`;
  await rm(part, { force: true });
  await pipeline(createReadStream(file), createWriteStream(part, { flags: 'wx', mode: 0o440, flush: true }), {
    signal,
  });
  const { sha256 } = await hashFile(part);
  if (sha256 !== expected) {
    await rm(part, { force: true });
    throw fail('WG_EVIDENCE_COPY_DIFFERS', { target: folder, found: sha256, expected }, { at: { file } });
  }
  await giveName(part, final);
  await syncFolder(folder);
  return 'hash';
}

/** `link` refuses an existing name, `rename` would replace it; file systems without links (CIFS) get an exclusive copy. */
async function giveName(part: string, final: string): Promise<void> {
  try {
    await link(part, final);
  } catch (error) {
    if (!['EPERM', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(systemCode(error) ?? '')) throw error;
    await pipeline(createReadStream(part), createWriteStream(final, { flags: 'wx', mode: 0o440, flush: true }));
  }
  await rm(part, { force: true });
}

async function hashIfThere(file: string): Promise<string | undefined> {
  try {
    return (await hashFile(file)).sha256;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } catch (error) {
    // Network file systems may refuse to sync a directory; the file itself has been synced.
    if (systemCode(error) !== 'EINVAL') throw error;
  } finally {
    await handle.close();
  }
}

/**
 * Copies into a directory: a mounted share or a local disk. Written as `.part` (never over an existing file), synced, read
 * back and hashed, then linked to its name, so a name that exists is always a whole file.
 */
import { createReadStream, createWriteStream } from 'node:fs';
import { link, mkdir, open, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { messageOf, systemCode, WaspglassError } from '@waspglass/kit';
import { fail } from './errors.ts';
import { hashFile, type Seal } from './seal.ts';
import type { Transport, Verification } from './transport.ts';

export function directoryTransport(directory: string, host: string): Transport {
  const folder = path.join(directory, host);
  return {
    target: directory,
    async send(file, seal, signal) {
      try {
        await mkdir(folder, { recursive: true, mode: 0o750 });
        return await copy(file, seal, folder, signal);
      } catch (error) {
        if (error instanceof WaspglassError) throw error;
        throw fail(
          'WG_EVIDENCE_TARGET',
          { target: directory, reason: messageOf(error) },
          { at: { file }, cause: error },
        );
      }
    },
  };
}

async function copy(file: string, seal: Seal, folder: string, signal: AbortSignal): Promise<Verification> {
  const final = path.join(folder, seal.name);
  const found = await hashIfThere(final);
  if (found !== undefined) {
    if (found === seal.sha256) return 'present';
    throw fail('WG_EVIDENCE_EXISTS', { target: folder, found, expected: seal.sha256 }, { at: { file } });
  }
  const part = `${final}.part`;
  await rm(part, { force: true });
  await pipeline(createReadStream(file), createWriteStream(part, { flags: 'wx', mode: 0o440, flush: true }), {
    signal,
  });
  const { sha256 } = await hashFile(part);
  if (sha256 !== seal.sha256) {
    await rm(part, { force: true });
    throw fail('WG_EVIDENCE_COPY_DIFFERS', { target: folder, found: sha256, expected: seal.sha256 }, { at: { file } });
  }
  await giveName(part, final);
  await writeFile(`${final}.seal.json`, `${JSON.stringify(seal)}\n`, { mode: 0o440 });
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

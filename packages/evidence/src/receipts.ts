/**
 * Fetches receipts from where the verifier writes them (a directory, or a share that the honeypot only reads) into the
 * spool's own directory of receipts, where the sensor looks before it frees a file.
 */
import { readdirSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { readTextIfThere, systemCode, writeFileAtomic } from '@waspglass/kit';
import { fail } from './errors.ts';
import { RECEIPT_SUFFIX, receiptName } from './receipt.ts';
import { SEAL_LIMIT, type Seal } from './seal.ts';
import { lastLine, placeOnShare, quote, type SmbServer, smbclient } from './smb-client.ts';

export interface ReceiptSource {
  /** For messages. */
  readonly place: string;
  /** Texts of those receipts that are there, by name. */
  fetch(names: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, string>>;
}

/** Receipts asked for in one go. */
const MOST = 200;

/** Takes over the receipts of these entries that are there by now. Returns how many are still missing. */
export async function takeReceipts(
  source: ReceiptSource,
  seals: readonly Seal[],
  directory: string,
  signal: AbortSignal,
): Promise<number> {
  const have = new Set(readdirSync(directory));
  const missing = seals.map(receiptName).filter((name) => !have.has(name));
  // The oldest and the newest: some that never come keep no others waiting.
  const asked = missing.length <= MOST ? missing : [...missing.slice(0, MOST / 2), ...missing.slice(-MOST / 2)];
  const found = asked.length === 0 ? new Map<string, string>() : await source.fetch(asked, signal);
  for (const [name, text] of found) writeFileAtomic(path.join(directory, name), text);
  return missing.length - found.size;
}

export function receiptsInDirectory(directory: string): ReceiptSource {
  return {
    place: directory,
    async fetch(names) {
      const found = new Map<string, string>();
      for (const name of names) {
        const text = readTextIfThere(path.join(directory, name));
        if (text !== undefined && text.length <= SEAL_LIMIT) found.set(name, text);
      }
      return found;
    },
  };
}

export function receiptsOnShare(server: SmbServer, temporary: string): ReceiptSource {
  const { target, folder } = placeOnShare(server.share);
  return {
    place: server.share,
    async fetch(names, signal) {
      const local = await mkdtemp(path.join(temporary, 'receipts-'));
      try {
        const commands = [...(folder === '' ? [] : [`cd ${quote(folder)}`]), `lcd ${quote(local)}`];
        // One that is not there yet fails its own command only.
        commands.push(...names.map((name) => `get ${quote(name)}`));
        const { errors } = await smbclient(server, commands, signal);
        if (/LOGON_FAILURE|BAD_NETWORK_NAME|ACCESS_DENIED|CONNECTION|UNREACHABLE|TIMEOUT/.test(errors))
          throw fail('WG_EVIDENCE_SMB', { target, reason: lastLine(errors) });
        return await textsIn(local);
      } finally {
        await rm(local, { recursive: true, force: true });
      }
    },
  };
}

async function textsIn(directory: string): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  for (const name of await readdir(directory)) {
    if (!name.endsWith(RECEIPT_SUFFIX)) continue;
    try {
      const file = path.join(directory, name);
      if ((await stat(file)).size <= SEAL_LIMIT) texts.set(name, await readFile(file, 'utf8'));
    } catch (error) {
      if (systemCode(error) !== 'ENOENT') throw error;
    }
  }
  return texts;
}

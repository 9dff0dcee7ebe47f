/**
 * Keeps the spool within its bounds. Above the first limit the oldest files go that are safe on the other side; above the
 * hard limit the oldest go that are not, each with a gap in the chain that says so. The limits and what counts as safe stand
 * in `spool.json` of the directory, which the shipper writes as root when it starts.
 */
import { statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { readTextIfThere, systemCode, writeFileAtomic } from '@waspglass/kit';
import { appendGap, receiptKey } from './chain.ts';
import { deliveriesOf } from './ledger.ts';
import { isPiece } from './pieces.ts';
import { readReceipt, receiptName } from './receipt.ts';
import { type Seal, sealFileName, sealsOf, sha256Of } from './seal.ts';
import type { Stream } from './streams.ts';

export interface SpoolPolicy {
  /** Above this, what is safe elsewhere is deleted, oldest first. */
  readonly limitBytes: number;
  /** Above this, what is not safe elsewhere is deleted too, and the chain says so. */
  readonly hardBytes: number;
  /** Every target that must have a file before it may go. */
  readonly targets: readonly string[];
  readonly ledger: string;
  /** Directory of receipts; '' when the targets confirm by themselves. */
  readonly receipts: string;
  /** What travels in segments beside the captures. */
  readonly streams: readonly Stream[];
  /** Folder of downloaded objects. */
  readonly objects?: string;
}

interface Entry {
  readonly seal: Seal;
  /** Bytes of the file in the spool; 0 when it is gone. */
  readonly bytes: number;
}

const POLICY = 'spool.json';

export function writeSpoolPolicy(directory: string, policy: SpoolPolicy): void {
  writeFileAtomic(path.join(directory, POLICY), `${JSON.stringify(policy)}\n`, 0o640);
}

export function readSpoolPolicy(directory: string): SpoolPolicy | undefined {
  const text = readTextIfThere(path.join(directory, POLICY));
  return text === undefined ? undefined : (JSON.parse(text) as SpoolPolicy);
}

/** Frees what may go. Returns the gaps that it had to make. Only within `inTurn`. */
export async function boundSpool(directory: string): Promise<Seal[]> {
  const policy = readSpoolPolicy(directory);
  if (policy === undefined) return [];
  const isSafe = safety(directory, policy);
  let entries = (await sealsOf(directory)).map((seal) => ({ seal, bytes: sizeOf(path.join(directory, seal.name)) }));
  const total = () => entries.reduce((sum, { bytes }) => sum + bytes, 0);
  const free = async (which: (entry: Entry) => boolean, limit: number, go: (entry: Entry) => Promise<void>) => {
    for (const entry of entries.filter(which)) {
      if (entry.bytes > 0 && total() <= limit) continue;
      await go(entry);
      entries = entries.filter((other) => other !== entry);
    }
  };
  const remove = async ({ seal }: Entry) => {
    await rm(path.join(directory, seal.name), { force: true });
    await rm(path.join(directory, sealFileName(seal)), { force: true });
  };
  // Pieces were for the time until the whole capture is there.
  for (const entry of entries.filter(({ seal }) => isPiece(seal) && isSafe(seal))) await remove(entry);
  entries = entries.filter(({ seal }) => !isPiece(seal) || !isSafe(seal));
  await free((entry) => isSafe(entry.seal), policy.limitBytes, remove);
  const gaps: Seal[] = [];
  await free(
    ({ bytes }) => bytes > 0,
    policy.hardBytes,
    async ({ seal }) => {
      gaps.push(appendGap(directory, seal, 'the spool was full before this file was safe elsewhere'));
      await rm(path.join(directory, seal.name), { force: true });
    },
  );
  return gaps;
}

/** Whether the other side has an entry for sure. */
function safety(directory: string, { targets, ledger, receipts }: SpoolPolicy): (seal: Seal) => boolean {
  const delivered = deliveriesOf(ledger);
  const key = receiptKey(directory);
  const isReceipted = (seal: Seal) => {
    const text = readTextIfThere(path.join(receipts, receiptName(seal))) ?? '';
    const sealed = readTextIfThere(path.join(directory, sealFileName(seal))) ?? '';
    const receipt = key === undefined ? undefined : readReceipt(text, key);
    return receipt?.chain === seal.chain && receipt.seq === seal.seq && receipt.seal === sha256Of(sealed);
  };
  return (seal) => {
    const how = targets.map((target) => delivered(sealFileName(seal), target));
    if (how.length === 0 || how.includes(undefined)) return false;
    return receipts === '' ? !how.includes('sent') : isReceipted(seal);
  };
}

function sizeOf(file: string): number {
  try {
    return statSync(file).size;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return 0;
    throw error;
  }
}

/**
 * The verifying side, on the share's machine: audits each honeypot's folder again and again, and writes a receipt for every
 * entry that is proven and on disk. What was receipted is not hashed again until somebody audits the archive.
 */
import { mkdirSync, readdirSync } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { delay, type Logger, messageOf, writeFileAtomic } from '@waspglass/kit';
import { honeypotFolders, type SealCopy, type SealMemory } from './archive.ts';
import { audit, type Finding, type Verdict } from './audit.ts';
import { type ChainKey, KeyWalk } from './chain-key.ts';
import { readReceipts, receiptName, receiptText } from './receipt.ts';
import { hashFile } from './seal.ts';

export interface VerifierOptions {
  readonly directory: string;
  readonly keys: readonly ChainKey[];
  /** Where receipts go, a folder for each honeypot; undefined: none are written. */
  readonly receipts: string | undefined;
  readonly logger: Logger;
}

/** What is on its way looks wrong for a while: findings are told when they last, in ms. */
const PATIENCE = 30_000;
const PAUSE = 500;

export class Verifier {
  private readonly options: VerifierOptions;
  private readonly receiptKeys: ReadonlyMap<string, Buffer>;
  /** Seals whose receipts were written, or that were proven by this process. */
  private readonly proven = new Set<string>();
  private readonly memories = new Map<string, SealMemory>();
  /** When each finding was first seen; Infinity once it was told. */
  private readonly seen = new Map<string, number>();

  constructor(options: VerifierOptions) {
    this.options = options;
    const receiptKey = ({ key }: ChainKey) => new KeyWalk(Buffer.from(key, 'hex')).receiptKey;
    this.receiptKeys = new Map(options.keys.map((key) => [key.chain, receiptKey(key)]));
    this.load();
  }

  /** Until the signal. A round that fails (the disk is gone) is told and tried again. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const began = performance.now();
      try {
        for (const verdict of await this.round()) this.tell(verdict, Date.now());
      } catch (error) {
        this.options.logger.error(`not verified: ${messageOf(error)}`);
      }
      const end = performance.now() + Math.max(PAUSE, 4 * (performance.now() - began));
      while (performance.now() < end && !signal.aborted) await delay(100);
    }
  }

  /** Looks at everything once and writes what receipts can be written. */
  async round(): Promise<Verdict[]> {
    const verdicts: Verdict[] = [];
    for (const folder of await honeypotFolders(this.options.directory)) {
      const receipts = this.receiptsOf(folder);
      const memory = this.memories.get(folder) ?? new Map();
      this.memories.set(folder, memory);
      const verdict = await audit(folder, {
        keys: this.options.keys,
        memory,
        isProven: ({ sha256 }) => this.proven.has(sha256),
        hash: hashOnDisk,
        ...(receipts === undefined ? {} : { receipts }),
      });
      await this.receipt(folder, verdict.proven);
      verdicts.push(verdict);
    }
    return verdicts;
  }

  private receiptsOf(folder: string): string | undefined {
    const { receipts } = this.options;
    return receipts === undefined ? undefined : path.join(receipts, path.basename(folder));
  }

  private async receipt(folder: string, proven: readonly SealCopy[]): Promise<void> {
    const fresh = proven.filter(({ sha256 }) => !this.proven.has(sha256));
    if (fresh.length === 0) return;
    for (const { file } of fresh) await sync(path.join(folder, file));
    await sync(folder);
    const directory = this.receiptsOf(folder);
    if (directory !== undefined) mkdirSync(directory, { recursive: true, mode: 0o750 });
    for (const { seal, sha256 } of fresh) {
      const key = this.receiptKeys.get(seal.chain);
      if (directory !== undefined && key !== undefined) {
        const receipt = { chain: seal.chain, seq: seal.seq, seal: sha256, checked: new Date().toISOString() };
        writeFileAtomic(path.join(directory, receiptName(seal)), receiptText(receipt, key), 0o644);
      }
      this.proven.add(sha256);
      this.options.logger.info(`verified ${path.basename(folder)} ${seal.seq} ${seal.name}, sha256 ${seal.sha256}`);
    }
  }

  private tell({ folder, findings }: Verdict, now: number): void {
    for (const finding of findings) {
      const id = `${folder}\0${finding.file}\0${finding.text}`;
      const since = this.seen.get(id) ?? now;
      this.seen.set(id, since);
      if (since === Number.POSITIVE_INFINITY || now - since < PATIENCE) continue;
      this.seen.set(id, Number.POSITIVE_INFINITY);
      this.say(folder, finding);
    }
  }

  private say(folder: string, { level, file, text }: Finding): void {
    const line = `${path.basename(folder)}: ${level}: ${file}: ${text}`;
    if (level === 'altered') this.options.logger.error(line);
    else this.options.logger.info(line);
  }

  /** Receipts of an earlier process. */
  private load(): void {
    const { receipts } = this.options;
    if (receipts === undefined) return;
    mkdirSync(receipts, { recursive: true });
    for (const entry of readdirSync(receipts, { withFileTypes: true })) {
      if (!entry.isDirectory()) continue;
      for (const [chain, key] of this.receiptKeys)
        for (const { receipt } of readReceipts(path.join(receipts, entry.name), chain, key))
          if (receipt !== undefined) this.proven.add(receipt.seal);
    }
  }
}

/** Hashes a file after it was written to its disk: a receipt must survive a power cut. */
async function hashOnDisk(file: string): Promise<string> {
  await sync(file);
  return (await hashFile(file)).sha256;
}

async function sync(file: string): Promise<void> {
  const handle = await open(file, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

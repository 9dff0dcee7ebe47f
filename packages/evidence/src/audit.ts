/**
 * The verdict over one honeypot's archive. Every seal is checked against its code, its predecessor and its file; every file
 * must be vouched for by a seal. Nothing is repaired and nothing is believed: what is not proven is a finding.
 */
import path from 'node:path';
import { type Archive, copyKeys, type FileCopy, readArchive, type SealCopy, type SealMemory } from './archive.ts';
import { type ChainKey, isMac, KeyWalk } from './chain-key.ts';
import { type FoundReceipt, readReceipts } from './receipt.ts';
import { hashFile, isGap, NO_PREVIOUS } from './seal.ts';

/** `note` changes nothing; `gap` is a loss that the chain itself tells; `altered` is everything else. */
export type Level = 'note' | 'gap' | 'altered';

export interface Finding {
  readonly level: Level;
  readonly file: string;
  readonly text: string;
}

export interface Verdict {
  readonly folder: string;
  readonly verdict: 'complete' | 'gaps' | 'altered';
  /** Entries whose seal and file are as they were made, or whose loss the chain tells. */
  readonly proven: readonly SealCopy[];
  readonly entries: number;
  readonly bytes: number;
  /** Whether the codes of all chains could be checked. */
  readonly authenticated: boolean;
  readonly findings: readonly Finding[];
  /** Time of the newest entry: the archive says nothing about what came after it. */
  readonly until: string;
}

export interface AuditOptions {
  readonly keys: readonly ChainKey[];
  /** Receipts of this honeypot: they tell of entries that were there once. */
  readonly receipts?: string;
  /** Entries whose files were found right before; of them only the length is looked at. */
  readonly isProven?: (seal: SealCopy) => boolean;
  readonly hash?: (file: string) => Promise<string>;
  readonly memory?: SealMemory;
}

export async function audit(folder: string, options: AuditOptions): Promise<Verdict> {
  return new Audit(await readArchive(folder, options.memory), options).run();
}

class Audit {
  private readonly archive: Archive;
  private readonly options: AuditOptions;
  private readonly findings: Finding[] = [];
  private readonly used = new Set<string>();
  private readonly proven: SealCopy[] = [];
  private bytes = 0;
  private authenticated = true;

  constructor(archive: Archive, options: AuditOptions) {
    this.archive = archive;
    this.options = options;
  }

  async run(): Promise<Verdict> {
    const { folder, seals } = this.archive;
    const chains = Map.groupBy(seals, ({ seal }) => seal.chain);
    this.badSeals();
    for (const [chain, copies] of chains) await this.chain(chain, copies);
    // A chain of which nothing is left but its receipts.
    for (const { chain, key } of this.options.keys)
      if (!chains.has(chain)) this.receipts(chain, new KeyWalk(Buffer.from(key, 'hex')), new Map());
    this.rest();
    const worst = (level: Level) => this.findings.some((finding) => finding.level === level);
    return {
      folder,
      verdict: worst('altered') ? 'altered' : worst('gap') ? 'gaps' : 'complete',
      proven: this.proven,
      entries: new Set(seals.map(({ sha256 }) => sha256)).size,
      bytes: this.bytes,
      authenticated: this.authenticated && seals.length > 0,
      findings: this.findings,
      until:
        seals
          .map(({ seal }) => seal.sealed)
          .sort()
          .at(-1) ?? '',
    };
  }

  private find(level: Level, file: string, text: string): void {
    this.findings.push({ level, file, text });
  }

  private async chain(chain: string, copies: readonly SealCopy[]): Promise<void> {
    const known = this.options.keys.find((key) => key.chain === chain);
    const keys = known === undefined ? undefined : new KeyWalk(Buffer.from(known.key, 'hex'));
    this.authenticated &&= keys !== undefined;
    if (keys === undefined && this.options.keys.length > 0)
      this.find('altered', copies[0]?.file ?? '', `of chain ${chain}, for which no key was given`);
    const line = this.inOrder(copies, keys);
    const bySeq = new Map(line.map((copy) => [copy.seal.seq, copy]));
    const lost = new Map(line.flatMap(({ seal }) => (seal.lost === undefined ? [] : [[seal.lost, seal.reason ?? '']])));
    let last = 0;
    for (const copy of line) {
      const { seq } = copy.seal;
      if (seq > last + 1)
        this.find('altered', copy.file, `found sequence ${seq} after ${last}: ${span(last + 1, seq - 1)} not there`);
      last = seq;
      if (this.isLinked(copy, bySeq.get(seq - 1)) && (await this.isFileProven(copy, lost.get(seq))))
        this.proven.push(copy);
    }
    this.receipts(chain, keys, bySeq);
  }

  /** Seals with a right code, one for each sequence number, in order. */
  private inOrder(copies: readonly SealCopy[], keys: KeyWalk | undefined): SealCopy[] {
    const line: SealCopy[] = [];
    for (const copy of [...copies].sort((a, b) => a.seal.seq - b.seal.seq)) {
      const { seal, body, mac, file } = copy;
      if (keys !== undefined && !isMac(keys.at(seal.seq), body, mac)) {
        this.find(
          'altered',
          file,
          `found a seal whose code is not the chain's for sequence ${seal.seq}: forged or changed`,
        );
        continue;
      }
      const before = line.at(-1);
      if (before?.seal.seq !== seal.seq) line.push(copy);
      else if (before.sha256 === copy.sha256) this.find('note', file, `the same as ${before.file}, sent twice`);
      else this.find('altered', file, `found another seal of sequence ${seal.seq} than in ${before.file}`);
    }
    return line;
  }

  private isLinked({ seal, file }: SealCopy, before: SealCopy | undefined): boolean {
    const expected = seal.seq === 1 ? NO_PREVIOUS : before?.sha256;
    if (expected === undefined || expected === seal.previous) return true;
    this.find(
      'altered',
      file,
      `names ${seal.previous} as the seal before, found ${expected}: one of the two was changed`,
    );
    return false;
  }

  private async isFileProven(entry: SealCopy, lost: string | undefined): Promise<boolean> {
    const { seal, file } = entry;
    if (isGap(seal)) {
      this.find(
        'gap',
        file,
        `the file of sequence ${seal.lost} (${seal.bytes} bytes, ${seal.events} events) was lost: ${seal.reason}`,
      );
      return true;
    }
    const copies = copyKeys(seal).flatMap((key) => this.archive.copies.get(key) ?? []);
    const isProven = this.options.isProven?.(entry) === true;
    const found: string[] = [];
    for (const copy of copies)
      found.push(isProven && copy.bytes === seal.bytes ? seal.sha256 : await this.hashOf(copy));
    const isGood = found.includes(seal.sha256);
    for (const [i, copy] of copies.entries()) this.judge(copy, found[i] ?? '', seal.sha256, seal.bytes, isGood);
    if (isGood) this.bytes += seal.bytes;
    if (copies.length === 0 && lost === undefined)
      this.find(
        'altered',
        seal.name,
        `is not there (${file} expects ${seal.bytes} bytes, sha256 ${seal.sha256}), and no gap is recorded`,
      );
    if (isGood && !seal.complete)
      this.find('gap', seal.name, 'its writer was killed: up to the last flush is missing at its end');
    return isGood || lost !== undefined;
  }

  private judge(copy: FileCopy, found: string, sha256: string, bytes: number, isGood: boolean): void {
    const { file, drop } = copy;
    const isRepeated = this.used.has(`good ${sha256}`);
    this.used.add(file);
    if (found === sha256) {
      this.used.add(`good ${sha256}`);
      if (isRepeated) this.find('note', file, 'a second copy of the same file');
    } else if (drop !== undefined && isGood && copy.bytes < bytes)
      this.find('note', file, `an upload that was cut after ${copy.bytes} of ${bytes} bytes; a later one is whole`);
    else
      this.find(
        'altered',
        file,
        `found ${copy.bytes} bytes, sha256 ${found}; expected ${bytes} bytes, sha256 ${sha256}`,
      );
  }

  private hashOf({ file }: FileCopy): Promise<string> {
    const whole = path.join(this.archive.folder, file);
    return this.options.hash?.(whole) ?? hashFile(whole).then(({ sha256 }) => sha256);
  }

  /** A seal on an add-only share may have been cut on its way and sent again. */
  private badSeals(): void {
    const good = new Set(this.archive.seals.map(({ seal, sha256 }) => `${seal.seq}.${sha256}`));
    for (const { file, reason, drop, bytes } of this.archive.badSeals) {
      const isCut = drop !== undefined && bytes < drop.bytes && good.has(`${drop.seq}.${drop.sha256}`);
      this.find(isCut ? 'note' : 'altered', file, isCut ? 'an upload that was cut; a later one is whole' : reason);
    }
  }

  private rest(): void {
    const { copies, strangers, parts, probes } = this.archive;
    for (const { file, bytes } of [...copies.values()].flat())
      if (!this.used.has(file)) this.find('altered', file, `found ${bytes} bytes that no seal vouches for`);
    for (const file of strangers) this.find('altered', file, 'found a file that is no evidence');
    for (const file of parts) this.find('note', file, 'an upload that was interrupted');
    for (const file of probes) this.find('note', file, 'left by waspglass share check');
  }

  /** What was receipted once must still be there: this finds even a cut at the end of the chain. */
  private receipts(chain: string, keys: KeyWalk | undefined, bySeq: ReadonlyMap<number, SealCopy>): void {
    const { receipts } = this.options;
    if (receipts === undefined || keys === undefined) return;
    for (const { file, receipt } of readReceipts(receipts, chain, keys.receiptKey)) this.receipt(file, receipt, bySeq);
  }

  private receipt(file: string, receipt: FoundReceipt['receipt'], bySeq: ReadonlyMap<number, SealCopy>): void {
    if (receipt === undefined) {
      this.find('altered', file, 'found a receipt whose code is wrong');
      return;
    }
    const copy = bySeq.get(receipt.seq);
    if (copy?.sha256 === receipt.seal) return;
    this.find(
      'altered',
      file,
      `vouches for sequence ${receipt.seq} since ${receipt.checked}, which is ${copy === undefined ? 'not there any more' : `now another one, in ${copy.file}`}`,
    );
  }
}

const span = (from: number, to: number): string => (from === to ? `${from} is` : `${from} to ${to} are`);

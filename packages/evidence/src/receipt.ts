/**
 * Receipts: the verifying side says that it has checked an entry, with a code that it and the honeypot's root can make. One
 * file for each entry, `<chain, first 16>.<seq 8 digits>.receipt.json`. Format: docs/evidence.md.
 */
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { readTextIfThere } from '@waspglass/kit';
import { isMac, macOf } from './chain-key.ts';
import type { Seal } from './seal.ts';

export interface Receipt {
  readonly chain: string;
  readonly seq: number;
  /** SHA-256 of the seal's text. */
  readonly seal: string;
  /** ISO 8601, UTC. */
  readonly checked: string;
}

export const RECEIPT_SUFFIX = '.receipt.json';
const TEXT =
  /^(\{"chain":"[0-9a-f]{32}","seq":\d{1,15},"seal":"[0-9a-f]{64}","checked":"[\d:.TZ-]{1,30}"),"mac":"([0-9a-f]{64})"\}\n$/;

export function receiptName({ chain, seq }: Pick<Seal, 'chain' | 'seq'>): string {
  return `${chain.slice(0, 16)}.${String(seq).padStart(8, '0')}${RECEIPT_SUFFIX}`;
}

export function receiptText({ chain, seq, seal, checked }: Receipt, key: Buffer): string {
  const body = JSON.stringify({ chain, seq, seal, checked });
  return `${body.slice(0, -1)},"mac":"${macOf(key, body)}"}\n`;
}

/** The receipt when its text and its code are right, else undefined. */
export function readReceipt(text: string, key: Buffer): Receipt | undefined {
  const [, head = '', mac = ''] = TEXT.exec(text) ?? [];
  const body = `${head}}`;
  return head !== '' && isMac(key, body, mac) ? (JSON.parse(body) as Receipt) : undefined;
}

export interface FoundReceipt {
  readonly file: string;
  /** undefined: the text or the code is wrong. */
  readonly receipt: Receipt | undefined;
}

/** All receipts of a chain in a directory; [] when there is no such directory. */
export function readReceipts(directory: string, chain: string, key: Buffer): FoundReceipt[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory)
    .filter((name) => name.endsWith(RECEIPT_SUFFIX) && name.startsWith(`${chain.slice(0, 16)}.`))
    .map((file) => ({ file, receipt: readReceipt(readTextIfThere(path.join(directory, file)) ?? '', key) }));
}

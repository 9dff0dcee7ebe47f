/**
 * The arithmetic of the chain's keys. The key of a seal is the hash of the key before, and the old key is erased: who takes
 * the honeypot can neither compute nor change codes of the past. The verifying side keeps the first key and computes them
 * all.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { messageOf } from '@waspglass/kit';
import { fail } from './errors.ts';

export interface ChainKey {
  readonly chain: string;
  /** Key of the seal with sequence 1, 64 hexadecimal digits. */
  readonly key: string;
}

const HEX_KEY = /^[0-9a-f]{64}$/;
const MAX_KEY_FILE = 1 << 20;

export function nextKey(key: Buffer): Buffer {
  return createHash('sha256').update('waspglass evidence key').update(key).digest();
}

/** Key of receipts: made from the first key, which it does not give away. It stays the same, on both sides. */
export function receiptKeyOf(firstKey: Buffer): Buffer {
  return createHash('sha256').update('waspglass evidence receipts').update(firstKey).digest();
}

export function macOf(key: Buffer, body: string): string {
  return createHmac('sha256', key).update(body).digest('hex');
}

export function isMac(key: Buffer, body: string, mac: string): boolean {
  const expected = Buffer.from(macOf(key, body));
  const found = Buffer.from(mac);
  return expected.length === found.length && timingSafeEqual(expected, found);
}

/** Keys of one chain by sequence number; asked in rising order, each costs one hash. */
export class KeyWalk {
  readonly receiptKey: Buffer;
  private readonly first: Buffer;
  private key: Buffer;
  private seq = 1;

  constructor(firstKey: Buffer) {
    this.first = firstKey;
    this.key = firstKey;
    this.receiptKey = receiptKeyOf(firstKey);
  }

  at(seq: number): Buffer {
    if (seq < this.seq) {
      this.key = this.first;
      this.seq = 1;
    }
    for (; this.seq < seq; this.seq++) this.key = nextKey(this.key);
    return this.key;
  }
}

/** Reads verification keys: one JSON line for each chain. The file must be its reader's alone. */
export function readChainKeys(file: string): ChainKey[] {
  const { mode, size } = statOf(file);
  if ((mode & 0o077) !== 0)
    throw fail('WG_EVIDENCE_CREDENTIALS', { found: `0${(mode & 0o777).toString(8)}` }, { at: { file } });
  if (size > MAX_KEY_FILE) throw fail('WG_EVIDENCE_KEY', { found: `${size} bytes` }, { at: { file } });
  const keys = readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((text, i) => (text.trim() === '' ? [] : [parseKey(text, file, i + 1)]));
  if (keys.length === 0) throw fail('WG_EVIDENCE_KEY', { found: 'an empty file' }, { at: { file } });
  return keys;
}

function statOf(file: string): { mode: number; size: number } {
  try {
    return statSync(file);
  } catch (cause) {
    throw fail('WG_EVIDENCE_KEY', { found: messageOf(cause) }, { at: { file }, cause });
  }
}

/** A key is a secret: a line that is none is not shown. */
function parseKey(text: string, file: string, line: number): ChainKey {
  try {
    const { chain, key } = JSON.parse(text) as Partial<ChainKey>;
    if (typeof chain === 'string' && typeof key === 'string' && HEX_KEY.test(key)) return { chain, key };
  } catch (cause) {
    throw fail('WG_EVIDENCE_KEY', { found: 'no JSON' }, { at: { file, line }, cause });
  }
  throw fail('WG_EVIDENCE_KEY', { found: 'other fields' }, { at: { file, line } });
}

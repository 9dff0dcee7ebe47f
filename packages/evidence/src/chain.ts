/**
 * The chain of seals of one directory. `chain.json` (root's alone) holds the next sequence number, the current key and the
 * last seal's text; it is replaced before the seal is written, so that a kill between the two is made good at the next
 * start and no number is ever given twice. `chain.key` is the verifier's copy of the first key: move it away.
 */
import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, openSync, renameSync, statSync, writeSync } from 'node:fs';
import path from 'node:path';
import { readTextIfThere, systemCode } from '@waspglass/kit';
import { macOf, nextKey, receiptKeyOf } from './chain-key.ts';
import { fail } from './errors.ts';
import {
  gapName,
  isGap,
  NO_PREVIOUS,
  parseSeal,
  type Seal,
  type SealedFile,
  sealBody,
  sealFileName,
  sealText,
  sha256Of,
} from './seal.ts';

interface ChainState {
  readonly chain: string;
  /** Of the next seal. */
  readonly seq: number;
  readonly previous: string;
  /** Of the next seal. */
  readonly key: string;
  readonly receiptKey: string;
  /** Text of the last seal; '' before the first. */
  readonly last: string;
}

const STATE = 'chain.json';
export const VERIFY_KEY = 'chain.key';
/** One step at a time in each directory. */
const turns = new Map<string, Promise<unknown>>();

/** Runs a step that reads and changes the chain of a directory, after those that were asked for before. */
export function inTurn<T>(directory: string, step: () => T | Promise<T>): Promise<T> {
  const turn = (turns.get(directory) ?? Promise.resolve()).then(step);
  const settled = turn.then(
    () => undefined,
    () => undefined,
  );
  turns.set(directory, settled);
  void settled.then(() => {
    if (turns.get(directory) === settled) turns.delete(directory);
  });
  return turn;
}

/** Adds a seal to the chain and writes it. Only within `inTurn`. */
export function appendSeal(directory: string, file: SealedFile): Seal {
  const state = readState(directory) ?? beginChain(directory);
  const { chain, seq, previous } = state;
  const seal: Seal = { chain, seq, previous, ...file };
  const body = sealBody(seal);
  const key = Buffer.from(state.key, 'hex');
  const text = sealText(body, macOf(key, body));
  const next = nextKey(key).toString('hex');
  replaceSecret(path.join(directory, STATE), {
    ...state,
    seq: seq + 1,
    previous: sha256Of(text),
    key: next,
    last: text,
  });
  writeSynced(directory, sealFileName(seal), text);
  return seal;
}

/** Adds a gap: the file of an earlier seal will not be there. */
export function appendGap(directory: string, lost: Seal, reason: string): Seal {
  const seq = readState(directory)?.seq ?? 1;
  const { bytes, sha256, events } = lost;
  const sealed = new Date().toISOString();
  return appendSeal(directory, {
    name: gapName(seq),
    bytes,
    sha256,
    events,
    sealed,
    complete: false,
    lost: lost.seq,
    reason,
  });
}

/** Writes the last seal when a kill came between the chain's state and it. Only within `inTurn`. */
export function recoverChain(directory: string): void {
  const { last = '' } = readState(directory) ?? {};
  if (last === '') return;
  const { seal } = parseSeal(last, path.join(directory, STATE));
  const isNeeded = isGap(seal) || existsSync(path.join(directory, seal.name));
  if (isNeeded && !existsSync(path.join(directory, sealFileName(seal))))
    writeSynced(directory, sealFileName(seal), last);
}

/** Key with which receipts for this directory are checked; undefined before the first seal. */
export function receiptKey(directory: string): Buffer | undefined {
  const state = readState(directory);
  return state === undefined ? undefined : Buffer.from(state.receiptKey, 'hex');
}

/** A new chain: its first key goes to `chain.key` before anything is made with it. */
function beginChain(directory: string): ChainState {
  const chain = randomBytes(16).toString('hex');
  const key = randomBytes(32);
  const fd = openSync(path.join(directory, VERIFY_KEY), 'a', 0o600);
  try {
    writeSync(fd, `${JSON.stringify({ chain, key: key.toString('hex') })}\n`);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  const receipts = receiptKeyOf(key).toString('hex');
  return { chain, seq: 1, previous: NO_PREVIOUS, key: key.toString('hex'), receiptKey: receipts, last: '' };
}

function readState(directory: string): ChainState | undefined {
  const file = path.join(directory, STATE);
  const text = readTextIfThere(file);
  if (text === undefined) return undefined;
  try {
    const state = JSON.parse(text) as ChainState;
    if (Number.isSafeInteger(state.seq) && /^[0-9a-f]{64}$/.test(state.key)) return state;
  } catch (cause) {
    throw fail('WG_EVIDENCE_CHAIN', { found: 'no JSON' }, { at: { file }, cause });
  }
  throw fail('WG_EVIDENCE_CHAIN', { found: 'other fields' }, { at: { file } });
}

/** Replaces a file and then overwrites the blocks of the old one, so that the old key is gone. */
function replaceSecret(file: string, state: ChainState): void {
  const old = openIfThere(file);
  try {
    const beside = `${file}.new`;
    writeWhole(beside, `${JSON.stringify(state)}\n`, 0o600);
    renameSync(beside, file);
    syncFolder(path.dirname(file));
    if (old !== undefined) {
      writeSync(old, Buffer.alloc(statSync(`/proc/self/fd/${old}`).size), 0, null, 0);
      fsyncSync(old);
    }
  } finally {
    if (old !== undefined) closeSync(old);
  }
}

function writeSynced(directory: string, name: string, text: string): void {
  const file = path.join(directory, name);
  writeWhole(`${file}.new`, text, 0o640);
  renameSync(`${file}.new`, file);
  syncFolder(directory);
}

function writeWhole(file: string, text: string, mode: number): void {
  const fd = openSync(file, 'w', mode);
  try {
    writeSync(fd, text);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function syncFolder(directory: string): void {
  const fd = openSync(directory, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function openIfThere(file: string): number | undefined {
  try {
    return openSync(file, 'r+');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

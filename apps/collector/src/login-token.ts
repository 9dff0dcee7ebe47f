/**
 * One-time tokens for the console. The run directory holds only the hash of the newest one, so reading that file opens
 * nothing; a token works once and for a day.
 */
import { createHash, randomBytes } from 'node:crypto';
import { closeSync, fchownSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { systemCode } from '@waspglass/kit';

const FILE = 'login-token';
const VALID_MS = 24 * 3600 * 1000;
/** Characters of a token that somebody sends; longer ones are not looked at. */
const TOKEN_LENGTH = 128;

export interface TokenOwner {
  readonly uid: number;
  readonly gid: number;
}

/** SHA-256 in hexadecimal. */
export function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** A secret of 256 bits, fit for a URL or a cookie. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

/**
 * Makes a token, replacing the one before, and returns it for a link `URL/login?token=…`. `owner` is the collector's user
 * when that is another one than the caller.
 */
export function mintLoginToken(runDirectory: string, owner?: TokenOwner): string {
  const token = newSecret();
  const file = join(runDirectory, FILE);
  const part = `${file}.${process.pid}`;
  rmSync(part, { force: true });
  // The directory may be another user's: the new file is made and given away by its handle, never by its name.
  const fd = openSync(part, 'wx', 0o600);
  try {
    writeSync(fd, `${hashOf(token)} ${Date.now()}\n`);
    if (owner !== undefined) fchownSync(fd, owner.uid, owner.gid);
  } finally {
    closeSync(fd);
  }
  renameSync(part, file);
  return token;
}

/** Hash of the token that is waiting to be used, if any. */
export function waitingTokenHash(runDirectory: string, now: number): string | undefined {
  let text: string;
  try {
    text = readFileSync(join(runDirectory, FILE), 'utf8').slice(0, 200);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
  const match = /^([0-9a-f]{64}) (\d{1,15})\n$/.exec(text);
  return match !== null && now - Number(match[2]) < VALID_MS ? match[1] : undefined;
}

/** A token as it may stand in a link, else undefined. */
export function readToken(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' && value.length <= TOKEN_LENGTH ? value : undefined;
}

/**
 * Who may use the console: one-time tokens become browser sessions. Only hashes are kept, in a file beside the store, so
 * a restart logs nobody out and a token cannot be used again after one.
 */
import { timingSafeEqual } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf, systemCode, writeFileAtomic } from '@waspglass/kit';
import { fail } from './errors.ts';
import { hashOf, newSecret, waitingTokenHash } from './login-token.ts';

const FILE = 'access.json';
/** Seconds that a browser session lasts. */
export const SESSION_SECONDS = 30 * 24 * 3600;
const SESSIONS = 64;
const USED = 256;

interface State {
  /** Oldest first. */
  readonly sessions: readonly { readonly hash: string; readonly created: number }[];
  /** Hashes of tokens that were used, oldest first. */
  readonly used: readonly string[];
}

export interface AccessOptions {
  readonly directory: string;
  /** Where `mintLoginToken` leaves tokens. */
  readonly runDirectory?: string | undefined;
  /** A token that is good from the start. */
  readonly token?: string | undefined;
  readonly now?: () => number;
}

export class Access {
  private readonly file: string;
  private readonly runDirectory: string | undefined;
  private readonly tokenHash: string | undefined;
  private readonly now: () => number;
  private state: State;

  constructor({ directory, runDirectory, token, now = Date.now }: AccessOptions) {
    this.file = join(directory, FILE);
    this.runDirectory = runDirectory;
    this.tokenHash = token === undefined || token === '' ? undefined : hashOf(token);
    this.now = now;
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    this.state = readState(this.file);
  }

  /** Uses the token up and gives the secret for the cookie; undefined when the token is not good (any more). */
  redeem(token: string): string | undefined {
    const hash = hashOf(token);
    const waiting = this.runDirectory === undefined ? undefined : waitingTokenHash(this.runDirectory, this.now());
    const good = [this.tokenHash, waiting].filter((known) => known !== undefined && equal(known, hash)).length > 0;
    if (!good || this.state.used.some((used) => equal(used, hash))) return undefined;
    const secret = newSecret();
    const sessions = [...this.living(), { hash: hashOf(secret), created: this.now() }].slice(-SESSIONS);
    this.save({ sessions, used: [...this.state.used, hash].slice(-USED) });
    return secret;
  }

  /** The session's hash when the cookie's secret is good. */
  check(secret: string): string | undefined {
    const hash = hashOf(secret);
    let found: string | undefined;
    for (const session of this.living()) if (equal(session.hash, hash)) found = session.hash;
    return found;
  }

  end(hash: string): void {
    this.save({ ...this.state, sessions: this.living().filter((session) => session.hash !== hash) });
  }

  private living(): State['sessions'] {
    const oldest = this.now() - SESSION_SECONDS * 1000;
    return this.state.sessions.filter((session) => session.created > oldest);
  }

  private save(state: State): void {
    try {
      writeFileAtomic(this.file, `${JSON.stringify(state)}\n`, 0o600);
    } catch (error) {
      throw fail('WG_COLLECTOR_ACCESS', { reason: messageOf(error) }, { at: { file: this.file }, cause: error });
    }
    this.state = state;
  }
}

function equal(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}

function readState(file: string): State {
  try {
    const { sessions, used } = JSON.parse(readFileSync(file, 'utf8')) as Partial<State>;
    return {
      sessions: (sessions ?? []).filter((s) => typeof s.hash === 'string' && typeof s.created === 'number'),
      used: (used ?? []).filter((hash) => typeof hash === 'string'),
    };
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return { sessions: [], used: [] };
    throw fail('WG_COLLECTOR_ACCESS', { reason: messageOf(error) }, { at: { file }, cause: error });
  }
}

/**
 * Failures per address within ten minutes: what rules of source `auth` look at. The table is bounded; the address that
 * was not seen for the longest time goes first.
 */
import { limits } from './limits.ts';

const WINDOW_MS = 10 * 60 * 1000;

interface Seen {
  failures: number[];
  /** Last failure of each user. */
  readonly users: Map<string, number>;
  /** Failures since the address was first seen, beyond the window. */
  total: number;
}

export interface AuthCounts {
  readonly failures: number;
  readonly users: number;
  readonly seconds: number;
}

export class AuthWindow {
  private readonly seen = new Map<string, Seen>();

  /** Counts an attempt and says what the address did within the window, this attempt included. */
  add(address: string, user: string, failed: boolean, time: number): AuthCounts {
    const entry = this.seen.get(address) ?? { failures: [], users: new Map(), total: 0 };
    this.seen.delete(address);
    this.seen.set(address, entry);
    if (this.seen.size > limits.addresses) this.dropOldest();
    expire(entry, time - WINDOW_MS);
    if (failed) count(entry, user, time);
    const first = entry.failures[0];
    return {
      failures: entry.failures.length,
      users: entry.users.size,
      seconds: first === undefined ? 0 : Math.max(0, Math.round((time - first) / 1000)),
    };
  }

  /** All failures of an address that are still remembered. */
  total(address: string): number {
    return this.seen.get(address)?.total ?? 0;
  }

  get size(): number {
    return this.seen.size;
  }

  private dropOldest(): void {
    const oldest = this.seen.keys().next();
    if (!oldest.done) this.seen.delete(oldest.value);
  }
}

function expire(entry: Seen, before: number): void {
  if ((entry.failures[0] ?? before) < before) entry.failures = entry.failures.filter((t) => t >= before);
  for (const [user, time] of entry.users) {
    if (time >= before) break;
    entry.users.delete(user);
  }
}

function count(entry: Seen, user: string, time: number): void {
  entry.total++;
  if (entry.failures.length < limits.failures) entry.failures.push(time);
  entry.users.delete(user);
  if (entry.users.size < limits.users) entry.users.set(user, time);
}

/**
 * Joins the two halves of a log-in attempt: what the sensor read from sshd (password, result) and what sshd logged
 * (address, method, outcome). Halves of one sshd process come in the same order, so the first of each belong together if
 * they don't contradict one another. A half that stays alone is told alone after a while.
 */
import type { AuthRecord } from '@waspglass/logs';
import { limits } from './limits.ts';

/** How long a half waits for the other, by the clock of whoever calls `expire`. */
export const JOIN_MS = 3000;

/** An attempt that the sensor saw. */
export interface Attempt {
  /** Position among the attempts of its connection, from 1. */
  readonly index: number;
  readonly time: number;
  readonly pid: number;
  /** Process id as the victim sees it. */
  readonly vpid: number;
  user: string | undefined;
  readonly password: string;
  /** Bytes of the password that the capture doesn't hold. */
  readonly missing: number;
  readonly method: 'password' | 'keyboard-interactive/pam';
  accepted: boolean | undefined;
}

/** A log record with its place. */
export interface LoggedAttempt {
  readonly record: AuthRecord;
  readonly file: string;
  readonly identity: string;
  readonly offset: number;
  /** Position among the repetitions of one line. */
  readonly repetition: number;
}

/** `A` is the attempt with whatever its owner keeps with it. */
export interface AuthJoinHandler<A extends Attempt> {
  joined(attempt: A | undefined, logged: LoggedAttempt | undefined): void;
}

interface Waiting<X> {
  readonly item: X;
  readonly since: number;
}

interface Queue<A> {
  readonly attempts: Waiting<A>[];
  readonly records: Waiting<LoggedAttempt>[];
}

export class AuthJoin<A extends Attempt> {
  private readonly queues = new Map<number, Queue<A>>();
  private readonly handler: AuthJoinHandler<A>;
  private count = 0;
  /** Halves that were told alone because too many were waiting. */
  overflow = 0;

  constructor(handler: AuthJoinHandler<A>) {
    this.handler = handler;
  }

  attempt(item: A, now: number): void {
    const queue = this.queue(item.vpid);
    queue.attempts.push({ item, since: now });
    this.added(item.vpid, queue);
  }

  record(item: LoggedAttempt, pid: number, now: number): void {
    const queue = this.queue(pid);
    queue.records.push({ item, since: now });
    this.added(pid, queue);
  }

  /** Tells halves that have waited since before `now` - JOIN_MS. */
  expire(now: number): void {
    for (const [pid, queue] of this.queues) {
      while (queue.attempts[0] !== undefined && queue.attempts[0].since <= now - JOIN_MS) this.tell(queue, 1, 0);
      while (queue.records[0] !== undefined && queue.records[0].since <= now - JOIN_MS) this.tell(queue, 0, 1);
      this.tidy(pid, queue);
    }
  }

  /** Tells everything that waits. */
  flush(): void {
    this.expire(Number.POSITIVE_INFINITY);
  }

  private queue(pid: number): Queue<A> {
    const known = this.queues.get(pid);
    if (known !== undefined) return known;
    const queue: Queue<A> = { attempts: [], records: [] };
    this.queues.set(pid, queue);
    return queue;
  }

  private added(pid: number, queue: Queue<A>): void {
    this.count++;
    for (;;) {
      const attempt = queue.attempts[0]?.item;
      if (attempt === undefined || queue.records.length === 0) break;
      const at = queue.records.findIndex((r) => agree(attempt, r.item.record));
      if (at < 0) break;
      // What was logged before the one that fits has no attempt that we saw.
      for (let i = 0; i < at; i++) this.tell(queue, 0, 1);
      this.tell(queue, 1, 1);
    }
    if (this.count > limits.waiting) {
      this.overflow++;
      this.tell(queue, Math.min(1, queue.attempts.length), Math.min(1, queue.records.length));
    }
    this.tidy(pid, queue);
  }

  private tell(queue: Queue<A>, attempts: number, records: number): void {
    const attempt = attempts > 0 ? queue.attempts.shift()?.item : undefined;
    const logged = records > 0 ? queue.records.shift()?.item : undefined;
    this.count -= (attempt === undefined ? 0 : 1) + (logged === undefined ? 0 : 1);
    if (attempt !== undefined || logged !== undefined) this.handler.joined(attempt, logged);
  }

  private tidy(pid: number, queue: Queue<A>): void {
    if (queue.attempts.length === 0 && queue.records.length === 0) this.queues.delete(pid);
  }
}

/** Whether a line may speak of an attempt. Whoever can write to the log may lie: what sshd itself said decides. */
function agree(attempt: Attempt, record: AuthRecord): boolean {
  if (record.method !== attempt.method && !record.method?.startsWith(attempt.method)) return false;
  if (attempt.accepted !== undefined && attempt.accepted !== (record.kind === 'accepted')) return false;
  return attempt.user === undefined || record.user === undefined || sameUser(attempt.user, record.user);
}

/** The log has the name with unprintable characters replaced: only plain names can be compared. */
function sameUser(raw: string, logged: string): boolean {
  return raw === logged || /[^ -~]|\\/.test(raw) || raw.length > 100;
}

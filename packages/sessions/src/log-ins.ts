/**
 * Log-in attempts: reads them from sshd's monitor, joins them with log records, counts failures per address, and tells
 * one document per attempt.
 */
import type { AuthContext, EventContext } from '@waspglass/fields';
import type { AuthDocument, AuthRecord, CaptureReference, TailedLine } from '@waspglass/logs';
import { T } from '@waspglass/state';
import { authDocument, authFacts } from './auth-document.ts';
import type { LoggedAttempt } from './auth-join.ts';
import { AuthJoin } from './auth-join.ts';
import { AuthWindow } from './auth-window.ts';
import { pidOf, timeOf } from './event-view.ts';
import { limits } from './limits.ts';
import type { Connection, ConnectionAttempt } from './process-tree.ts';
import type { MonitorMessage } from './sshd-messages.ts';
import { isKnownVersion, MonitorChannel } from './sshd-messages.ts';

const CHANNELS = 16;
/** An attempt without a result is told after this, ms: PAM makes a refused client wait about two seconds. */
const RESULT_MS = 15_000;

export type AuthListener = (context: AuthContext, document: AuthDocument) => void;

export interface LogInHandler {
  readonly host: string;
  readonly reference: (c: EventContext) => CaptureReference | undefined;
  readonly tell: (document: AuthDocument) => void;
  /** sshd accepted somebody. */
  readonly accepted: (connection: Connection, time: number, c: EventContext | undefined) => void;
  /** An attempt before `time` failed. */
  readonly failed: (address: string, time: number) => void;
}

export class LogIns {
  readonly stats = { attempts: 0, ignoredAttempts: 0, records: 0, ignoredRecords: 0, unknownVersions: 0 };
  readonly window = new AuthWindow();
  /** Greeting versions whose messages are not known and were not decoded. */
  readonly unknownVersions = new Set<string>();
  private readonly join: AuthJoin<ConnectionAttempt>;
  private readonly byVpid = new Map<number, Connection>();
  private readonly open = new Map<ConnectionAttempt, number>();
  private readonly listeners = new Set<AuthListener>();
  private readonly handler: LogInHandler;

  constructor(handler: LogInHandler) {
    this.handler = handler;
    this.join = new AuthJoin({ joined: (attempt, logged) => this.joined(attempt, logged) });
  }

  onAuthRecord(listener: AuthListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** The victim's own number for the connection's process is known (now). */
  named(connection: Connection, vpid: number): void {
    if (this.byVpid.get(connection.vpid) === connection) this.byVpid.delete(connection.vpid);
    connection.vpid = vpid;
    this.byVpid.set(vpid, connection);
  }

  greeted(connection: Connection, version: string): void {
    if (connection.version !== undefined) return;
    connection.version = version;
    if (isKnownVersion(version)) return;
    this.stats.unknownVersions++;
    if (this.unknownVersions.size < 100) this.unknownVersions.add(version);
  }

  /** A read or write of an sshd process on a descriptor that may lead to its other half. */
  monitor(connection: Connection, c: EventContext, reads: boolean, result: number, data: Uint8Array): void {
    const { version } = connection;
    if (version !== undefined && !isKnownVersion(version)) return;
    const key = `${pidOf(c)}:${c.state.fdNum}`;
    let channel = connection.channels.get(key);
    if (channel === undefined) {
      if (connection.channels.size >= CHANNELS) connection.channels.clear();
      channel = new MonitorChannel(version);
      connection.channels.set(key, channel);
    }
    const message = reads ? channel.read(result, data) : channel.write(result, data);
    if (message !== undefined) this.heard(connection, message, c);
  }

  /** The last process of the connection ended. */
  ended(connection: Connection): void {
    this.settle(connection);
    if (this.byVpid.get(connection.vpid) === connection) this.byVpid.delete(connection.vpid);
  }

  /** A record of the victim's log. */
  record(record: AuthRecord, line: Pick<TailedLine, 'file' | 'identity' | 'offset'>): void {
    if (record.kind !== 'failed' && record.kind !== 'accepted') {
      this.stats.ignoredRecords++;
      return;
    }
    const connection = record.pid === undefined ? undefined : this.byVpid.get(record.pid);
    if (record.kind === 'accepted' && connection !== undefined) this.admitted(connection, record);
    const guess = record.method === 'password' || record.method?.startsWith('keyboard-interactive') === true;
    for (let repetition = 0; repetition < record.count; repetition++) {
      this.stats.records++;
      const { file, identity, offset } = line;
      const logged = { record, file, identity, offset, repetition };
      if (guess && record.pid !== undefined) this.join.record(logged, record.pid, Date.now());
      else if (record.method !== 'none') this.joined(undefined, logged);
    }
  }

  /** Tells what has waited long enough; `now` by this machine's clock. */
  expire(now: number): void {
    for (const [attempt, since] of this.open) {
      if (since > now - RESULT_MS) break;
      this.settle(attempt.connection);
    }
    this.join.expire(now);
  }

  /** Tells everything that waits. */
  flush(): void {
    for (const attempt of [...this.open.keys()]) this.settle(attempt.connection);
    this.join.flush();
  }

  private admitted(connection: Connection, record: AuthRecord): void {
    connection.user ??= record.user;
    this.handler.accepted(connection, record.time ?? Date.now(), undefined);
    const { user, method, address, port } = record;
    connection.session?.learn({ user, method, address, port });
  }

  private heard(connection: Connection, message: MonitorMessage, c: EventContext): void {
    if (message.kind === 'user') connection.user = message.text;
    else if (message.kind === 'result') this.result(connection, message, c);
    else this.tried(connection, message, c);
  }

  private tried(
    connection: Connection,
    message: { kind: 'password' | 'answer'; text: string; missing: number },
    c: EventContext,
  ): void {
    // Who may try again was not let in before.
    if (connection.pending !== undefined) connection.pending.accepted ??= false;
    this.settle(connection);
    if (connection.attempts >= limits.attempts) {
      this.stats.ignoredAttempts++;
      return;
    }
    this.stats.attempts++;
    const attempt: ConnectionAttempt = {
      connection,
      capture: this.handler.reference(c),
      index: ++connection.attempts,
      time: timeOf(c),
      pid: pidOf(c),
      vpid: c.column(T.vpid, connection.vpid),
      user: connection.user,
      password: message.text,
      missing: message.missing,
      method: message.kind === 'password' ? 'password' : 'keyboard-interactive/pam',
      accepted: undefined,
    };
    connection.pending = attempt;
    this.open.set(attempt, Date.now());
  }

  private result(
    connection: Connection,
    message: { of: 'password' | 'answer'; accepted: boolean },
    c: EventContext,
  ): void {
    const attempt = connection.pending;
    // PAM's answer to a keyboard-interactive answer comes later unless it is a yes.
    if (attempt === undefined || (message.of === 'answer' && !message.accepted)) return;
    if ((message.of === 'answer') !== (attempt.method !== 'password')) return;
    attempt.accepted = message.accepted;
    if (message.accepted) connection.accepted = attempt;
    if (message.accepted) this.handler.accepted(connection, timeOf(c), c);
    this.settle(connection);
  }

  /** The session that an attempt opened; a line must name the connection's own client to be believed. */
  private sessionOf(attempt: ConnectionAttempt | undefined, logged: LoggedAttempt | undefined): string | undefined {
    if (attempt !== undefined) return attempt.connection.session?.id;
    const connection = this.byVpid.get(logged?.record.pid ?? 0);
    return connection?.client?.ip === logged?.record.address ? connection?.session?.id : undefined;
  }

  /** Hands the pending attempt to the join. */
  private settle(connection: Connection): void {
    const attempt = connection.pending;
    if (attempt === undefined) return;
    connection.pending = undefined;
    this.open.delete(attempt);
    this.join.attempt(attempt, Date.now());
  }

  private joined(attempt: ConnectionAttempt | undefined, logged: LoggedAttempt | undefined): void {
    const facts = authFacts(attempt, logged);
    const document = authDocument(this.handler.host, facts, attempt, logged, this.sessionOf(attempt, logged));
    const failed = facts.accepted === false;
    const { user, address = '', port = 0, method, time } = facts;
    const counts = this.window.add(address, user, failed, time);
    if (failed && address !== '') this.handler.failed(address, time);
    this.handler.tell(document);
    const context: AuthContext = {
      ...counts,
      user,
      address,
      port,
      method,
      outcome: facts.accepted === true ? 'success' : 'failure',
      userValid: logged?.record.userValid,
      hasPassword: attempt !== undefined,
    };
    for (const listener of this.listeners) listener(context, document);
  }
}

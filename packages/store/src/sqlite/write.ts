/**
 * Writing to the SQLite store: documents, full-text index, sums and queue position in one transaction.
 *
 * Every statement here reads big integers: after a DELETE on a full-text table the connection's last row number lies above
 * 2^53, and `run()` would throw for it.
 */

import { messageOf } from '@waspglass/kit';
import type { WaspglassDocument } from '@waspglass/logs';
import { fail } from '../errors.ts';
import { columnsOf, keyword, shareOf, textOf, timeOf } from '../promote.ts';
import type { InsertResult, QueuePosition } from '../store.ts';
import type { DatabaseSync, StatementSync } from './engine.ts';
import { ALL_MINUTES } from './schema.ts';

const STATEMENTS = {
  find: 'SELECT seq, body FROM documents WHERE id = ?',
  insert: `INSERT INTO documents (seq, id, time, dataset, ip, user, session, severity, rule, outcome, body)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  remove: 'DELETE FROM documents WHERE seq = ?',
  index: 'INSERT INTO text (rowid, message, command, path, user, password) VALUES (?, ?, ?, ?, ?, ?)',
  unindex: 'DELETE FROM text WHERE rowid = ?',
  minute: `INSERT INTO minutes VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
    documents = documents + excluded.documents, successes = successes + excluded.successes,
    failures = failures + excluded.failures, events = events + excluded.events,
    bytes = bytes + excluded.bytes, lost = lost + excluded.lost`,
  address: `INSERT INTO addresses VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
    attempts = attempts + excluded.attempts, successes = successes + excluded.successes,
    users = users + excluded.users, passwords = passwords + excluded.passwords,
    first = min(first, excluded.first), last = max(last, excluded.last)`,
  guess: `INSERT INTO guesses VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
    attempts = attempts + excluded.attempts, successes = successes + excluded.successes,
    first = min(first, excluded.first), last = max(last, excluded.last)`,
  hasUser: 'SELECT 1 FROM guesses WHERE ip = ? AND user = ? LIMIT 1',
  hasPassword: 'SELECT 1 FROM guesses WHERE ip = ? AND password = ? LIMIT 1',
  forgetGuess: 'DELETE FROM guesses WHERE ip = ? AND user = ? AND password = ? AND attempts <= 0',
  position: `INSERT INTO meta VALUES ('position', ?) ON CONFLICT DO UPDATE SET value = excluded.value`,
} as const;

export class SqliteWriter {
  private readonly database: DatabaseSync;
  private readonly run: Readonly<Record<keyof typeof STATEMENTS, StatementSync>>;
  /** The greatest number given so far. */
  lastSeq: number;

  constructor(database: DatabaseSync) {
    this.database = database;
    const entries = Object.entries(STATEMENTS).map(([name, sql]) => {
      const statement = database.prepare(sql);
      statement.setReadBigInts(true);
      return [name, statement] as const;
    });
    this.run = Object.fromEntries(entries) as Record<keyof typeof STATEMENTS, StatementSync>;
    this.lastSeq = Number(database.prepare('SELECT max(seq) AS seq FROM documents').get()?.seq ?? 0);
  }

  insert(documents: readonly WaspglassDocument[], position: QueuePosition | undefined): InsertResult {
    const before = this.lastSeq;
    try {
      this.database.exec('BEGIN IMMEDIATE');
      let stored = 0;
      for (const document of documents) if (this.put(document)) stored++;
      if (position !== undefined) this.run.position.run(JSON.stringify(position));
      this.database.exec('COMMIT');
      return { stored, same: documents.length - stored };
    } catch (error) {
      this.lastSeq = before;
      if (this.database.isTransaction) this.database.exec('ROLLBACK');
      throw fail('WG_STORE_WRITE', { reason: messageOf(error) }, { cause: error });
    }
  }

  /** False when the very same document is there already. */
  private put(document: WaspglassDocument): boolean {
    const body = JSON.stringify(document);
    const old = this.run.find.get(document._id);
    if (old !== undefined) {
      if (old.body === body) return false;
      this.drop(Number(old.seq), JSON.parse(String(old.body)));
    }
    const seq = ++this.lastSeq;
    const c = columnsOf(document);
    this.run.insert.run(
      seq, document._id, c.time, c.dataset, c.ip, c.user, c.session, c.severity, c.rule, c.outcome, body,
    ); // biome-ignore format: one row
    const text = textOf(document);
    if (text !== null) this.run.index.run(seq, ...text);
    this.count(document, 1);
    return true;
  }

  private drop(seq: number, document: WaspglassDocument): void {
    this.run.remove.run(seq);
    if (textOf(document) !== null) this.run.unindex.run(seq);
    this.count(document, -1);
  }

  private count(document: WaspglassDocument, sign: 1 | -1): void {
    const share = shareOf(document);
    const time = timeOf(document);
    const sums = [1, share.successes, share.failures, share.events, share.bytes, share.lost].map((n) => n * sign);
    this.run.minute.run(Math.floor(time / 60_000), document.event.dataset, ...sums);
    this.run.minute.run(ALL_MINUTES, document.event.dataset, ...sums);
    const ip = keyword(document.source?.ip);
    if (document.event.dataset !== 'system.auth' || ip === null) return;
    const password = 'password' in document.waspglass ? document.waspglass.password : undefined;
    this.countGuess([ip, jsonKeyword(document.user?.name), jsonKeyword(password)], sign, share.successes * sign, time);
  }

  private countGuess(guess: Guess, sign: 1 | -1, successes: number, time: number): void {
    const before = this.missing(guess);
    this.run.guess.run(...guess, sign, successes, time, time);
    if (sign < 0) this.run.forgetGuess.run(...guess);
    const after = this.missing(guess);
    const users = before.users - after.users;
    const passwords = before.passwords - after.passwords;
    this.run.address.run(guess[0], sign, successes, users, passwords, time, time);
  }

  /** 1 where the address has no guess with this user, and none with this password. */
  private missing([ip, user, password]: Guess): { readonly users: number; readonly passwords: number } {
    return {
      users: this.run.hasUser.get(ip, user) === undefined ? 1 : 0,
      passwords: password !== 'null' && this.run.hasPassword.get(ip, password) === undefined ? 1 : 0,
    };
  }
}

/** Address, user and password; the last two as JSON. */
type Guess = readonly [ip: string, user: string, password: string];

function jsonKeyword(value: unknown): string {
  return JSON.stringify(typeof value === 'string' ? value.slice(0, 1024) : null);
}

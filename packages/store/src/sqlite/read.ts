/**
 * Reading the SQLite store. Lists are ordered by (time, seq); a list over several datasets is merged from one indexed
 * query for each, so a flood in one dataset never makes another slow.
 */

import type { AlertDocument, AuthDocument, Dataset, SessionDocument, WaspglassDocument } from '@waspglass/logs';
import { formatCursor, parseCursor } from '../cursor.ts';
import type {
  AddressOrder,
  AddressRow,
  AlertQuery,
  DatasetCounts,
  FeedQuery,
  GuessRow,
  MinuteRow,
  PageQuery,
  QueuePosition,
  SeriesQuery,
  SessionLimits,
  SessionRow,
  SessionRows,
  Stored,
  Totals,
} from '../store.ts';
import type { DatabaseSync, SQLInputValue } from './engine.ts';
import { toMatch } from './match.ts';
import { ALL_MINUTES } from './schema.ts';

type Row = Record<string, unknown>;

/** Datasets of one session and which limit each falls under. */
const SESSION_PARTS = {
  'honeypot.command': 'commands',
  'honeypot.terminal': 'terminal',
  'falco.alerts': 'others',
  'honeypot.file': 'others',
  'honeypot.connection': 'others',
} as const satisfies Partial<Record<Dataset, keyof SessionLimits>>;

/** Most steps of a series. */
const SERIES_LIMIT = 5000;

export class SqliteReader {
  private readonly database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.database = database;
  }

  position(): QueuePosition | undefined {
    const row = this.one(`SELECT value FROM meta WHERE key = 'position'`);
    return row === undefined ? undefined : (JSON.parse(String(row.value)) as QueuePosition);
  }

  document(id: string): Stored | undefined {
    const row = this.one('SELECT seq, time, body FROM documents WHERE id = ?', id);
    return row === undefined ? undefined : toStored(row);
  }

  since(seq: number, limit: number): readonly Stored[] {
    return this.all('SELECT seq, time, body FROM documents WHERE seq > ? ORDER BY seq LIMIT ?', seq, limit).map(
      toStored,
    );
  }

  feed(query: FeedQuery): readonly Stored[] {
    const rows = query.datasets.flatMap((dataset) => this.page('dataset = ?', [dataset], query));
    rows.sort((a, b) => Number(b.time) - Number(a.time) || Number(b.seq) - Number(a.seq));
    const wanted = query.after === undefined ? rows.slice(0, query.limit) : rows.slice(-query.limit);
    return wanted.map(toStored);
  }

  alerts(query: AlertQuery): readonly Stored<AlertDocument>[] {
    const conditions = [`dataset = 'falco.alerts'`];
    const values: SQLInputValue[] = [];
    if (query.maxSeverity !== undefined) {
      conditions.push('severity <= ?');
      values.push(query.maxSeverity);
    }
    if (query.rule !== undefined) {
      conditions.push('rule = ?');
      values.push(query.rule);
    }
    return this.page(conditions.join(' AND '), values, query).map((row) => toStored<AlertDocument>(row));
  }

  addresses(limit: number, order: AddressOrder): readonly AddressRow[] {
    const by = order === 'attempts' ? 'attempts DESC, last DESC' : 'last DESC';
    return this.all(`SELECT * FROM addresses WHERE attempts > 0 ORDER BY ${by} LIMIT ?`, limit).map(toAddress);
  }

  address(ip: string): AddressRow | undefined {
    const row = this.one('SELECT * FROM addresses WHERE ip = ? AND attempts > 0', ip);
    return row === undefined ? undefined : toAddress(row);
  }

  guesses(ip: string, limit: number): readonly GuessRow[] {
    const sql = `SELECT * FROM guesses WHERE ip = ? AND attempts > 0
      ORDER BY successes DESC, attempts DESC, last DESC, user, password LIMIT ?`;
    return this.all(sql, ip, limit).map((row) => ({
      user: JSON.parse(String(row.user)) as string | null,
      password: JSON.parse(String(row.password)) as string | null,
      attempts: Number(row.attempts),
      successes: Number(row.successes),
      first: Number(row.first),
      last: Number(row.last),
    }));
  }

  sessions(query: PageQuery & { readonly ip?: string }): readonly SessionRow[] {
    const rows =
      query.ip === undefined
        ? this.page(`dataset = 'honeypot.session'`, [], query)
        : this.page(`ip = ? AND dataset = 'honeypot.session'`, [query.ip], query);
    return rows.map((row) => {
      const stored = toStored<SessionDocument>(row);
      return { stored, counts: this.sessionCounts(stored.document.session.id) };
    });
  }

  session(id: string, limits: SessionLimits): SessionRows | undefined {
    const sql = `SELECT seq, time, body FROM documents WHERE session = ? AND dataset = 'honeypot.session'
      ORDER BY time DESC, seq DESC LIMIT 1`;
    const row = this.one(sql, id);
    if (row === undefined) return undefined;
    const session = toStored<SessionDocument>(row);
    const counts = this.sessionCounts(id);
    const documents: WaspglassDocument[] = [];
    for (const [dataset, part] of Object.entries(SESSION_PARTS)) {
      documents.push(...this.sessionPart(id, dataset as Dataset, limits[part], limits.terminalBytes));
    }
    let total = 0;
    for (const dataset of Object.keys(SESSION_PARTS)) total += counts[dataset as Dataset] ?? 0;
    return {
      session,
      documents,
      attempts: this.attemptsBefore(session, limits.others),
      counts,
      truncated: documents.length < total,
    };
  }

  series({ from, to, step }: SeriesQuery): readonly MinuteRow[] {
    const sql = `SELECT (minute / CAST(:step AS INTEGER)) * CAST(:step AS INTEGER) AS start, 
        sum(iif(dataset = 'capture.growth', events, 0)) AS events,
        sum(iif(dataset = 'capture.growth', bytes, 0)) AS bytes,
        sum(lost) AS lost,
        sum(iif(dataset = 'system.auth', documents, 0)) AS attempts,
        sum(iif(dataset = 'falco.alerts', documents, 0)) AS alerts,
        sum(iif(dataset = 'honeypot.session', documents, 0)) AS sessions
      FROM minutes WHERE minute BETWEEN :from AND :to AND minute >= 0 GROUP BY start ORDER BY start LIMIT ${SERIES_LIMIT}`;
    const values = { step: Math.max(1, step), from: Math.floor(from / 60_000), to: Math.floor(to / 60_000) };
    return this.database
      .prepare(sql)
      .all(values)
      .map((row) => ({
        time: Number(row.start) * 60_000,
        events: Number(row.events),
        bytes: Number(row.bytes),
        lost: Number(row.lost),
        attempts: Number(row.attempts),
        alerts: Number(row.alerts),
        sessions: Number(row.sessions),
      }));
  }

  totals(): Totals {
    const rows = this.all('SELECT * FROM minutes WHERE minute = ?', ALL_MINUTES);
    const sum = (column: string, dataset?: Dataset) =>
      rows.reduce((n, row) => (dataset === undefined || row.dataset === dataset ? n + Number(row[column]) : n), 0);
    return {
      documents: Object.fromEntries(rows.map((row) => [String(row.dataset), Number(row.documents)])),
      failures: sum('failures'),
      successes: sum('successes'),
      addresses: Number(this.one('SELECT count(*) AS n FROM addresses')?.n ?? 0),
      events: sum('events', 'capture.growth'),
      bytes: sum('bytes', 'capture.growth'),
      lost: sum('lost'),
      droppedPackets: sum('events', 'honeypot.containment'),
      droppedBytes: sum('bytes', 'honeypot.containment'),
    };
  }

  search(text: string, limit: number): readonly Stored[] {
    const match = toMatch(text);
    if (match === '') return [];
    const sql = `SELECT d.seq, d.time, d.body FROM documents d
      WHERE d.seq IN (SELECT rowid FROM text WHERE text MATCH ? ORDER BY rowid DESC LIMIT ?) ORDER BY d.time DESC, d.seq DESC`;
    return this.all(sql, match, limit).map(toStored);
  }

  private page(condition: string, values: readonly SQLInputValue[], query: PageQuery): Row[] {
    const conditions = [condition];
    const all = [...values];
    for (const [text, compare] of [
      [query.before, '<'],
      [query.after, '>'],
    ] as const) {
      if (text === undefined) continue;
      const { time, seq } = parseCursor(text);
      conditions.push(`(time, seq) ${compare} (?, ?)`);
      all.push(time, seq);
    }
    const order = query.after === undefined ? 'DESC' : 'ASC';
    const sql = `SELECT seq, time, body FROM documents WHERE ${conditions.join(' AND ')}
      ORDER BY time ${order}, seq ${order} LIMIT ?`;
    const rows = this.all(sql, ...all, query.limit);
    return order === 'ASC' ? rows.reverse() : rows;
  }

  private sessionPart(id: string, dataset: Dataset, limit: number, bytes: number): WaspglassDocument[] {
    const sql = `SELECT body FROM documents WHERE session = ? AND dataset = ? ORDER BY time, seq LIMIT ?`;
    const found: WaspglassDocument[] = [];
    let left = dataset === 'honeypot.terminal' ? bytes : Number.POSITIVE_INFINITY;
    for (const row of this.database.prepare(sql).iterate(id, dataset, limit)) {
      left -= String(row.body).length;
      if (left < 0) break;
      found.push(JSON.parse(String(row.body)));
    }
    return found;
  }

  private attemptsBefore(session: Stored<SessionDocument>, limit: number): AuthDocument[] {
    const ip = session.document.source?.ip;
    if (ip === undefined) return [];
    const started = Date.parse(session.document.waspglass.started);
    // A log-in's record may carry a time just after the session's own start.
    const until = Number.isFinite(started) ? started + 2000 : Number.MAX_SAFE_INTEGER;
    const sql = `SELECT body FROM documents WHERE ip = ? AND dataset = 'system.auth' AND time <= ?
      ORDER BY time DESC, seq DESC LIMIT ?`;
    return this.all(sql, ip, until, limit)
      .map((row) => JSON.parse(String(row.body)) as AuthDocument)
      .reverse();
  }

  private sessionCounts(id: string): DatasetCounts {
    const rows = this.all('SELECT dataset, count(*) AS n FROM documents WHERE session = ? GROUP BY dataset', id);
    return Object.fromEntries(rows.map((row) => [String(row.dataset), Number(row.n)]));
  }

  private all(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.database.prepare(sql).all(...values);
  }

  private one(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return this.database.prepare(sql).get(...values);
  }
}

function toStored<D = WaspglassDocument>(row: Row): Stored<D> {
  const seq = Number(row.seq);
  return { seq, cursor: formatCursor(Number(row.time), seq), document: JSON.parse(String(row.body)) };
}

function toAddress(row: Row): AddressRow {
  return {
    ip: String(row.ip),
    attempts: Number(row.attempts),
    successes: Number(row.successes),
    first: Number(row.first),
    last: Number(row.last),
    users: Number(row.users),
    passwords: Number(row.passwords),
  };
}

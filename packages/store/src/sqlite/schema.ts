/**
 * Layout of the SQLite store. `documents.seq` numbers stored versions; `text` is a contentless index over them with the
 * same row number; `minutes`, `addresses` and `guesses` are sums that `write.ts` keeps in step, so that lists and charts
 * never scan documents. Row `minute = -1` holds the sum over all minutes. Users and passwords in `guesses` are JSON texts:
 * they may hold NUL or be absent.
 */
import type { DatabaseSync } from './engine.ts';

export const LAYOUT = 2;

/** Row of `minutes` that sums all minutes. */
export const ALL_MINUTES = -1;

export const PRAGMAS = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  PRAGMA busy_timeout = 5000;
  PRAGMA cache_size = -65536;
  PRAGMA mmap_size = 1073741824;
  PRAGMA journal_size_limit = 67108864;
`;

export const TABLES = `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE documents (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    time INTEGER NOT NULL,
    dataset TEXT NOT NULL,
    ip TEXT,
    user TEXT,
    session TEXT,
    severity INTEGER,
    rule TEXT,
    outcome TEXT,
    body TEXT NOT NULL
  );
  CREATE INDEX documents_by_dataset ON documents (dataset, time, seq);
  CREATE INDEX documents_by_session ON documents (session, dataset, time, seq) WHERE session IS NOT NULL;
  CREATE INDEX documents_by_address ON documents (ip, dataset, time, seq) WHERE ip IS NOT NULL;
  CREATE VIRTUAL TABLE text USING fts5(
    message, command, path, user, password,
    content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 2'
  );
  CREATE TABLE minutes (
    minute INTEGER NOT NULL,
    dataset TEXT NOT NULL,
    documents INTEGER NOT NULL,
    successes INTEGER NOT NULL,
    failures INTEGER NOT NULL,
    events INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    lost INTEGER NOT NULL,
    PRIMARY KEY (minute, dataset)
  ) WITHOUT ROWID;
  CREATE TABLE addresses (
    ip TEXT PRIMARY KEY,
    attempts INTEGER NOT NULL,
    successes INTEGER NOT NULL,
    users INTEGER NOT NULL,
    passwords INTEGER NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX addresses_by_last ON addresses (last);
  CREATE INDEX addresses_by_attempts ON addresses (attempts);
  CREATE TABLE guesses (
    ip TEXT NOT NULL,
    user TEXT NOT NULL,
    password TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    successes INTEGER NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    PRIMARY KEY (ip, user, password)
  ) WITHOUT ROWID;
  CREATE INDEX guesses_by_password ON guesses (ip, password);
`;

/** Makes the tables in an empty database; returns the layout version that is there afterwards. */
export function prepareLayout(database: DatabaseSync): number {
  database.exec(PRAGMAS);
  const version = Number(Object.values(database.prepare('PRAGMA user_version').get() ?? {})[0] ?? 0);
  if (version !== 0) return version;
  database.exec(`BEGIN IMMEDIATE; ${TABLES} PRAGMA user_version = ${LAYOUT}; COMMIT;`);
  return LAYOUT;
}

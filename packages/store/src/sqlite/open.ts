/** The embedded engine: one SQLite file in a directory, opened by one process. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf, WaspglassError } from '@waspglass/kit';
import { fail } from '../errors.ts';
import type { Store } from '../store.ts';
import { DatabaseSync } from './engine.ts';
import { SqliteReader } from './read.ts';
import { LAYOUT, prepareLayout } from './schema.ts';
import { SqliteWriter } from './write.ts';

export const SQLITE_FILE = 'waspglass.sqlite';

/** Opens or makes the store in `directory`. */
export function openSqliteStore(directory: string): Store {
  const file = join(directory, SQLITE_FILE);
  let database: DatabaseSync | undefined;
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    database = new DatabaseSync(file);
    const found = prepareLayout(database);
    if (found !== LAYOUT) throw fail('WG_STORE_VERSION', { found, expected: LAYOUT }, { at: { file } });
    return new SqliteStore(database);
  } catch (error) {
    if (database?.isOpen === true) database.close();
    if (error instanceof WaspglassError) throw error;
    throw fail('WG_STORE_OPEN', { reason: messageOf(error) }, { at: { file }, cause: error });
  }
}

class SqliteStore implements Store {
  private readonly database: DatabaseSync;
  private readonly reader: SqliteReader;
  private readonly writer: SqliteWriter;

  constructor(database: DatabaseSync) {
    this.database = database;
    this.reader = new SqliteReader(database);
    this.writer = new SqliteWriter(database);
  }

  insert: Store['insert'] = async (documents, position) => this.open().writer.insert(documents, position);
  position: Store['position'] = async () => this.open().reader.position();
  lastSeq: Store['lastSeq'] = async () => this.open().writer.lastSeq;
  document: Store['document'] = async (id) => this.open().reader.document(id);
  since: Store['since'] = async (seq, limit) => this.open().reader.since(seq, limit);
  feed: Store['feed'] = async (query) => this.open().reader.feed(query);
  alerts: Store['alerts'] = async (query) => this.open().reader.alerts(query);
  addresses: Store['addresses'] = async ({ limit, order }) => this.open().reader.addresses(limit, order);
  address: Store['address'] = async (ip) => this.open().reader.address(ip);
  guesses: Store['guesses'] = async (ip, limit) => this.open().reader.guesses(ip, limit);
  sessions: Store['sessions'] = async (query) => this.open().reader.sessions(query);
  session: Store['session'] = async (id, limits) => this.open().reader.session(id, limits);
  series: Store['series'] = async (query) => this.open().reader.series(query);
  totals: Store['totals'] = async () => this.open().reader.totals();
  search: Store['search'] = async (text, limit) => this.open().reader.search(text, limit);

  close: Store['close'] = async () => {
    if (this.database.isOpen) this.database.close();
  };

  private open(): this {
    if (!this.database.isOpen) throw fail('WG_STORE_CLOSED');
    return this;
  }
}

/**
 * The store: one interface, whichever engine keeps the documents. Documents are found by `_id`; the same `_id` replaces.
 * Every stored version gets a number (`seq`) that only grows, so a reader that knows the last one can ask for what is new.
 * Every query has a limit; engines may answer fewer rows, never more.
 */
import type {
  AlertDocument,
  AuthDocument,
  Dataset,
  QueuePosition,
  SessionDocument,
  WaspglassDocument,
} from '@waspglass/logs';

/** How far the document queue has been read. */
export type { QueuePosition };

export interface InsertResult {
  /** New or changed documents. */
  readonly stored: number;
  /** Documents that were there already, byte for byte. */
  readonly same: number;
}

export interface Stored<D = WaspglassDocument> {
  readonly seq: number;
  /** Opaque position for `before` and `after`. */
  readonly cursor: string;
  readonly document: D;
}

export interface PageQuery {
  readonly limit: number;
  /** Only what is older than this cursor. */
  readonly before?: string;
  /** Only what is newer than this cursor: the oldest such rows, still newest first. */
  readonly after?: string;
}

export interface FeedQuery extends PageQuery {
  readonly datasets: readonly Dataset[];
}

export interface AlertQuery extends PageQuery {
  /** 0 to 7; only alerts at least this grave (severity number at most this). */
  readonly maxSeverity?: number;
  readonly rule?: string;
}

/** What one address tried. */
export interface AddressRow {
  readonly ip: string;
  readonly attempts: number;
  readonly successes: number;
  /** ms since 1970. */
  readonly first: number;
  readonly last: number;
  /** Different user names and different passwords. */
  readonly users: number;
  readonly passwords: number;
}

export interface GuessRow {
  readonly user: string | null;
  /** null: the password was not seen, or the method has none. */
  readonly password: string | null;
  readonly attempts: number;
  readonly successes: number;
  readonly first: number;
  readonly last: number;
}

export type AddressOrder = 'last' | 'attempts';

export interface SessionLimits {
  readonly commands: number;
  readonly terminal: number;
  /** Bytes of terminal data, as base64 text. */
  readonly terminalBytes: number;
  readonly others: number;
}

/** Everything about one session, in the order in which it happened. */
export interface SessionRows {
  readonly session: Stored<SessionDocument>;
  readonly documents: readonly WaspglassDocument[];
  readonly attempts: readonly AuthDocument[];
  /** How many documents of each dataset the session has, whatever the limits. */
  readonly counts: DatasetCounts;
  /** True when the limits cut something off. */
  readonly truncated: boolean;
}

export type DatasetCounts = Readonly<Partial<Record<Dataset, number>>>;

export interface SessionRow {
  readonly stored: Stored<SessionDocument>;
  readonly counts: DatasetCounts;
}

/** One step of a series; `time` is the step's beginning. */
export interface MinuteRow {
  readonly time: number;
  readonly events: number;
  readonly bytes: number;
  readonly lost: number;
  readonly attempts: number;
  readonly alerts: number;
  readonly sessions: number;
}

export interface SeriesQuery {
  /** ms since 1970, both inclusive. */
  readonly from: number;
  readonly to: number;
  /** Whole minutes per step. */
  readonly step: number;
}

export interface Totals {
  readonly documents: DatasetCounts;
  readonly failures: number;
  readonly successes: number;
  readonly addresses: number;
  readonly events: number;
  readonly bytes: number;
  readonly lost: number;
  /** Outbound traffic that the containment refused. */
  readonly droppedPackets: number;
  readonly droppedBytes: number;
}

export interface Store {
  /** Stores the documents and the position after them together: either both are there after a crash or neither. */
  insert(documents: readonly WaspglassDocument[], position?: QueuePosition): Promise<InsertResult>;
  position(): Promise<QueuePosition | undefined>;
  /** The greatest `seq` given so far, 0 when empty. */
  lastSeq(): Promise<number>;
  /** The document with this `_id`. */
  document(id: string): Promise<Stored | undefined>;
  /** Documents stored after `seq`, oldest first. */
  since(seq: number, limit: number): Promise<readonly Stored[]>;
  /** Newest first. */
  feed(query: FeedQuery): Promise<readonly Stored[]>;
  alerts(query: AlertQuery): Promise<readonly Stored<AlertDocument>[]>;
  addresses(query: { readonly limit: number; readonly order: AddressOrder }): Promise<readonly AddressRow[]>;
  address(ip: string): Promise<AddressRow | undefined>;
  guesses(ip: string, limit: number): Promise<readonly GuessRow[]>;
  sessions(query: PageQuery & { readonly ip?: string }): Promise<readonly SessionRow[]>;
  session(id: string, limits: SessionLimits): Promise<SessionRows | undefined>;
  series(query: SeriesQuery): Promise<readonly MinuteRow[]>;
  totals(): Promise<Totals>;
  /** Newest first; every word must occur, the last one may be a beginning. */
  search(text: string, limit: number): Promise<readonly Stored[]>;
  close(): Promise<void>;
}

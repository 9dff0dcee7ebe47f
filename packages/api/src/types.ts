/**
 * Answers of the HTTP interface. Documents are as the store keeps them, but passwords are withheld (`PASSWORD_MASK`)
 * unless the query says `reveal=1`. Times in ms since 1970. Texts are raw: whoever shows them makes them harmless.
 */
import type {
  AlertDocument,
  AuthDocument,
  CommandDocument,
  ConnectionDocument,
  FileDocument,
  SessionDocument,
  TerminalDocument,
  WaspglassDocument,
} from '@waspglass/logs';

/** Every answer that is not 2xx, except the pages for people. */
export interface ErrorResponse {
  readonly error: { readonly code: ApiErrorCode; readonly message: string };
}

export type ApiErrorCode = 'bad_request' | 'unauthorized' | 'forbidden' | 'not_found' | 'busy' | 'internal';

export interface Item<D = WaspglassDocument> {
  readonly seq: number;
  /** For `before` and `after`. */
  readonly cursor: string;
  readonly document: D;
}

export interface ItemList<D = WaspglassDocument> {
  readonly items: readonly Item<D>[];
}

export type Health = 'up' | 'down' | 'unknown';

export interface StatusResponse {
  readonly time: number;
  readonly victim: Health;
  readonly sensor: Health;
  /** Events that the sensor could not record. */
  readonly lostEvents: number;
  /** Packets from the victim that the containment refused. */
  readonly droppedPackets: number;
  readonly events: number;
  readonly captureBytes: number;
  readonly attempts: number;
  readonly logins: number;
  readonly addresses: number;
  readonly sessions: number;
  readonly alerts: number;
  /** Lines of the document queue that were no documents. */
  readonly skippedLines: number;
  /** Why documents cannot be stored just now; '' when they can. */
  readonly storeProblem: string;
  /** Number of the newest stored document: where a stream starts. */
  readonly seq: number;
}

export interface Address {
  readonly ip: string;
  readonly attempts: number;
  readonly successes: number;
  readonly first: number;
  readonly last: number;
  readonly users: number;
  readonly passwords: number;
}

export interface AddressesResponse {
  readonly addresses: readonly Address[];
}

export interface Guess {
  readonly user: string | null;
  /** null: not seen, or the method has none. */
  readonly password: string | null;
  readonly attempts: number;
  readonly successes: number;
  readonly first: number;
  readonly last: number;
}

export interface AddressResponse {
  readonly address: Address;
  readonly guesses: readonly Guess[];
  readonly sessions: readonly SessionItem[];
  readonly revealed: boolean;
}

export interface SessionCounts {
  readonly commands: number;
  readonly alerts: number;
  readonly files: number;
  readonly connections: number;
}

export interface SessionItem extends Item<SessionDocument> {
  readonly counts: SessionCounts;
}

export interface SessionsResponse {
  readonly items: readonly SessionItem[];
}

export interface SessionResponse {
  readonly session: SessionDocument;
  readonly counts: SessionCounts;
  readonly commands: readonly CommandDocument[];
  readonly terminal: readonly TerminalDocument[];
  readonly alerts: readonly AlertDocument[];
  readonly files: readonly FileDocument[];
  readonly connections: readonly ConnectionDocument[];
  /** Attempts of the same address up to the log-in, oldest first. */
  readonly attempts: readonly AuthDocument[];
  /** The session has more than is given here. */
  readonly truncated: boolean;
  readonly revealed: boolean;
}

export interface GrowthStep {
  readonly time: number;
  readonly events: number;
  readonly bytes: number;
  readonly lost: number;
  readonly attempts: number;
  readonly alerts: number;
  readonly sessions: number;
}

export interface GrowthResponse {
  readonly from: number;
  readonly to: number;
  /** Minutes per step; steps in which nothing happened are left out. */
  readonly step: number;
  readonly steps: readonly GrowthStep[];
}

export interface DocumentResponse {
  readonly document: WaspglassDocument;
  readonly revealed: boolean;
}

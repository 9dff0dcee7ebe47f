/**
 * What of a document is kept beside its JSON: columns for conditions, text for the full-text index, and its share of the
 * per-minute sums. Attackers write these values: lengths are cut, NUL (which ends a text in SQLite) is replaced.
 */
import type { Dataset, WaspglassDocument } from '@waspglass/logs';

const KEYWORD_LIMIT = 1024;
const TEXT_LIMIT = 16_384;

/** Priorities of alerts in the order of their severity numbers, 0 to 7. */
const PRIORITIES = ['emergency', 'alert', 'critical', 'error', 'warning', 'notice', 'informational', 'debug'];

export interface Columns {
  readonly time: number;
  readonly dataset: Dataset;
  readonly ip: string | null;
  readonly user: string | null;
  readonly session: string | null;
  readonly severity: number | null;
  readonly rule: string | null;
  readonly outcome: string | null;
}

export function columnsOf(document: WaspglassDocument): Columns {
  return {
    time: timeOf(document),
    dataset: document.event.dataset,
    ip: keyword(document.source?.ip),
    user: keyword(document.user?.name),
    session: keyword(document.session?.id),
    severity: severityOf(document),
    rule: 'rule' in document ? keyword(document.rule?.name) : null,
    outcome: keyword(document.event.outcome),
  };
}

/** ms since 1970; a time that is none counts as 0. */
export function timeOf(document: WaspglassDocument): number {
  const time = Date.parse(document['@timestamp']);
  return Number.isFinite(time) ? time : 0;
}

export function keyword(value: unknown): string | null {
  return typeof value === 'string' ? value.slice(0, KEYWORD_LIMIT).replaceAll('\0', '\ufffd') : null;
}

function severityOf(document: WaspglassDocument): number | null {
  if (typeof document.event.severity === 'number') return Math.trunc(document.event.severity);
  if (document.event.dataset !== 'falco.alerts') return null;
  const found = 'priority' in document.waspglass ? String(document.waspglass.priority).toLowerCase() : '';
  const at = PRIORITIES.findIndex((name) => found !== '' && name.startsWith(found));
  return at < 0 ? null : at;
}

/** Datasets that only count; their text is not searched. */
const SILENT: ReadonlySet<Dataset> = new Set(['capture.growth', 'capture.file', 'honeypot.containment']);

/** Text for the index: message, command line, path and hash, user, password; null when the document is not searched. */
export function textOf(document: WaspglassDocument): readonly string[] | null {
  if (SILENT.has(document.event.dataset)) return null;
  const password = 'password' in document.waspglass ? document.waspglass.password : undefined;
  const columns = [
    document.event.dataset === 'honeypot.terminal' ? terminalText(document.waspglass) : document.message,
    document.process?.command_line,
    fileText(document.file),
    document.user?.name,
    password,
  ];
  return columns.map((text) => (typeof text === 'string' ? text.slice(0, TEXT_LIMIT).replaceAll('\0', ' ') : ''));
}

function fileText({ path = '', hash }: NonNullable<WaspglassDocument['file']> = {}): string {
  return hash?.sha256 === undefined ? path : `${path} ${hash.sha256}`;
}

function terminalText(waspglass: object): string {
  const data = 'data' in waspglass && typeof waspglass.data === 'string' ? waspglass.data : '';
  return Buffer.from(data.slice(0, TEXT_LIMIT), 'base64').toString('utf8');
}

/** A document's share of its minute's sums in its dataset. */
export interface Share {
  /** Log-ins. */
  readonly successes: number;
  readonly failures: number;
  /** Events that a capture grew, or packets that the containment refused; and their bytes. */
  readonly events: number;
  readonly bytes: number;
  readonly lost: number;
}

export function shareOf(document: WaspglassDocument): Share {
  const auth = document.event.dataset === 'system.auth';
  const growth: Record<string, unknown> = document.event.dataset === 'capture.growth' ? { ...document.waspglass } : {};
  const refused: Record<string, unknown> =
    document.event.dataset === 'honeypot.containment' ? { ...document.waspglass } : {};
  return {
    successes: auth && document.event.outcome === 'success' ? 1 : 0,
    failures: auth && document.event.outcome === 'failure' ? 1 : 0,
    events: count(growth.events) + count(refused.dropped_packets),
    bytes: count(growth.bytes) + count(refused.dropped_bytes),
    lost: count(growth.lost),
  };
}

/** A number that can be summed: whole, not negative, else 0. */
export function count(value: unknown): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : 0;
}

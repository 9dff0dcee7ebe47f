/**
 * The shape of a document. The sensor writes them, but attackers fill them: what the store and the routes rely on is
 * checked once, here, and what lacks it is no document and is counted by the caller.
 */
import type { Dataset, WaspglassDocument } from '@waspglass/logs';

const ID_LENGTH = 512;

const DATASETS: Readonly<Record<Dataset, true>> = {
  'system.auth': true,
  'system.syslog': true,
  'honeypot.session': true,
  'honeypot.command': true,
  'honeypot.terminal': true,
  'honeypot.file': true,
  'honeypot.connection': true,
  'honeypot.containment': true,
  'falco.alerts': true,
  'capture.growth': true,
  'capture.file': true,
};

/** Objects that a document may hold; whatever else stands there would break its readers. */
const OBJECTS = ['host', 'source', 'destination', 'user', 'process', 'file', 'session', 'log', 'rule'] as const;
/** Datasets whose documents belong to a session. */
const NEED_SESSION: ReadonlySet<string> = new Set([
  'honeypot.session',
  'honeypot.command',
  'honeypot.terminal',
  'honeypot.file',
]);

/** True when everything that the store and the routes rely on is there. */
export function hasShape(value: unknown): value is WaspglassDocument {
  if (!isObject(value) || !isObject(value.event) || !isObject(value.waspglass)) return false;
  const { _id: id, event } = value;
  if (typeof id !== 'string' || id === '' || id.length > ID_LENGTH) return false;
  if (typeof value.message !== 'string' || !Number.isFinite(Date.parse(String(value['@timestamp'])))) return false;
  if (typeof event.dataset !== 'string' || !Object.hasOwn(DATASETS, event.dataset)) return false;
  if (OBJECTS.some((name) => value[name] !== undefined && !isObject(value[name]))) return false;
  if (NEED_SESSION.has(event.dataset) && !hasText(value.session, 'id')) return false;
  return event.dataset !== 'falco.alerts' || (hasText(value.rule, 'name') && Array.isArray(value.tags));
}

function hasText(value: unknown, name: string): boolean {
  return isObject(value) && typeof value[name] === 'string';
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

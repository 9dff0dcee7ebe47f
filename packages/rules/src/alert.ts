/** An alert in the two forms in which Falco writes it. */
import { type JsonValue, stringifyJson } from '@waspglass/format';
import { escapeControl } from '@waspglass/kit';
import type { Rule } from './rule-set.ts';

export interface Alert {
  readonly rule: Rule;
  /** ns since the epoch. */
  readonly time: bigint;
  /** The rule's output with its fields put in. */
  readonly message: string;
  /** Fields of the output by name. */
  readonly fields: Readonly<Record<string, JsonValue>>;
  readonly hostname: string;
}

const NS = 1_000_000_000n;

/** `HH:MM:SS.nnnnnnnnn` in UTC. */
export function clockText(time: bigint): string {
  return `${new Date(Number((time / NS) * 1000n)).toISOString().slice(11, 19)}.${fraction(time)}`;
}

/** `2026-01-02T03:04:05.123456789Z`. */
export function isoText(time: bigint): string {
  return `${new Date(Number((time / NS) * 1000n)).toISOString().slice(0, 19)}.${fraction(time)}Z`;
}

/** Choices that Falco offers for its alerts. */
export interface AlertForm {
  /** Times of lines as ISO 8601 in UTC, `2026-01-02T03:04:05.123456789+0000`. */
  readonly isoTime?: boolean;
  /** JSON without `output`. */
  readonly withoutOutput?: boolean;
  /** JSON without `tags`. */
  readonly withoutTags?: boolean;
}

/** `HH:MM:SS.nnnnnnnnn: Priority output`, one line whatever the output holds. */
export function alertText({ time, rule, message }: Alert, { isoTime = false }: AlertForm = {}): string {
  const clock = isoTime ? isoText(time).replace(/Z$/, '+0000') : clockText(time);
  return `${clock}: ${rule.priority} ${escapeControl(message)}`;
}

/** The alert as an object with Falco's keys. `bigint` stands for integers beyond 2^53. */
export function alertObject(alert: Alert, form: AlertForm = {}): Record<string, unknown> {
  const { rule, hostname, time, fields } = alert;
  return {
    hostname,
    ...(!form.withoutOutput && { output: alertText(alert, form) }),
    output_fields: sorted({ [form.isoTime ? 'evt.time.iso8601' : 'evt.time']: time, ...fields }),
    priority: rule.priority,
    rule: rule.name,
    source: rule.source,
    ...(!form.withoutTags && { tags: rule.tags }),
    time: isoText(time),
  };
}

/** One line of JSON. */
export function alertJson(alert: Alert, form: AlertForm = {}): string {
  return stringifyJson(alertObject(alert, form));
}

/** Falco writes fields in the order of their names. */
function sorted(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function fraction(time: bigint): string {
  return String(time % NS).padStart(9, '0');
}

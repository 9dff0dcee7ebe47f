/** What an output gets: an alert, or the last of several alike with how many there were, and the forms in which it goes out. */
import { stringifyJson } from '@waspglass/format';
import { type Alert, type AlertForm, alertObject, alertText, clockText, isoText } from '@waspglass/rules';

/** Alerts alike that were not told one by one. */
export interface Repeats {
  readonly count: number;
  /** ns since the epoch. */
  readonly first: bigint;
  readonly last: bigint;
}

export interface Delivery {
  readonly alert: Alert;
  /** Who is behind it, such as `process 4711` or `address 192.0.2.7`; alerts of a rule by one actor are of one kind. */
  readonly actor: string;
  /** Stands beside Falco's keys in JSON. */
  readonly extra?: Readonly<Record<string, unknown>>;
  readonly repeats?: Repeats;
}

/** Falco's text line; folded alerts say how many they are and of what time. */
export function deliveryText({ alert, repeats }: Delivery, form: AlertForm = {}): string {
  const line = alertText(alert, form);
  if (repeats === undefined) return line;
  return `${line} (×${repeats.count}, first ${clockText(repeats.first)}, last ${clockText(repeats.last)})`;
}

/** Falco's JSON with a `waspglass` object, one line. */
export function deliveryJson({ alert, extra = {}, repeats }: Delivery): string {
  const folded = repeats && {
    repeats: { count: repeats.count, first: isoText(repeats.first), last: isoText(repeats.last) },
  };
  return stringifyJson({ ...alertObject(alert), waspglass: { ...extra, ...folded } });
}

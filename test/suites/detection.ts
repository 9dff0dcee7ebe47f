/** Judges a capture by rules the way `detect` does, in this process: alerts as objects and as lines. */
import { type EventContext, eventFields } from '@waspglass/fields';
import { Inspector } from '@waspglass/inspect';
import { WaspglassError } from '@waspglass/kit';
import { type Alert, type AlertForm, alertJson, alertText, RuleEngine, type RuleSet } from '@waspglass/rules';
import { eventTypes } from '@waspglass/schema';

export interface Detection {
  readonly alerts: readonly Alert[];
  readonly json: readonly string[];
  readonly text: readonly string[];
  /** What ended the reading early. */
  readonly error: unknown;
}

export interface DetectionOptions {
  readonly ruleSet: RuleSet;
  readonly capture: string;
  readonly hostname?: string;
  readonly skipUnknown?: boolean;
  readonly appendOutput?: string;
  /** Enter events too. */
  readonly enter?: boolean;
  readonly form?: AlertForm;
  /** Names of users that the capture does not list, by id. */
  readonly accounts?: Readonly<Record<number, string>>;
}

export function eventEngine(
  inspector: Inspector,
  options: Omit<DetectionOptions, 'capture'>,
): RuleEngine<EventContext> {
  return new RuleEngine<EventContext>({
    ruleSet: options.ruleSet,
    fields: eventFields,
    symbols: inspector.state.symbols,
    eventTypes,
    time: (c) => c.ev.time,
    hostname: options.hostname ?? 'honeypot',
    matching: 'first',
    skipUnknown: options.skipUnknown ?? false,
    ...(options.appendOutput !== undefined && { appendOutput: options.appendOutput }),
  });
}

/** As Falco: of the rules that match an event the first one, and users in containers by the container's accounts. */
export async function detectIn(options: DetectionOptions): Promise<Detection> {
  const inspector = new Inspector({ enter: options.enter ?? false, containerAccounts: true });
  for (const [uid, name] of Object.entries(options.accounts ?? {}))
    inspector.state.users.setOther({ uid: Number(uid), gid: Number(uid), name, home: '', shell: '' });
  const engine = eventEngine(inspector, options);
  const alerts: Alert[] = [];
  const json: string[] = [];
  const text: string[] = [];
  const onAlert = (alert: Alert) => {
    alerts.push(alert);
    json.push(alertJson(alert, options.form));
    text.push(alertText(alert, options.form));
  };
  inspector.subscribe({ types: engine.typeList(), onEvent: (c) => engine.evaluate(c, c.ev.type, onAlert) });
  let error: unknown;
  try {
    await inspector.readFiles([options.capture]);
  } catch (caught) {
    if (!(caught instanceof WaspglassError)) throw caught;
    error = caught;
  }
  return { alerts, json, text, error };
}

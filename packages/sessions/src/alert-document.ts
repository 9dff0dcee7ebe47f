/** The search document of an alert. */

import type { AlertDocument, CaptureReference } from '@waspglass/logs';
import { documentId } from '@waspglass/logs';
import type { Alert } from '@waspglass/rules';
import { alertText, severityOf } from '@waspglass/rules';
import { isoTime } from './event-view.ts';

export interface AlertFacts {
  /** Name of the victim. */
  readonly host: string;
  readonly capture?: CaptureReference | undefined;
  readonly sessionId?: string | undefined;
  readonly latencyMs?: number | undefined;
}

const TECHNIQUE = /^T\d{4}(\.\d{3})?$/;

export function alertDocument(alert: Alert, facts: AlertFacts): AlertDocument {
  const { rule, time, message, fields } = alert;
  const { host, capture, sessionId, latencyMs } = facts;
  const place = capture === undefined ? [message] : [capture.file, capture.event];
  const id = rule.tags.find((tag) => TECHNIQUE.test(tag));
  return {
    _id: documentId('alert', host, String(time), rule.name, ...place),
    '@timestamp': isoTime(Number(time / 1_000_000n)),
    message,
    event: { dataset: 'falco.alerts', category: ['intrusion_detection'], severity: severityOf(rule.priority) },
    host: { name: host },
    rule: { name: rule.name, ...(id !== undefined && { id }) },
    tags: rule.tags,
    ...(sessionId !== undefined && { session: { id: sessionId } }),
    waspglass: {
      ...(capture !== undefined && { capture }),
      priority: rule.priority,
      output: alertText(alert),
      output_fields: plainFields(fields),
      ...(latencyMs !== undefined && { latency_ms: Math.max(0, Math.round(latencyMs * 10) / 10) }),
    },
  };
}

/** Integers beyond 2^53 and lists become text. */
function plainFields(fields: Alert['fields']): Record<string, string | number | boolean | null> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => {
      const plain = value === null || ['string', 'number', 'boolean'].includes(typeof value);
      return [name, plain ? (value as string | number | boolean | null) : String(value)];
    }),
  );
}

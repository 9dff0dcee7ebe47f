/**
 * Withholding passwords: lists and the stream never carry one; single documents do only when asked. The texts beside
 * it are without it too.
 */
import { PASSWORD_MASK } from '@waspglass/api';
import type { WaspglassDocument } from '@waspglass/logs';

/** The document without passwords; the same object when it has none. */
export function masked<D extends WaspglassDocument>(document: D): D {
  const waspglass: Record<string, unknown> = { ...document.waspglass };
  const secrets = [waspglass.password, ...secretFields(waspglass.output_fields)].filter(isSecret);
  if (secrets.length === 0) return document;
  const hide = (text: string) => secrets.reduce((rest, secret) => rest.replaceAll(secret, PASSWORD_MASK), text);
  if (isSecret(waspglass.password) || waspglass.password === '') waspglass.password = PASSWORD_MASK;
  if (typeof waspglass.output === 'string') waspglass.output = hide(waspglass.output);
  if (isRecord(waspglass.output_fields)) {
    const fields = Object.entries(waspglass.output_fields).map(([name, value]) => [
      name,
      typeof value === 'string' ? hide(value) : value,
    ]);
    waspglass.output_fields = Object.fromEntries(fields);
  }
  return { ...document, message: messageWithout(secrets, document), waspglass } as D;
}

/** For the stream: masked, and without terminal data, which a page fetches when it shows it. */
export function forStream(document: WaspglassDocument): WaspglassDocument {
  if (document.event.dataset !== 'honeypot.terminal') return masked(document);
  return { ...document, message: '', waspglass: { ...document.waspglass, data: '' } } as WaspglassDocument;
}

/** A short password may stand in a message by chance: the whole message gives way then, so that no gap tells it. */
function messageWithout(secrets: readonly string[], { message, user, source, event }: WaspglassDocument): string {
  if (!secrets.some((secret) => message.includes(secret))) return message;
  return [event.outcome, user?.name, source?.ip].filter((part) => part !== undefined).join(' · ');
}

function secretFields(fields: unknown): unknown[] {
  if (!isRecord(fields)) return [];
  return Object.entries(fields).flatMap(([name, value]) => (/passw/i.test(name) ? [value] : []));
}

function isSecret(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

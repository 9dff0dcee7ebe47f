/** `evt.args`: all arguments of an event in one text, `name=value` or `name=value(meaning)`. */
import { eventId } from '@waspglass/schema';
import type { EventContext } from './context.hot.ts';
import { paramText } from './param-text.ts';

/** All arguments; '' when the event has none to show. */
export function renderArgs(c: EventContext): string {
  const { ev, params } = c;
  // The arguments of a call that captures have no own type for only tell which call it is.
  if (ev.type === eventId.GENERIC_E || ev.type === eventId.GENERIC_X) return '';
  const parts: string[] = [];
  const count = Math.min(ev.nparams, params.length);
  for (let i = 0; i < count; i++) {
    const { value, meaning } = paramText(c, i);
    parts.push(`${params[i]?.name}=${value}${meaning === '' ? '' : `(${meaning})`}`);
  }
  return parts.join(' ');
}

/** Index of a parameter by name or number; -1 when the event has none such. */
export function paramIndex(c: EventContext, name: string | number | undefined): number {
  const { params } = c;
  const i = typeof name === 'number' ? name : params.findIndex((p) => p.name === name);
  return i < c.ev.nparams ? i : -1;
}

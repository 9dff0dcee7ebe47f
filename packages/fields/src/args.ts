/** `evt.args`: all arguments of an event in one text, `name=value` or `name=value(meaning)`. */
import { eventId, type Param } from '@waspglass/schema';
import type { EventContext } from './context.hot.ts';
import { paramText } from './param-text.ts';

/** Text of a parameter in `evt.args` in another form; null: the usual one. */
export type ParamView = (c: EventContext, param: Param, i: number) => string | null;

/** All arguments; '' when the event has none to show. */
export function renderArgs(c: EventContext, view?: ParamView): string {
  const { ev, params } = c;
  // The arguments of a call that captures have no own type for only tell which call it is.
  if (ev.type === eventId.GENERIC_E || ev.type === eventId.GENERIC_X) return '';
  let text = '';
  const count = Math.min(ev.nparams, params.length);
  for (let i = 0; i < count; i++) {
    const param = params[i];
    if (param === undefined) continue;
    if (text !== '') text += ' ';
    text += param.name;
    text += '=';
    text += view?.(c, param, i) ?? shownParam(c, i);
  }
  // sysdig 0.29.3 puts a space after each argument.
  return c.classic && text !== '' ? `${text} ` : text;
}

/** `4097(O_RDONLY|O_CLOEXEC)`. */
export function shownParam(c: EventContext, i: number): string {
  const { value, meaning } = paramText(c, i);
  return meaning === '' ? value : `${value}(${meaning})`;
}

/** Index of a parameter by name or number; -1 when the event has none such. */
export function paramIndex(c: EventContext, name: string | number | undefined): number {
  const { params } = c;
  const i = typeof name === 'number' ? name : params.findIndex((p) => p.name === name);
  return i < c.ev.nparams ? i : -1;
}

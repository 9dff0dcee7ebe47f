/** Results of calls. */
import type { EventType } from '@waspglass/schema';
import type { EventContext } from './context.hot.ts';
import { resultParams } from './event-types.ts';

export const hasResult = (t: EventType): boolean => (resultParams[t.id] ?? -1) >= 0;

/** Result of the call; NaN when the event has none. */
export function result(c: EventContext): number {
  const i = resultParams[c.typeId] ?? -1;
  return i < 0 ? Number.NaN : c.having(i).i64(i, Number.NaN);
}

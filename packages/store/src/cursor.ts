/** Positions in lists ordered by time, then number: `<ms since 1970>.<seq>`. Callers treat them as opaque. */
import { fail } from './errors.ts';

export interface Cursor {
  readonly time: number;
  readonly seq: number;
}

export function formatCursor(time: number, seq: number): string {
  return `${time}.${seq}`;
}

export function parseCursor(text: string): Cursor {
  const match = /^(-?\d{1,15})\.(\d{1,15})$/.exec(text);
  if (match === null) throw fail('WG_STORE_CURSOR', { found: text.slice(0, 40) });
  return { time: Number(match[1]), seq: Number(match[2]) };
}

/** `evt.*time*`, `evt.latency*`: when things happened. */
import type { TextBuffer } from '@waspglass/kit';
import type { Field, FieldTable } from '@waspglass/lang';
import { T, THREAD_WIDTH } from '@waspglass/state';
import type { EventContext } from './context.hot.ts';
import { waits } from './event-types.ts';
import { SecondText } from './second-text.hot.ts';
import { clockText, dateText, durationText, isoText, pad9, seconds } from './time.ts';
import { written } from './written.ts';

const SECOND = 1_000_000_000n;

const time = (c: EventContext): bigint => c.ev.time;
const reltime = (c: EventContext): bigint => since(c, c.firstTime);
const deltatime = (c: EventContext): bigint => since(c, c.previousTime);

/** Nanoseconds from `start`; 0 when the event is earlier (clocks of processors differ) or there was none. */
function since(c: EventContext, start: bigint): bigint {
  return start === 0n || start > c.ev.time ? 0n : c.ev.time - start;
}

/** Time from the enter event to this exit event; null when there was none (0 in sysdig 0.29.3). */
function latency(c: EventContext): bigint | null {
  return measured(c) ?? (c.classic ? 0n : null);
}

function measured(c: EventContext): bigint | null {
  const { state } = c;
  if (!state.hasEnter || c.type?.enter === true) return null;
  const rows = state.threads.rows;
  const b = state.thread * THREAD_WIDTH + T.enterTime;
  const entered = (BigInt((rows[b + 1] ?? 0) >>> 0) << 32n) | BigInt((rows[b] ?? 0) >>> 0);
  return entered === 0n || entered > c.ev.time ? null : c.ev.time - entered;
}

/** The latency as far as a number is exact, else NaN: then `latency` tells. */
function shortLatency(c: EventContext): number {
  const { state, ev } = c;
  if (!state.hasEnter || c.type?.enter === true) return Number.NaN;
  const { rows } = state.threads;
  const at = state.thread * THREAD_WIDTH + T.enterTime;
  const low = rows[at] ?? 0;
  const high = rows[at + 1] ?? 0;
  if ((low | high) === 0) return Number.NaN;
  const ns = (ev.timeHigh - (high >>> 0)) * 4294967296 + (ev.timeLow - (low >>> 0));
  return ns >= 0 && ns <= Number.MAX_SAFE_INTEGER ? ns : Number.NaN;
}

function writeLatency(c: EventContext, _: unknown, out: TextBuffer): boolean {
  const ns = shortLatency(c);
  if (!Number.isNaN(ns)) {
    out.number(ns);
    return true;
  }
  const value = latency(c);
  if (value !== null) out.ascii(String(value));
  return value !== null;
}

/** Milliseconds between the event and a time, begun ones counted. */
function distance(c: EventContext, given: string): number {
  if (!/^\d{1,19}$/.test(given)) return Number.NaN;
  const apart = c.ev.time - BigInt(given);
  return (Number((apart < 0n ? -apart : apart) + 999_999n) / 1e6) | 0;
}

/** A time as text: something of the second, nanoseconds, `end`. */
function stamp(doc: string, second: (time: bigint) => string, end = ''): Field<EventContext> {
  const text = new SecondText(second);
  const write = ({ ev }: EventContext, _: unknown, out: TextBuffer): true => {
    text.writeWhole(ev.timeLow, ev.timeHigh, out);
    out.ascii(end);
    return true;
  };
  return { type: 'CHARBUF', kind: 'str', doc, get: (c) => written(write, c, undefined), write };
}

const padded = (value: bigint | null): string => pad9(value ?? 0n);
const part = (value: bigint | null): bigint | null => (value === null ? null : value % SECOND);
const whole = (value: bigint | null): bigint | null => (value === null ? null : value / SECOND);

export const eventTimeFields = {
  'evt.time': stamp('Time of day with nanoseconds (UTC).', clockText),
  'evt.time.s': { type: 'CHARBUF', kind: 'str', doc: 'Time of day (UTC).', get: (c) => clockText(time(c)) },
  'evt.time.iso8601': stamp('Date and time in ISO 8601 form with nanoseconds and zone.', isoText, '+0000'),
  'evt.datetime': stamp('Date and time with nanoseconds (UTC).', dateText),
  'evt.datetime.s': { type: 'CHARBUF', kind: 'str', doc: 'Date and time (UTC).', get: (c) => dateText(time(c)) },
  'evt.outputtime': stamp('Time of day with nanoseconds: what the default output shows.', clockText),
  'evt.rawtime': {
    type: 'ABSTIME',
    kind: 'big',
    doc: 'Nanoseconds since the epoch.',
    get: time,
    write: (c, _, out) => {
      out.u64(c.ev.timeLow, c.ev.timeHigh);
      return true;
    },
  },
  'evt.rawtime.s': { type: 'ABSTIME', kind: 'big', doc: 'Seconds since the epoch.', get: (c) => seconds(time(c)) },
  'evt.rawtime.ns': {
    type: 'ABSTIME',
    kind: 'big',
    doc: 'Nanoseconds within the second.',
    print: padded,
    get: (c) => part(time(c)),
  },
  'evt.reltime': {
    type: 'RELTIME',
    kind: 'big',
    doc: 'Nanoseconds since the first event.',
    print: padded,
    get: reltime,
  },
  'evt.reltime.s': {
    type: 'RELTIME',
    kind: 'big',
    doc: 'Seconds since the first event.',
    get: (c) => whole(reltime(c)),
  },
  'evt.reltime.ns': {
    type: 'RELTIME',
    kind: 'big',
    doc: 'Nanoseconds within the second, since the first event.',
    print: padded,
    get: (c) => part(reltime(c)),
  },
  'evt.deltatime': { type: 'RELTIME', kind: 'big', doc: 'Nanoseconds since the event before.', get: deltatime },
  'evt.deltatime.s': {
    type: 'RELTIME',
    kind: 'big',
    doc: 'Seconds since the event before.',
    get: (c) => whole(deltatime(c)),
  },
  'evt.deltatime.ns': {
    type: 'RELTIME',
    kind: 'big',
    doc: 'Nanoseconds within the second, since the event before.',
    print: padded,
    get: (c) => part(deltatime(c)),
  },
  'evt.latency': {
    type: 'RELTIME',
    kind: 'big',
    doc: 'Nanoseconds since the enter event of the same call.',
    get: latency,
    write: writeLatency,
  },
  'evt.latency.quantized': {
    type: 'UINT64',
    kind: 'num',
    doc: 'Logarithm (base 10) of the latency, rounded down.',
    get: (c) => {
      const ns = latency(c);
      return ns === null || ns <= 0n ? Number.NaN : ns.toString().length - 1;
    },
  },
  'evt.wait_latency': {
    type: 'RELTIME',
    kind: 'big',
    doc: 'The latency of calls that make the thread wait.',
    when: waits,
    get: (c) => (c.type !== undefined && waits(c.type) ? measured(c) : null),
  },
  'evt.around': {
    type: 'UINT64',
    kind: 'num',
    doc: 'Milliseconds from the given time (ns since the epoch); `evt.around[T]=D` takes what is at most D away.',
    arg: 'required',
    within: true,
    get: (c, arg) => distance(c, String(arg)),
  },
  'evt.latency.s': { type: 'RELTIME', kind: 'big', doc: 'Seconds of the latency.', get: (c) => whole(latency(c)) },
  'evt.latency.ns': {
    type: 'RELTIME',
    kind: 'big',
    doc: 'Nanoseconds within the second of the latency.',
    print: padded,
    get: (c) => part(latency(c)),
  },
  'evt.latency.human': {
    type: 'CHARBUF',
    kind: 'str',
    doc: 'The latency with its unit, such as 2.49ms.',
    get: (c) => {
      const ns = latency(c);
      return ns === null ? null : durationText(ns);
    },
  },
} as const satisfies FieldTable<EventContext>;

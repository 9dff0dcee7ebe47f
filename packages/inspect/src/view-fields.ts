/**
 * The event fields as a reader wants to see them: data as dots, printable text, hexadecimal rows or Base64; time as clock,
 * seconds, or since something. Filters don't see these forms. Dumps have several lines and are safe to print as they are.
 */
import {
  ArgPlans,
  clockText,
  type EventContext,
  eventFields,
  type ParamView,
  SecondText,
  writeLogLine,
  written,
  writtenOrNull,
} from '@waspglass/fields';
import { type DumpMode, writeDump } from '@waspglass/format';
import type { TextBuffer } from '@waspglass/kit';
import type { FieldTable } from '@waspglass/lang';
import { eventTypes } from '@waspglass/schema';

/** `h` clock, `a` seconds since 1970, `r` since the first event, `d` since entering the call, `D` since the event before. */
export type TimeMode = 'h' | 'a' | 'r' | 'd' | 'D';

export interface ViewOptions {
  readonly dump?: DumpMode | undefined;
  readonly time?: TimeMode | undefined;
  /** Data in full; without it, dots show the first 80 bytes only. */
  readonly verbose?: boolean | undefined;
  /** Names of ports instead of their numbers; undefined for ports without one. */
  readonly portName?: ((port: number) => string | undefined) | undefined;
}

/** Writes something of an event; false: there is nothing. */
type EventWriter = (c: EventContext, _: unknown, out: TextBuffer) => boolean;

/** Index of a type's data, -1 when it has none. */
const dataParams = Int8Array.from(eventTypes, (type) =>
  type.params.findIndex((param) => param.type === 'BYTEBUF' && param.name === 'data'),
);

export function viewFields(options: ViewOptions): FieldTable<EventContext> {
  const { dump: mode = 'dots', time = 'h' } = options;
  const args = viewArgs(options);
  const str = { type: 'CHARBUF', kind: 'str' } as const;
  const writeData: EventWriter = (c, _, out) => writeDataOf(c, mode, out);
  return {
    ...eventFields,
    'evt.args': { ...str, doc: 'All arguments in one text.', ...args },
    'evt.info': {
      ...str,
      doc: 'The same as evt.args; in the old form, what is written to the log.',
      ...infoOf(args.write),
    },
    'evt.buffer': {
      ...str,
      doc: 'Data that was read or written.',
      get: (c) => dataText(c, mode),
      write: writeData,
    },
    'evt.outputtime': {
      type: 'RELTIME',
      kind: 'big',
      doc: 'Time as chosen; in JSON nanoseconds.',
      get: times[time],
      write: timeWriter(time),
    },
  };
}

/** What the event read or wrote; null when it carries no data. */
export function dataText(c: EventContext, mode: DumpMode): string | null {
  return writtenOrNull((of, form, out) => writeDataOf(of, form, out), c, mode);
}

function writeDataOf(c: EventContext, mode: DumpMode, out: TextBuffer): boolean {
  const i = dataParams[c.typeId] ?? -1;
  const length = i < 0 ? -1 : c.ev.len(i);
  if (length < 0) return false;
  if (length > 0) writeDump(c.ev.u8, c.ev.off(i), length, mode, out);
  else if (!c.classic) out.ascii('NULL');
  return true;
}

export function dataBytes(c: EventContext): Uint8Array | null {
  const i = dataParams[c.typeId] ?? -1;
  const length = i < 0 ? -1 : c.ev.len(i);
  if (length < 0) return null;
  const at = c.ev.off(i);
  return c.ev.u8.subarray(at, at + length);
}

/** All arguments with data and ports in the chosen form. */
function viewArgs(options: ViewOptions): { get: (c: EventContext) => string; write: EventWriter } {
  const plans = new ArgPlans(paramView(options));
  const write: EventWriter = (c, _, out) => {
    plans.write(c, out);
    return true;
  };
  return { get: (c) => written(write, c, undefined), write };
}

/** What an event writes to the log, else its arguments. */
function infoOf(args: EventWriter): { get: (c: EventContext) => string; write: EventWriter } {
  const write: EventWriter = (c, _, out) => writeLogLine(c, out) || args(c, _, out);
  return { get: (c) => written(write, c, undefined), write };
}

function paramView({ dump: mode = 'dots', verbose = false, portName }: ViewOptions): ParamView {
  return ({ type }, usual) => {
    if (type === 'BYTEBUF' && (mode !== 'dots' || verbose)) {
      return (c, at, length, out) => {
        if (length > 0) writeDump(c.ev.u8, at, length, mode, out);
        else usual(c, at, length, out);
      };
    }
    if (portName === undefined || !ADDRESSES.has(type)) return undefined;
    return (c, at, length, out) => {
      const start = out.length;
      usual(c, at, length, out);
      const text = out.since(start);
      out.length = start;
      out.raw(namePorts(text, portName));
    };
  };
}

/** Types of parameters whose text can hold addresses with ports. */
const ADDRESSES: ReadonlySet<string> = new Set(['FD', 'FD32', 'SOCKADDR', 'SOCKTUPLE']);

function namePorts(text: string, portName: (port: number) => string | undefined): string {
  return text.replace(/(?<=[0-9a-f]:)\d{1,5}(?=->|\)|$)/g, (port) => portName(Number(port)) ?? port);
}

const SECOND = 1_000_000_000n;

function secondsText(ns: bigint): string {
  return `${ns / SECOND}.${(ns % SECOND).toString().padStart(9, '0')}`;
}

const latency = eventFields['evt.latency'];

/** Times before the first event (clocks of processors differ) count as 0. */
const since = (c: EventContext, start: bigint) => (start === 0n || c.ev.time < start ? 0n : c.ev.time - start);

const times: Readonly<Record<TimeMode, (c: EventContext) => bigint>> = {
  h: (c) => c.ev.time,
  a: (c) => c.ev.time,
  r: (c) => since(c, c.firstTime),
  d: (c) => (latency?.kind === 'big' ? (latency.get(c, undefined, []) ?? 0n) : 0n),
  D: (c) => since(c, c.previousTime),
};

/** Writes a time in the chosen form. */
function timeWriter(time: TimeMode): EventWriter {
  if (time === 'h' || time === 'a') {
    const text = new SecondText(time === 'h' ? clockText : (ns) => String(ns / SECOND));
    return ({ ev }, _, out) => {
      text.writeWhole(ev.timeLow, ev.timeHigh, out);
      return true;
    };
  }
  const since = times[time];
  return (c, _, out) => {
    out.ascii(secondsText(since(c)));
    return true;
  };
}

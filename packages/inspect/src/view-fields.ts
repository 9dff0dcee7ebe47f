/**
 * The event fields as a reader wants to see them: data as dots, printable text, hexadecimal rows or Base64; time as clock,
 * seconds, or since something. Filters don't see these forms. Invariant: what is named in `rawFields` is safe to print.
 */
import { type EventContext, eventFields, type ParamView, renderArgs, shownParam } from '@waspglass/fields';
import { type DumpMode, dump } from '@waspglass/format';
import { escapeControl } from '@waspglass/kit';
import type { FieldTable } from '@waspglass/lang';
import { eventTypes } from '@waspglass/schema';

/** `h` clock, `a` seconds since 1970, `r` since the first event, `d` since entering the call, `D` since the event before. */
export type TimeMode = 'h' | 'a' | 'r' | 'd' | 'D';

export interface ViewOptions {
  readonly dump?: DumpMode | undefined;
  readonly time?: TimeMode | undefined;
  /** Data in full; without it, dots show the first 80 bytes only. */
  readonly verbose?: boolean | undefined;
  /** Values go into JSON, which escapes what needs it. */
  readonly json?: boolean | undefined;
  /** Names of ports instead of their numbers; undefined for ports without one. */
  readonly portName?: ((port: number) => string | undefined) | undefined;
}

/** Fields whose dumps have several lines: printed without further escaping. */
export const rawFields: ReadonlySet<string> = new Set(['evt.args', 'evt.info', 'evt.buffer']);

/** Index of a type's data, -1 when it has none. */
const dataParams = Int8Array.from(eventTypes, (type) =>
  type.params.findIndex((param) => param.type === 'BYTEBUF' && param.name === 'data'),
);

export function viewFields(options: ViewOptions): FieldTable<EventContext> {
  const { dump: mode = 'dots', time = 'h' } = options;
  const plain = eventFields['evt.args'];
  const view = viewArgs(options);
  const args = (c: EventContext) => renderArgs(c, view);
  const data = (c: EventContext) => dataText(c, mode);
  const info = isPlain(options) ? {} : { get: args };
  const str = { type: 'CHARBUF', kind: 'str' } as const;
  return {
    ...eventFields,
    ...(plain?.kind === 'str' && { 'evt.args': { ...plain, ...info }, 'evt.info': { ...plain, ...info } }),
    'evt.buffer': { ...str, doc: 'Data that was read or written.', get: data },
    'evt.outputtime': {
      type: 'RELTIME',
      kind: 'big',
      doc: 'Time as chosen; in JSON nanoseconds.',
      print: time === 'h' ? clock() : secondsText,
      get: times[time],
    },
  };
}

/** Whether arguments look as they do without options: then nothing of the view is safe beyond the fields' own. */
export function isPlain({ dump: mode = 'dots', verbose = false, portName }: ViewOptions): boolean {
  return mode === 'dots' && !verbose && portName === undefined;
}

/** What the event read or wrote; null when it carries no data. */
export function dataText(c: EventContext, mode: DumpMode): string | null {
  const i = dataParams[c.ev.type] ?? -1;
  const length = i < 0 ? -1 : c.ev.len(i);
  if (length < 0) return null;
  return length === 0 ? 'NULL' : dumpParam(c, i, mode);
}

export function dataBytes(c: EventContext): Uint8Array | null {
  const i = dataParams[c.ev.type] ?? -1;
  const length = i < 0 ? -1 : c.ev.len(i);
  if (length < 0) return null;
  const at = c.ev.off(i);
  return c.ev.u8.subarray(at, at + length);
}

function dumpParam(c: EventContext, i: number, mode: DumpMode): string {
  const at = c.ev.off(i);
  return dump(c.ev.u8.subarray(at, at + c.ev.len(i)), mode);
}

/** All arguments with data in the chosen form, everything else on one line. */
function viewArgs({ dump: mode = 'dots', verbose = false, json = false, portName }: ViewOptions): ParamView {
  const safe = json ? asIs : escapeControl;
  return (c, param, i) => {
    const dumps = param.type === 'BYTEBUF' && (mode !== 'dots' || verbose);
    if (dumps && c.ev.len(i) > 0) return dumpParam(c, i, mode);
    const text = safe(shownParam(c, i));
    return portName !== undefined && ADDRESSES.has(param.type) ? namePorts(text, portName) : text;
  };
}

const asIs = (text: string) => text;

/** Types of parameters whose text can hold addresses with ports. */
const ADDRESSES: ReadonlySet<string> = new Set(['FD', 'FD32', 'SOCKADDR', 'SOCKTUPLE']);

function namePorts(text: string, portName: (port: number) => string | undefined): string {
  return text.replace(/(?<=[0-9a-f]:)\d{1,5}(?=->|\)|$)/g, (port) => portName(Number(port)) ?? port);
}

const SECOND = 1_000_000_000n;

function secondsText(value: bigint | null): string {
  const ns = value ?? 0n;
  return `${ns / SECOND}.${(ns % SECOND).toString().padStart(9, '0')}`;
}

/** Time of day with nanoseconds; the text of a second is made once, since millions of events share it. */
function clock(): (time: bigint | null) => string {
  let known = -1;
  let text = '';
  return (value) => {
    const time = value ?? 0n;
    const second = Number(time / SECOND);
    if (second !== known) {
      known = second;
      text = new Date((second % 86_400) * 1000).toISOString().slice(11, 19);
    }
    return `${text}.${String(Number(time % SECOND)).padStart(9, '0')}`;
  };
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

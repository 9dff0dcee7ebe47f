/** Hand-made event streams: parameters are written by the types of the event table. */
import { EventCursor, EventEncoder, type ProcessEntry, processEntry, ScapReader, utf8 } from '@waspglass/scap';
import { type EventName, eventId, eventTypes } from '@waspglass/schema';
import { loadProcess, State } from '../src/index.ts';

/** number → integer of the parameter's size, string → text or bytes, null → absent (length 0). */
export type Value = number | string | Uint8Array | null;

export interface Made {
  readonly name: EventName;
  readonly tid: number;
  readonly values: readonly Value[];
}

export const event = (name: EventName, tid: number, ...values: Value[]): Made => ({ name, tid, values });

/** Encodes events, one µs apart, from 2026-01-01. */
export function encode(events: readonly Made[]): Uint8Array {
  const encoder = new EventEncoder();
  let time = 1_767_225_600_000_000_000n;
  for (const { name, tid, values } of events) {
    time += 1000n;
    encoder.begin(eventId[name], Number(time & 0xffffffffn), Number(time >> 32n), tid, 0, values.length);
    const { params } = eventTypes[eventId[name]] ?? { params: [] };
    for (const [i, value] of values.entries()) put(encoder, params[i]?.type ?? 'BYTEBUF', value);
    encoder.end();
  }
  return encoder.take();
}

const TEXTS = ['CHARBUF', 'FSPATH', 'FSRELPATH'];
const SMALL: Readonly<Record<string, number>> = {
  UINT8: 1,
  FLAGS8: 1,
  ENUMFLAGS8: 1,
  SIGTYPE: 1,
  UINT16: 2,
  FLAGS16: 2,
  ENUMFLAGS16: 2,
  SYSCALLID: 2,
  ERRNO: 8,
  FD: 8,
  PID: 8,
  UINT64: 8,
  INT64: 8,
  RELTIME: 8,
  ABSTIME: 8,
};

function put(encoder: EventEncoder, type: string, value: Value): void {
  if (value === null) encoder.none();
  else if (value instanceof Uint8Array) encoder.bytes(value);
  else if (typeof value === 'string') {
    if (TEXTS.includes(type)) encoder.str(value);
    else encoder.bytes(utf8(value));
  } else putNumber(encoder, SMALL[type] ?? 4, value);
}

function putNumber(encoder: EventEncoder, size: number, value: number): void {
  if (size === 1) encoder.u8of(value);
  else if (size === 2) encoder.u16(value);
  else if (size === 4) encoder.u32(value >>> 0);
  else encoder.i64(value);
}

/** A shell with id 100 below 1, in /root. */
export const SHELL: ProcessEntry = processEntry({
  tid: 100,
  ptid: 1,
  comm: utf8('bash'),
  exe: utf8('-bash'),
  exepath: utf8('/usr/bin/bash'),
  cwd: utf8('/root'),
  vtid: 100,
  vpid: 100,
  sid: 100,
});
export const INIT: ProcessEntry = processEntry({ tid: 1, comm: utf8('init'), exe: utf8('/sbin/init'), cwd: utf8('/') });

/** Runs events through a state that knows init and a shell; `look` sees the state at each event. */
export function run(events: readonly Made[], look?: (s: State, i: number) => void, state = freshState()): State {
  let i = 0;
  const reader = new ScapReader(
    {
      onEvent: (c) => {
        state.before(c);
        look?.(state, i++);
        state.after(c);
      },
    },
    { headless: true },
  );
  reader.push(encode(events));
  reader.end();
  return state;
}

export function freshState(): State {
  const state = new State();
  loadProcess(state, INIT);
  loadProcess(state, SHELL);
  return state;
}

/** `family, address 4, port 2, address 4, port 2`. */
export function tuple4(from: readonly number[], fromPort: number, to: readonly number[], toPort: number): Uint8Array {
  const port = (n: number) => [n & 255, n >> 8];
  return Uint8Array.from([2, ...from, ...port(fromPort), ...to, ...port(toPort)]);
}

/** Parameters of clone_20: result, exe, args, tid, pid, ptid … */
export function cloned(result: number, tid: number, pid: number, ptid: number, flags = 0): Value[] {
  const none = [null, 0, 0, 0, 0, 0, 0];
  return [result, 'bash', '', tid, pid, ptid, ...none, 'bash', '', flags, 0, 0, tid, pid, 0];
}

/** Parameters of execve_19. */
export function executed(result: number, tid: number, ptid: number, exe: string, args: string, path: string): Value[] {
  const comm = path.slice(path.lastIndexOf('/') + 1).slice(0, 15);
  const start = [result, exe, args, tid, tid, ptid, null, 1024, 0, 0, 0, 0, 0, comm, '', 'HOME=/root\0LANG=C\0'];
  return [...start, 0, tid, 0xffffffff, 1, 0, 0, 0, 7, 0, 0, 0, path, tid, 0, path];
}

/** An event as a reader would hand it over: its parameters lie within it. */
export function cursorOf(type: number, tid: number, params: readonly Uint8Array[]): EventCursor {
  const length = 26 + 2 * params.length + params.reduce((sum, p) => sum + p.length, 0);
  const c = new EventCursor(new ArrayBuffer(length + 16));
  c.type = type;
  c.tid = tid;
  c.nparams = params.length;
  c.lens = 26;
  c.params = 26 + 2 * params.length;
  c.end = length;
  let at = c.params;
  for (const [i, p] of params.entries()) {
    c.view.setUint16(c.lens + 2 * i, p.length, true);
    c.u8.set(p, at);
    at += p.length;
  }
  return c;
}

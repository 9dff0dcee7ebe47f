/**
 * Parameters of events as text, as the tools print them in `evt.args` and `evt.arg.*`: the value, and what it stands for
 * (a descriptor's name, a process's name, an error's name, names of flags). One row per type; what only the parameter
 * decides (its table of flags, its number's form) is decided when its renderer is made.
 */
import { Literal, type TextBuffer } from '@waspglass/kit';
import type { EventCursor } from '@waspglass/scap';
import { errnoName, type Param, type ParamType, paramTypes, signalName, syscallByCode } from '@waspglass/schema';
import { F, FD_TYPE_MASK, fdFlag, fdType, L4_SHIFT, T } from '@waspglass/state';
import type { EventContext } from './context.hot.ts';
import { typeChar } from './fd-types.ts';
import { flagTexts } from './flag-text.ts';
import { writeAddress, writePath, writeTuple } from './sockets.ts';
import { dateText, fraction } from './time.ts';

/** Writes something about a value of `length` bytes at `at` in the event's buffer. */
export type ParamWriter = (c: EventContext, at: number, length: number, out: TextBuffer) => void;

export interface ParamRenderer {
  /** The value: `4097`, `/etc/passwd`. */
  readonly value: ParamWriter;
  /** What it stands for: `O_RDONLY|O_CLOEXEC`, `<f>/etc/passwd`; writes nothing when nothing. */
  readonly meaning?: ParamWriter;
}

/** `classic`: as sysdig 0.29.3 prints it. */
type Maker = (param: Param, classic: boolean) => ParamRenderer;

/** Longest text of a buffer, the dots that stand for the rest included. */
const BUFFER_SHOWN = 80;
const MAX_LIST = 1024;
const AT_FDCWD = -100;
const SLASH = 0x2f;
const DOT = 0x2e;
const COLON = 0x3a;
const OPEN = 0x28;
const CLOSE = 0x29;
const SPACE = 0x20;
const UPPER_A = 0x41;

const NA = new Literal('<NA>');
const missing = (out: TextBuffer): void => out.literal(NA);

const RENDERERS: Readonly<Partial<Record<ParamType, Maker>>> = {
  CHARBUF: () => ({ value: charText }),
  BYTEBUF: (_, classic) => ({ value: (c, at, n, out) => dataText(c, at, n, out, classic ? '' : 'NULL') }),
  CHARBUFARRAY: () => ({ value: listText }),
  CHARBUF_PAIR_ARRAY: () => ({ value: listText }),
  FSPATH: () => path(() => AT_FDCWD),
  FSRELPATH: (param) => path(directoryOf(param)),
  FD: () => ({
    value: (c, at, n, out) => (n < 8 ? missing(out) : out.number(int64(c.ev, at))),
    meaning: (c, at, n, out) => (n < 8 ? undefined : fdMeaning(c, int64(c.ev, at), out)),
  }),
  FD32: () => ({
    value: (c, at, n, out) => (n < 4 ? missing(out) : out.number(c.ev.view.getInt32(at, true))),
    meaning: (c, at, n, out) => (n < 4 ? undefined : fdMeaning(c, c.ev.view.getInt32(at, true), out)),
  }),
  ERRNO: () => ({ value: long(true), meaning: errnoMeaning }),
  PID: () => ({ value: low, meaning: pidMeaning }),
  PID32: () => ({ value: low, meaning: pidMeaning }),
  UID: () => ({ value: low, meaning: account((c, id) => c.state.users.user(id)?.name) }),
  GID: () => ({ value: low, meaning: account((c, id) => c.state.users.group(id)) }),
  SYSCALLID: (param) => ({
    value: numberText(param),
    meaning: (c, at, n, out) =>
      n < 2 ? undefined : out.ascii(syscallByCode(c.ev.view.getUint16(at, true))?.name ?? ''),
  }),
  SIGTYPE: () => ({
    value: (c, at, n, out) => (n < 1 ? missing(out) : out.digits(c.ev.u8[at] ?? 0)),
    meaning: (c, at, n, out) => (n < 1 ? undefined : out.ascii(signalName(c.ev.u8[at] ?? 0) ?? '')),
  }),
  SOCKADDR: (_, classic) => {
    const none = classic ? 'NULL' : '<NA>';
    return { value: (c, at, n, out) => (n > 0 ? writeAddress(c.ev, at, n, out) : out.ascii(none)) };
  },
  SOCKTUPLE: () => ({ value: (c, at, n, out) => (n === 0 ? out.ascii('NULL') : writeTuple(c.ev, at, n, out)) }),
  FDLIST: () => ({ value: fdList }),
  SIGSET: () => ({ value: signalSet }),
  RELTIME: () => ({ value: long(false), meaning: relativeTime }),
  ABSTIME: () => ({ value: absoluteTime }),
  MODE: (param) => flags(param, false, false),
  FLAGS8: (param) => flags(param, false, false),
  FLAGS16: (param) => flags(param, false, false),
  FLAGS32: (param) => flags(param, false, false),
  ENUMFLAGS8: (param, classic) => flags(param, true, classic),
  ENUMFLAGS16: (param, classic) => flags(param, true, classic),
  ENUMFLAGS32: (param, classic) => flags(param, true, classic),
  DYN: (param, classic) => dynamic(param, classic),
  IPV4ADDR: () => ({ value: (c, at, n, out) => (n < 4 ? missing(out) : writeAddress(c.ev, at, n, out)) }),
};

/** How a parameter is printed. */
export function rendererOf(param: Param, classic: boolean): ParamRenderer {
  return RENDERERS[param.type]?.(param, classic) ?? { value: numberText(param) };
}

/** Writes `4097(O_RDONLY|O_CLOEXEC)`, or the value alone when it stands for nothing. */
export function shown({ value, meaning }: ParamRenderer): ParamWriter {
  if (meaning === undefined) return value;
  return (c, at, n, out) => {
    value(c, at, n, out);
    const mark = out.length;
    out.byte(OPEN);
    meaning(c, at, n, out);
    if (out.length === mark + 1) out.length = mark;
    else out.byte(CLOSE);
  };
}

/** The number of an integer type as it is, the value's text of other types. */
export function plainest(param: Param, { value }: ParamRenderer): ParamWriter {
  return paramTypes[param.type].size === 0 ? value : numberText({ ...param, fmt: 'ID' });
}

/** The number in the base of its parameter without a mark, the value's text of other types. */
export function based(param: Param, { value }: ParamRenderer): ParamWriter {
  const { size, signed } = paramTypes[param.type];
  if (size === 0 || param.fmt === 'HEX') return size === 0 ? value : numberText(param);
  if (param.fmt !== 'OCT' || size === 8) return plainest(param, { value });
  return (c, at, n, out) => {
    if (n < size) missing(out);
    else out.ascii(integer(c.ev, at, size, signed).toString(8));
  };
}

const int64 = (e: EventCursor, at: number): number =>
  e.view.getInt32(at + 4, true) * 4294967296 + e.view.getUint32(at, true);

/** 64 bits. */
function long(signed: boolean): ParamWriter {
  return ({ ev: { view } }, at, n, out) => {
    if (n < 8) missing(out);
    else if (signed) out.i64(view.getInt32(at, true), view.getInt32(at + 4, true));
    else out.u64(view.getInt32(at, true), view.getInt32(at + 4, true));
  };
}

/** The signed low half of a number of 4 or 8 bytes. */
function low(c: EventContext, at: number, n: number, out: TextBuffer): void {
  if (n < 4) missing(out);
  else out.number(c.ev.view.getInt32(at, true));
}

/** Value of an integer of at most 4 bytes. */
function integer({ view }: EventCursor, at: number, size: number, signed: boolean): number {
  if (size === 4) return signed ? view.getInt32(at, true) : view.getUint32(at, true);
  if (size === 2) return signed ? view.getInt16(at, true) : view.getUint16(at, true);
  return signed ? view.getInt8(at) : view.getUint8(at);
}

function numberText({ type, fmt }: Param): ParamWriter {
  const { size, signed } = paramTypes[type];
  if (size === 0) return (c, at, n, out) => dataText(c, at, n, out, '');
  // The tools show these as signed numbers: -1 tells more than 2^64 - 1 or 2^32 - 1.
  const asSigned = signed || (type === 'UINT32' && fmt === 'DEC');
  if (size === 8 && fmt !== 'HEX' && fmt !== 'OCT') return long(signed || (type === 'UINT64' && fmt === 'DEC'));
  return (c, at, n, out) => {
    if (n < size) missing(out);
    else if (size === 8) longForm(c.ev, at, fmt, out);
    else if (fmt === 'HEX') out.hex(integer(c.ev, at, size, signed), 0, UPPER_A);
    else if (fmt === 'OCT') octal(integer(c.ev, at, size, signed), out);
    else out.number(integer(c.ev, at, size, asSigned));
  };
}

function longForm({ view }: EventCursor, at: number, fmt: Param['fmt'], out: TextBuffer): void {
  if (fmt === 'HEX') out.hex(view.getInt32(at, true), view.getInt32(at + 4, true), UPPER_A);
  else out.ascii(`0${view.getBigUint64(at, true).toString(8)}`);
}

function octal(value: number, out: TextBuffer): void {
  out.ascii(value === 0 ? '0' : `0${value.toString(8)}`);
}

function charText({ ev }: EventContext, at: number, n: number, out: TextBuffer): void {
  if (n === 0) missing(out);
  else writePath(ev, at, n, out);
}

/** Texts that end with a zero byte each: a dot for that. */
function listText({ ev: { bytes } }: EventContext, at: number, n: number, out: TextBuffer): void {
  out.text(bytes.toString('utf8', at, at + n).replaceAll('\0', '.'));
}

/** Bytes of a buffer, what can't be printed as dots; `none` when there are no bytes. */
function dataText({ ev: { view } }: EventContext, at: number, n: number, out: TextBuffer, none: string): void {
  if (n === 0) out.ascii(none);
  else if (n <= BUFFER_SHOWN) out.dots(view, at, n);
  else {
    out.dots(view, at, BUFFER_SHOWN - 3);
    out.ascii('...');
  }
}

/** A path; what it stands for is the whole path from the directory that it starts from. */
function path(directory: (c: EventContext) => number): ParamRenderer {
  return {
    value: charText,
    meaning: (c, at, n, out) => {
      const { u8 } = c.ev;
      if (n === 0 || u8[at] === SLASH) return;
      let end = at;
      while (end < at + n && u8[end] !== 0) end++;
      // Calls with a descriptor and no path work on that; sysdig 0.29.3 takes it for the directory.
      if (end === at && !c.classic) return;
      if (end - at === 4 && c.ev.bytes.toString('latin1', at, end) === '<NA>') return;
      const { state } = c;
      state.symbols.write(state.paths.resolve(state.base(directory(c)), u8, at, end - at), out);
    },
  };
}

/** The descriptor that a relative path starts from: `DIRFD_PARAM(n)` names its parameter. */
export function directoryOf(param: Param): (c: EventContext) => number {
  const named = /^DIRFD_PARAM\((\d+)\)$/.exec(param.info ?? '');
  if (named === null) return () => AT_FDCWD;
  const i = Number(named[1]);
  return (c) => c.having(i).i32(i, AT_FDCWD);
}

/** `<f>/etc/passwd`, `<4t>192.0.2.1:80->…`, or an error's name. */
function fdMeaning(c: EventContext, fd: number, out: TextBuffer): void {
  if (fd === AT_FDCWD) out.ascii('AT_FDCWD');
  else if (fd < 0) out.ascii(errnoName(fd) ?? '');
  else writeFd(c, fd, out);
}

function writeFd(c: EventContext, fd: number, out: TextBuffer): void {
  const { state } = c;
  const entry = findFd(c, fd);
  if (entry === 0) return;
  out.literal(fdMark(state.descriptors.entries[entry + F.kind] ?? 0));
  state.symbols.write(c.texts.fdName(entry), out);
}

/** The descriptor's entry: mostly the one that the event is about. */
function findFd({ state }: EventContext, fd: number): number {
  if (state.hasFd && state.fdNum === fd) return state.fd;
  return state.thread === 0 ? 0 : state.descriptors.find(state.table(state.thread), fd);
}

const PROTOCOLS = ['', 't', 'u', 'i', 'r'];
/** `<f>`, `<4t>` by type and protocol. */
const FD_MARKS: Literal[] = [];

/** The protocol is told once the socket has a role. */
function fdMark(kind: number): Literal {
  const type = kind & FD_TYPE_MASK;
  const isKnown = (type === fdType.ipv4 || type === fdType.ipv6) && (kind & (fdFlag.client | fdFlag.server)) !== 0;
  const protocol = isKnown ? (kind >> L4_SHIFT) & 15 : 0;
  const at = (type << 4) | protocol;
  FD_MARKS[at] ??= new Literal(`<${typeChar(type)}${PROTOCOLS[protocol] ?? ''}>`);
  return FD_MARKS[at];
}

function errnoMeaning({ ev: { view } }: EventContext, at: number, n: number, out: TextBuffer): void {
  if (n < 8 || view.getInt32(at + 4, true) !== -1) return;
  const value = view.getInt32(at, true);
  if (value < 0 && value > -4096) out.ascii(errnoName(value) ?? '');
}

function pidMeaning(c: EventContext, at: number, n: number, out: TextBuffer): void {
  const pid = n < 4 ? 0 : c.ev.view.getInt32(at, true);
  const row = pid <= 0 ? 0 : c.state.threads.find(pid);
  if (row !== 0) c.state.symbols.write(c.of(row, T.comm, 0) || c.unknown, out);
}

/** Name of a user or a group. */
function account(name: (c: EventContext, id: number) => string | undefined): ParamWriter {
  return (c, at, n, out) => {
    if (n < 4) return;
    const id = c.ev.view.getInt32(at, true);
    out.text(id === -1 ? '<NONE>' : (name(c, id) ?? '<NA>'));
  };
}

function signalSet({ ev: { view } }: EventContext, at: number, n: number, out: TextBuffer): void {
  const set = n < 4 ? 0 : view.getUint32(at, true);
  const start = out.length;
  for (let bit = 0; bit < 32; bit++) {
    if ((set & (1 << bit)) === 0) continue;
    if (out.length > start) out.byte(SPACE);
    out.ascii(signalName(bit + 1) ?? String(bit + 1));
  }
}

/** `fd:` type, flags in hexadecimal, for each. */
function fdList(c: EventContext, at: number, n: number, out: TextBuffer): void {
  if (n < 2) return;
  const { state, ev } = c;
  const { view } = ev;
  const count = Math.min(view.getUint16(at, true), Math.floor((n - 2) / 10), MAX_LIST);
  for (let i = 0; i < count; i++) {
    const p = at + 2 + 10 * i;
    const fd = view.getInt32(p, true);
    const entry = findFd(c, fd);
    if (i > 0) out.byte(SPACE);
    out.number(fd);
    out.byte(COLON);
    out.ascii(entry === 0 ? '?' : typeChar(state.fdKind(entry)));
    out.hex(view.getUint16(p + 8, true), 0);
  }
}

function relativeTime({ ev: { view } }: EventContext, at: number, n: number, out: TextBuffer): void {
  if (n < 8) return;
  const high = view.getUint32(at + 4, true);
  const rest = view.getUint32(at, true);
  if ((high & rest) !== -1) out.ascii(`${(high * 4294967296 + rest) / 1e9}s`);
}

function absoluteTime({ ev: { view } }: EventContext, at: number, n: number, out: TextBuffer): void {
  if (n < 8) {
    missing(out);
    return;
  }
  const time = view.getBigUint64(at, true);
  out.ascii(dateText(time));
  out.byte(DOT);
  out.ascii(fraction(time));
}

function flags(param: Param, exact: boolean, classic: boolean): ParamRenderer {
  const { size } = paramTypes[param.type];
  const text = flagTexts(param.info, exact ? (classic ? 'first' : 'exact') : 'names');
  const read = (e: EventCursor, at: number) => integer(e, at, size, false);
  return {
    value: (c, at, n, out) => {
      if (n < size) missing(out);
      else if (param.fmt === 'OCT') octal(read(c.ev, at), out);
      else out.digits(read(c.ev, at));
    },
    meaning: (c, at, n, out) => (n < size ? undefined : out.literal(text(read(c.ev, at)))),
  };
}

/** Kinds of the values of parameters whose first byte tells what follows. */
const DYNAMIC: Readonly<Record<string, readonly ParamType[]>> = {
  sockopt_dynamic_param: ['BYTEBUF', 'ERRNO', 'UINT32', 'UINT64', 'RELTIME'],
  ptrace_dynamic_param: ['UINT64', 'SIGTYPE'],
  bpf_dynamic_param: ['FD', 'ERRNO'],
};

function dynamic(param: Param, classic: boolean): ParamRenderer {
  const bytes: ParamRenderer = { value: (c, at, n, out) => dataText(c, at, n, out, '') };
  const kinds = (DYNAMIC[param.info ?? ''] ?? []).map((type) =>
    type === 'BYTEBUF' ? bytes : rendererOf({ ...param, type }, classic),
  );
  const chosen = (c: EventContext, at: number) => kinds[c.ev.u8[at] ?? 0] ?? bytes;
  return {
    value: (c, at, n, out) => (n < 1 ? missing(out) : chosen(c, at).value(c, at + 1, n - 1, out)),
    meaning: (c, at, n, out) => (n < 1 ? undefined : chosen(c, at).meaning?.(c, at + 1, n - 1, out)),
  };
}

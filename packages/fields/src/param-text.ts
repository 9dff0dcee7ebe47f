/**
 * Parameters of events as text, as the tools print them in `evt.args` and `evt.arg.*`: the value, and what it stands for
 * (a descriptor's name, a process's name, an error's name, names of flags).
 */
import type { EventCursor } from '@waspglass/scap';
import { errnoName, type Param, type ParamType, paramTypes, signalName } from '@waspglass/schema';
import { F, FD_TYPE_MASK, fdFlag, fdType, L4_SHIFT, T } from '@waspglass/state';
import type { EventContext } from './context.hot.ts';
import { typeChar } from './fd-types.ts';
import { enumText, flagText } from './flag-text.ts';
import { addressAt, tupleText } from './sockets.ts';
import { dateText, fraction } from './time.ts';

/** A parameter's two texts. */
export interface ParamText {
  /** The value: `4097`, `/etc/passwd`. */
  readonly value: string;
  /** What it stands for: `O_RDONLY|O_CLOEXEC`, `<f>/etc/passwd`; '' when nothing. */
  readonly meaning: string;
}

const MISSING: ParamText = { value: '<NA>', meaning: '' };
/** Longest text of a buffer, the dots that stand for the rest included. */
const BUFFER_SHOWN = 80;
const MAX_LIST = 1024;
const DOT = 46;

const plain = (value: string): ParamText => ({ value, meaning: '' });

/** Texts of parameter `i` of the event. */
export function paramText(c: EventContext, i: number): ParamText {
  const e = c.ev;
  const param = c.params[i];
  if (param === undefined || i >= e.nparams) return MISSING;
  return typed(c, param, param.type, e.off(i), e.len(i));
}

/** Text of a value of `length` bytes at `at`. */
function typed(c: EventContext, param: Param, type: ParamType, at: number, length: number): ParamText {
  const render = RENDERERS[type];
  if (render !== undefined) return render(c, param, at, length);
  return plainNumber(c, param, type, at, length);
}

type Renderer = (c: EventContext, param: Param, at: number, length: number) => ParamText;

const RENDERERS: Readonly<Partial<Record<ParamType, Renderer>>> = {
  CHARBUF: (c, _, at, n) => (n === 0 ? MISSING : plain(charText(c.ev, at, n))),
  BYTEBUF: (c, _, at, n) => plain(n > 0 ? bufferText(c.ev, at, n) : c.classic ? '' : 'NULL'),
  CHARBUFARRAY: (c, _, at, n) => plain(charText(c.ev, at, n, '\0')),
  CHARBUF_PAIR_ARRAY: (c, _, at, n) => plain(charText(c.ev, at, n, '\0')),
  FSPATH: (c, _, at, n) => pathText(c, at, n, -100),
  FSRELPATH: (c, param, at, n) => pathText(c, at, n, directoryOf(c, param)),
  FD: (c, _, at, n) =>
    n < 8 ? MISSING : fdText(c, c.ev.view.getInt32(at + 4, true) * 4294967296 + c.ev.view.getUint32(at, true)),
  FD32: (c, _, at, n) => (n < 4 ? MISSING : fdText(c, c.ev.view.getInt32(at, true))),
  ERRNO: (c, _, at, n) => errnoText(c.ev, at, n),
  PID: (c, _, at, n) => pidText(c, at, n),
  PID32: (c, _, at, n) => pidText(c, at, n),
  UID: (c, _, at, n) => idText(c.ev, at, n, (id) => c.state.users.user(id)?.name),
  GID: (c, _, at, n) => idText(c.ev, at, n, (id) => c.state.users.group(id)),
  SIGTYPE: (c, _, at, n) => signalText(c.ev, at, n),
  SOCKADDR: (c, _, at, n) => (n > 0 ? plain(addressAt(c.ev, at, n)) : c.classic ? plain('NULL') : MISSING),
  SOCKTUPLE: (c, _, at, n) => plain(n === 0 ? 'NULL' : tupleText(c.ev, at, n)),
  FDLIST: (c, _, at, n) => plain(fdListText(c, at, n)),
  SIGSET: (c, _, at, n) => plain(signalSetText(c.ev, at, n)),
  RELTIME: (c, _, at, n) => relativeText(c.ev, at, n),
  ABSTIME: (c, _, at, n) => absoluteText(c.ev, at, n),
  MODE: (c, param, at, n) => flagged(c, param, at, n, 'MODE', false),
  FLAGS8: (c, param, at, n) => flagged(c, param, at, n, 'FLAGS8', false),
  FLAGS16: (c, param, at, n) => flagged(c, param, at, n, 'FLAGS16', false),
  FLAGS32: (c, param, at, n) => flagged(c, param, at, n, 'FLAGS32', false),
  ENUMFLAGS8: (c, param, at, n) => flagged(c, param, at, n, 'ENUMFLAGS8', true),
  ENUMFLAGS16: (c, param, at, n) => flagged(c, param, at, n, 'ENUMFLAGS16', true),
  ENUMFLAGS32: (c, param, at, n) => flagged(c, param, at, n, 'ENUMFLAGS32', true),
  DYN: (c, param, at, n) => dynamicText(c, param, at, n),
  IPV4ADDR: (c, _, at, n) => (n < 4 ? MISSING : plain(addressAt(c.ev, at, n))),
};

/** Value of an integer type; null when the parameter is shorter than its type. */
export function integerAt(e: EventCursor, type: ParamType, at: number, length: number): number | bigint | null {
  const { size, signed } = paramTypes[type];
  if (size === 0 || length < size) return null;
  const { view } = e;
  switch (size) {
    case 1:
      return signed ? view.getInt8(at) : view.getUint8(at);
    case 2:
      return signed ? view.getInt16(at, true) : view.getUint16(at, true);
    case 4:
      return signed ? view.getInt32(at, true) : view.getUint32(at, true);
    default:
      return signed ? view.getBigInt64(at, true) : view.getBigUint64(at, true);
  }
}

function plainNumber(c: EventContext, param: Param, type: ParamType, at: number, length: number): ParamText {
  const value = integerAt(c.ev, type, at, length);
  if (value === null) return paramTypes[type].size === 0 ? plain(bufferText(c.ev, at, length)) : MISSING;
  // The tools show these as signed numbers: -1 tells more than 2^64 - 1.
  const shown = type === 'UINT64' && param.fmt === 'DEC' ? BigInt.asIntN(64, BigInt(value)) : value;
  return plain(numberText(shown, param.fmt));
}

function numberText(value: number | bigint, fmt: Param['fmt']): string {
  if (fmt === 'HEX')
    return (typeof value === 'bigint' ? BigInt.asUintN(64, value) : value >>> 0).toString(16).toUpperCase();
  if (fmt === 'OCT') return value === 0 ? '0' : `0${value.toString(8)}`;
  return value.toString();
}

function charText(e: EventCursor, at: number, length: number, separator = ''): string {
  const limit = at + length;
  if (separator !== '') return e.bytes.toString('utf8', at, limit).replaceAll(separator, '.');
  const { u8 } = e;
  let end = at;
  while (end < limit && u8[end] !== 0) end++;
  return e.bytes.toString('utf8', at, end);
}

const printed = Buffer.alloc(BUFFER_SHOWN);

/** Bytes of a buffer, what can't be printed as dots. */
function bufferText(e: EventCursor, at: number, length: number): string {
  const shown = length > BUFFER_SHOWN ? BUFFER_SHOWN - 3 : length;
  const { u8 } = e;
  for (let i = 0; i < shown; i++) {
    const byte = u8[at + i] ?? 0;
    printed[i] = byte >= 32 && byte < 127 ? byte : DOT;
  }
  const text = printed.toString('latin1', 0, shown);
  return length > shown ? `${text}...` : text;
}

function pathText(c: EventContext, at: number, length: number, dirfd: number): ParamText {
  if (length === 0) return MISSING;
  const value = charText(c.ev, at, length);
  if (value.startsWith('/') || value === '<NA>') return plain(value);
  const { paths, symbols } = c.state;
  const bytes = new TextEncoder().encode(value);
  const resolved = paths.resolve(c.state.base(dirfd), bytes, 0, bytes.length);
  return { value, meaning: symbols.text(resolved) };
}

/** The descriptor that a relative path starts from: `DIRFD_PARAM(n)` names its parameter. */
export function directoryOf(c: EventContext, param: Param): number {
  const named = /^DIRFD_PARAM\((\d+)\)$/.exec(param.info ?? '');
  return named === null ? -100 : c.ev.i32(Number(named[1]), -100);
}

/** `<f>/etc/passwd`, `<4t>192.0.2.1:80->…`. */
export function fdMeaning(c: EventContext, fd: number): string {
  const { state } = c;
  const entry = state.thread === 0 ? 0 : state.descriptors.find(state.table(state.thread), fd);
  if (entry === 0) return '';
  return `<${typeChar(state.fdKind(entry))}${protocolChar(c, entry)}>${state.symbols.text(c.texts.fdName(entry))}`;
}

const PROTOCOL_CHARS = ['', 't', 'u', 'i', 'r'];

/** The protocol is told once the socket has a role. */
function protocolChar(c: EventContext, entry: number): string {
  const kind = c.state.descriptors.entries[entry + F.kind] ?? 0;
  const type = kind & FD_TYPE_MASK;
  if (type !== fdType.ipv4 && type !== fdType.ipv6) return '';
  if ((kind & (fdFlag.client | fdFlag.server)) === 0) return '';
  return PROTOCOL_CHARS[(kind >> L4_SHIFT) & 15] ?? '';
}

function fdText(c: EventContext, fd: number): ParamText {
  if (fd === -100) return { value: '-100', meaning: 'AT_FDCWD' };
  return { value: String(fd), meaning: fd < 0 ? (errnoName(fd) ?? '') : fdMeaning(c, fd) };
}

function errnoText(e: EventCursor, at: number, length: number): ParamText {
  if (length < 8) return MISSING;
  const low = e.view.getInt32(at, true);
  if (low >= 0 && e.view.getInt32(at + 4, true) === 0) return plain(String(low));
  const value = e.view.getBigInt64(at, true);
  const failed = value < 0n && value > -4096n;
  return { value: value.toString(), meaning: failed ? (errnoName(Number(value)) ?? '') : '' };
}

function pidText(c: EventContext, at: number, length: number): ParamText {
  if (length < 4) return MISSING;
  const pid = c.ev.view.getInt32(at, true);
  const row = pid <= 0 ? 0 : c.state.threads.find(pid);
  const comm = c.of(row, T.comm, 0);
  return { value: String(pid), meaning: row === 0 ? '' : comm === 0 ? '<NA>' : c.state.symbols.text(comm) };
}

function idText(e: EventCursor, at: number, length: number, name: (id: number) => string | undefined): ParamText {
  if (length < 4) return MISSING;
  const id = e.view.getInt32(at, true);
  return { value: String(id), meaning: id === -1 ? '<NONE>' : (name(id) ?? '<NA>') };
}

function signalText(e: EventCursor, at: number, length: number): ParamText {
  if (length < 1) return MISSING;
  const signal = e.u8[at] ?? 0;
  return { value: String(signal), meaning: signalName(signal) ?? '' };
}

function signalSetText(e: EventCursor, at: number, length: number): string {
  if (length < 4) return '';
  const set = e.view.getUint32(at, true);
  const names: string[] = [];
  for (let bit = 0; bit < 32; bit++) if ((set & (1 << bit)) !== 0) names.push(signalName(bit + 1) ?? String(bit + 1));
  return names.join(' ');
}

/** `fd:` type, flags in hexadecimal, for each. */
function fdListText(c: EventContext, at: number, length: number): string {
  if (length < 2) return '';
  const { view } = c.ev;
  const count = Math.min(view.getUint16(at, true), Math.floor((length - 2) / 10), MAX_LIST);
  const parts: string[] = [];
  for (let i = 0; i < count; i++) {
    const p = at + 2 + 10 * i;
    const fd = view.getInt32(p, true);
    const entry = c.state.thread === 0 ? 0 : c.state.descriptors.find(c.state.table(c.state.thread), fd);
    const kind = entry === 0 ? '?' : typeChar(c.state.fdKind(entry));
    parts.push(`${fd}:${kind}${view.getUint16(p + 8, true).toString(16)}`);
  }
  return parts.join(' ');
}

function relativeText(e: EventCursor, at: number, length: number): ParamText {
  if (length < 8) return MISSING;
  const ns = e.view.getBigUint64(at, true);
  return { value: ns.toString(), meaning: ns === 0xffffffffffffffffn ? '' : `${Number(ns) / 1e9}s` };
}

function absoluteText(e: EventCursor, at: number, length: number): ParamText {
  if (length < 8) return MISSING;
  const time = e.view.getBigUint64(at, true);
  return plain(`${dateText(time)}.${fraction(time)}`);
}

function flagged(c: EventContext, param: Param, at: number, n: number, type: ParamType, one: boolean): ParamText {
  const value = integerAt(c.ev, type, at, n);
  if (value === null) return MISSING;
  const number = Number(value) >>> 0;
  const octal = param.fmt === 'OCT';
  return {
    value: octal ? numberText(number, 'OCT') : String(number),
    meaning: one && c.classic ? enumText(param.info ?? '', number) : flagText(param.info ?? '', number, one),
  };
}

/** Kinds of the values of parameters whose first byte tells what follows. */
const DYNAMIC: Readonly<Record<string, readonly ParamType[]>> = {
  sockopt_dynamic_param: ['BYTEBUF', 'ERRNO', 'UINT32', 'UINT64', 'RELTIME'],
  ptrace_dynamic_param: ['UINT64', 'SIGTYPE'],
  bpf_dynamic_param: ['FD', 'ERRNO'],
};

function dynamicText(c: EventContext, param: Param, at: number, length: number): ParamText {
  if (length < 1) return MISSING;
  const type = DYNAMIC[param.info ?? '']?.[c.ev.u8[at] ?? 0] ?? 'BYTEBUF';
  if (type === 'BYTEBUF') return plain(bufferText(c.ev, at + 1, length - 1));
  return typed(c, param, type, at + 1, length - 1);
}

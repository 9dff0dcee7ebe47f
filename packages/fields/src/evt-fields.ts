/** `evt.*` and `syscall.*`: the event itself. */
import type { Field, FieldArgument, FieldTable } from '@waspglass/lang';
import { type EventType, errnoName, eventId } from '@waspglass/schema';
import { renderArgs, writeArgs, writeArgument, writeBasedArgument, writeInfo, writeRawArgument } from './args.ts';
import type { EventContext } from './context.hot.ts';
import { fixedName } from './event-names.ts';
import {
  bufferParams,
  categoryName,
  eventTypeNames,
  hasParam,
  isSyscall,
  isTransfer,
  openFlagParams,
  openModeParams,
  opens,
  readsFd,
  sharedNames,
  waits,
  writesFd,
} from './event-types.ts';
import { fdCategory } from './fd-types.ts';
import { directoryOf } from './param-text.ts';
import { hasResult, result } from './results.ts';
import { isSyslog } from './syslog-fields.ts';
import { written, writtenOrNull } from './written.ts';

/** `>` and `<`. */
const ENTER = 0x3e;
const EXIT = 0x3c;
const O_RDONLY = 1;
const O_WRONLY = 2;
const O_TMPFILE = 1 << 13;
const O_F_CREATED = 1 << 14;
/** Execute bits of a mode, as captures have them. */
const S_IXANY = 0o111;

const hasBuffer = (t: EventType): boolean => (bufferParams[t.id] ?? -1) >= 0;

function resultText(c: EventContext): string | null {
  const value = result(c);
  if (Number.isNaN(value)) return null;
  return value >= 0 ? 'SUCCESS' : (errnoName(value) ?? String(value));
}

const failed = (c: EventContext): number => {
  const value = result(c);
  return Number.isNaN(value) || value >= 0 ? 0 : 1;
};

/** The data buffer, one character per byte. */
function buffer(c: EventContext): string | null {
  const i = bufferParams[c.typeId] ?? -1;
  const length = i < 0 ? -1 : c.ev.len(i);
  if (length < 0) return null;
  const at = c.ev.off(i);
  return Buffer.from(c.ev.u8.buffer, c.ev.u8.byteOffset + at, length).toString('utf8');
}

function openFlags(c: EventContext): number {
  const i = openFlagParams[c.typeId] ?? -1;
  return i < 0 ? 0 : c.having(i).i32(i, 0);
}

function opensExecutable(c: EventContext): number {
  const i = openModeParams[c.typeId] ?? -1;
  const creates = c.type?.name === 'creat' || (openFlags(c) & (O_F_CREATED | O_TMPFILE)) !== 0;
  return i >= 0 && creates && (c.having(i).i32(i, 0) & S_IXANY) !== 0 ? 1 : 0;
}

/** Absolute path of a path parameter: `src`, `dst`, or whichever the event has. */
function absolutePath(c: EventContext, arg: FieldArgument): string | null {
  const params = c.type?.params ?? [];
  const names = ABSPATH[String(arg ?? '')] ?? [];
  for (const name of names) {
    const i = params.findIndex((p) => p.name === name);
    const param = params[i];
    if (param === undefined || c.ev.len(i) <= 0) continue;
    const { state } = c;
    return state.symbols.text(state.path(c.ev, i, state.base(directoryOf(param)(c))));
  }
  return null;
}

const ABSPATH: Readonly<Record<string, readonly string[]>> = {
  '': ['name', 'path', 'linkpath', 'filename', 'newpath'],
  path: ['name', 'path', 'filename'],
  src: ['oldpath', 'target'],
  dst: ['newpath', 'linkpath'],
};

function category(c: EventContext): string | null {
  const type = c.type;
  if (type === undefined) return null;
  if (!isTransfer(type)) return categoryName(type) ?? null;
  const known = c.state.fd === 0 ? 'other' : fdCategory(c.state.fdKind(c.state.fd));
  return known === 'other' ? 'unknown' : known;
}

/** An event of the machine's infrastructure: source, name, description `Event: …; ID: …; Name: …`. */
interface Infrastructure {
  readonly name: string;
  part(key: string): string | null;
}

function infrastructure(doc: string, get: (e: Infrastructure) => string | null): Field<EventContext> {
  return {
    type: 'CHARBUF',
    kind: 'str',
    doc,
    when: (t) => t.id === eventId.INFRASTRUCTURE_EVENT_E,
    get: (c) => {
      const text = (i: number) => c.state.symbols.text(c.state.text(c.ev, i));
      if (c.typeId !== eventId.INFRASTRUCTURE_EVENT_E || text(0) !== 'docker') return null;
      const parts = text(2).split(/[;\n]/);
      const part = (key: string) => {
        const start = `${key}:`;
        const found = parts.find((line) => line.trimStart().startsWith(start));
        return found === undefined ? null : found.trimStart().slice(start.length).trim();
      };
      return get({ name: text(1), part });
    },
  };
}

const one = (yes: boolean): number => (yes ? 1 : 0);

export const generalFields = {
  'evt.num': {
    type: 'UINT64',
    kind: 'num',
    doc: 'Number of the event.',
    get: (c) => (c.classic ? c.state.classicNum : c.state.num),
  },
  'evt.dir': {
    type: 'CHARBUF',
    kind: 'str',
    doc: '`>` for enter events, `<` for exit events.',
    byType: (t) => (t.enter ? '>' : '<'),
    get: (c) => ((c.typeId & 1) === 0 ? '>' : '<'),
    write: (c, _, out) => {
      out.byte((c.typeId & 1) === 0 ? ENTER : EXIT);
      return true;
    },
  },
  'evt.type': {
    type: 'CHARBUF',
    kind: 'sym',
    doc: 'Name of the event.',
    texts: eventTypeNames,
    textsOf: sharedNames,
    byType: fixedName,
    get: (c) => c.names.symbol(c),
  },
  'evt.type.is': {
    type: 'UINT32',
    kind: 'num',
    doc: '1 for events of the named type.',
    arg: 'required',
    get: (c, arg) => one(c.names.text(c) === String(arg)),
  },
  'syscall.type': {
    type: 'CHARBUF',
    kind: 'sym',
    doc: 'Name of the system call; no value for other events.',
    when: isSyscall,
    byType: (t) => (isSyscall(t) ? fixedName(t) : undefined),
    get: (c) => (c.type !== undefined && isSyscall(c.type) ? c.names.symbol(c) : 0),
  },
  'evt.category': {
    type: 'CHARBUF',
    kind: 'str',
    doc: 'Category of the event: file, net, process …',
    byType: (t) => (isTransfer(t) ? undefined : categoryName(t)),
    get: category,
  },
  'evt.source': { type: 'CHARBUF', kind: 'str', doc: 'Where the event comes from.', get: () => 'syscall' },
  'evt.is_async': {
    type: 'BOOL',
    kind: 'bool',
    doc: 'Asynchronous events.',
    get: (c) => one(c.type?.name === 'asyncevent'),
  },
  'evt.asynctype': {
    type: 'CHARBUF',
    kind: 'sym',
    doc: 'Kind of an asynchronous event.',
    when: (t) => t.name === 'asyncevent',
    get: (c) => (c.type?.name === 'asyncevent' ? c.state.text(c.ev, 1) : 0),
  },
  'evt.pluginname': {
    type: 'CHARBUF',
    kind: 'str',
    doc: 'Plugin that the event comes from; plugins are not loaded, so no value.',
    get: () => null,
  },
  'evt.plugininfo': {
    type: 'CHARBUF',
    kind: 'str',
    doc: 'What the plugin says of its event; plugins are not loaded, so no value.',
    get: () => null,
  },
  'evt.infra.docker.name': infrastructure('Name of an event of Docker.', (e) => e.name),
  'evt.infra.docker.container.id': infrastructure('Id of the container that it is about.', (e) => e.part('ID')),
  'evt.infra.docker.container.name': infrastructure('Name of the container.', (e) => e.part('Name')),
  'evt.infra.docker.container.image': infrastructure('Image of the container.', (e) => e.part('Image')),
  'util.cnt': { type: 'UINT64', kind: 'num', doc: 'Counts how often it was asked for.', get: (c) => ++c.asked },
  'evt.hostname': {
    type: 'CHARBUF',
    kind: 'str',
    doc: 'Host name of the machine.',
    get: (c) => (c.hostname === '' ? null : c.hostname),
  },
  'evt.cpu': { type: 'INT16', kind: 'num', doc: 'Processor on which it happened.', get: (c) => c.ev.cpu },
  'evt.args': { type: 'CHARBUF', kind: 'str', doc: 'All arguments in one text.', get: renderArgs, write: writeArgs },
  'evt.info': {
    type: 'CHARBUF',
    kind: 'str',
    doc: 'The same as evt.args; in the old form, what is written to the log.',
    get: (c) => written(writeInfo, c, undefined),
    write: writeInfo,
  },
  'evt.arg': {
    type: 'CHARBUF',
    kind: 'str',
    doc: 'One argument by name or number, as a text that says what it stands for.',
    arg: 'required',
    get: (c, arg) => writtenOrNull(writeArgument, c, arg),
    write: writeArgument,
  },
  'evt.rawarg': {
    type: 'DYN',
    kind: 'str',
    doc: 'One argument by name, as it is.',
    arg: 'required',
    compared: (c, arg) => writtenOrNull(writeRawArgument, c, arg),
    get: (c, arg) => writtenOrNull(writeBasedArgument, c, arg),
    write: writeBasedArgument,
  },
  'evt.buffer': { type: 'BYTEBUF', kind: 'str', doc: 'Data that was read or written.', when: hasBuffer, get: buffer },
  'evt.res': {
    type: 'CHARBUF',
    kind: 'str',
    doc: 'SUCCESS or the name of the error.',
    when: hasResult,
    get: resultText,
  },
  'evt.rawres': { type: 'INT64', kind: 'num', doc: 'Result as a number.', when: hasResult, get: result },
  'evt.failed': { type: 'BOOL', kind: 'bool', doc: 'The call failed.', get: failed },
  'evt.is_io': {
    type: 'BOOL',
    kind: 'bool',
    doc: 'Reads from or writes to a descriptor.',
    byType: (t) => one(readsFd(t) || writesFd(t)),
    get: (c) => one(c.type !== undefined && (readsFd(c.type) || writesFd(c.type))),
  },
  'evt.is_io_read': {
    type: 'BOOL',
    kind: 'bool',
    doc: 'Reads from a descriptor.',
    byType: (t) => one(readsFd(t)),
    get: (c) => one(c.type !== undefined && readsFd(c.type)),
  },
  'evt.is_io_write': {
    type: 'BOOL',
    kind: 'bool',
    doc: 'Writes to a descriptor.',
    byType: (t) => one(writesFd(t)),
    get: (c) => one(c.type !== undefined && writesFd(c.type)),
  },
  'evt.io_dir': {
    type: 'CHARBUF',
    kind: 'str',
    doc: '`read` or `write`.',
    when: (t) => readsFd(t) || writesFd(t),
    byType: (t) => (readsFd(t) ? 'read' : writesFd(t) ? 'write' : undefined),
    get: (c) => (c.type === undefined ? null : readsFd(c.type) ? 'read' : writesFd(c.type) ? 'write' : null),
  },
  'evt.is_wait': {
    type: 'BOOL',
    kind: 'bool',
    doc: 'Makes the thread wait.',
    byType: (t) => one(waits(t)),
    get: (c) => one(c.type !== undefined && waits(c.type)),
  },
  'evt.is_syslog': {
    type: 'BOOL',
    kind: 'bool',
    doc: 'Writes to /dev/log.',
    when: writesFd,
    get: (c) => one(c.type !== undefined && writesFd(c.type) && isSyslog(c)),
  },
  'evt.abspath': {
    type: 'CHARBUF',
    kind: 'str',
    doc: 'Absolute path that the call works on; `.src` and `.dst` for those with two.',
    arg: 'optional',
    when: hasParam('name', 'path', 'linkpath', 'filename', 'newpath', 'oldpath', 'target'),
    get: absolutePath,
  },
  'evt.is_open_read': {
    type: 'BOOL',
    kind: 'bool',
    doc: 'Opens for reading.',
    when: opens,
    get: (c) => one((openFlags(c) & O_RDONLY) !== 0),
  },
  'evt.is_open_write': {
    type: 'BOOL',
    kind: 'bool',
    doc: 'Opens for writing.',
    when: opens,
    get: (c) => one((openFlags(c) & O_WRONLY) !== 0),
  },
  'evt.is_open_exec': {
    type: 'BOOL',
    kind: 'bool',
    doc: 'Creates a file that can be executed.',
    when: opens,
    get: opensExecutable,
  },
  'evt.is_open_create': {
    type: 'BOOL',
    kind: 'bool',
    doc: 'Creates the file.',
    when: opens,
    get: (c) => one((openFlags(c) & O_F_CREATED) !== 0),
  },
} as const satisfies FieldTable<EventContext>;

/** `fd.*`: the descriptor that an event is about. */
import type { Field, FieldTable } from '@waspglass/lang';
import { eventFlag, eventId } from '@waspglass/schema';
import { F, FD_TYPE_MASK, fdFlag, fdType, L4_SHIFT, T } from '@waspglass/state';
import { paramValue } from './args.ts';
import type { EventContext } from './context.hot.ts';
import { opens, usesFd } from './event-types.ts';
import { typeChar, typeName } from './fd-types.ts';

const NONE = Number.NaN;
const PROTOCOLS: readonly (string | null)[] = [null, 'tcp', 'udp', 'icmp', 'raw'];

const kind = (c: EventContext): number => c.fd(F.kind);
const type = (c: EventContext): number => kind(c) & FD_TYPE_MASK;
const isInet = (c: EventContext): boolean => type(c) === fdType.ipv4 || type(c) === fdType.ipv6;
const isFile = (c: EventContext): boolean => type(c) === fdType.file || type(c) === fdType.directory;
const hasTuple = (c: EventContext): boolean => isInet(c) && (kind(c) & (fdFlag.connected | fdFlag.bound)) !== 0;
const isConnected = (c: EventContext): boolean => isInet(c) && (kind(c) & fdFlag.connected) !== 0;
const isServer = (c: EventContext): boolean => (kind(c) & fdFlag.server) !== 0;

/** Name of the descriptor: '' when it has none, no value when the event has no descriptor. */
function name(c: EventContext): number {
  const { state } = c;
  if (!state.hasFd) return 0;
  if (c.classic && connects(c) && c.ev.len(1) > 0) return state.symbols.made(paramValue(c, 1));
  const known = state.fd === 0 ? state.fdName : c.texts.fdName(state.fd);
  if (known > 1) return known;
  if ((state.fd === 0 && accepts(c)) || (c.classic && connects(c))) return state.symbols.made(paramValue(c, 1));
  return c.classic && c.type?.enter === true && state.fd === 0 ? 0 : 1;
}

function connects(c: EventContext): boolean {
  return c.type?.id === eventId.SOCKET_CONNECT_X;
}

/** A call that takes in a connection: its event tells the tuple, also where no descriptor came of it. */
function accepts(c: EventContext): boolean {
  const name = c.type?.name;
  return name === 'accept' || name === 'accept4';
}

/** An enter event of a call that gives a descriptor, where sysdig 0.29.3 tells a kind already. */
function willOpen(c: EventContext): boolean {
  return c.classic && c.type?.enter === true && (c.type.flags & eventFlag.CREATES_FD) !== 0;
}

const OPENED: Readonly<Record<string, string>> = {
  open: 'f',
  openat: 'f',
  openat2: 'f',
  creat: 'f',
  socket: '4',
  accept: '4',
  accept4: '4',
  pipe: 'p',
  eventfd: 'e',
  signalfd: 's',
  timerfd_create: 't',
  inotify_init: 'i',
};

/** The path of a file, else no value. */
function filePath(c: EventContext): number {
  const { state } = c;
  if (state.fd === 0) return state.fdName;
  return isFile(c) ? c.texts.fdName(state.fd) : 0;
}

/** Directory of a file. As the tools say, a directory is its own, and what nobody knows is in the root. */
function directoryOf(c: EventContext): number {
  const { state } = c;
  if (!state.hasFd) return 0;
  if (state.fd === 0 && state.fdName === 0) return c.classic && c.type?.enter === true ? 0 : c.root;
  return state.fd !== 0 && type(c) === fdType.directory ? filePath(c) : state.paths.directory(filePath(c));
}

/** Name of a file; directories have none. */
function filename(c: EventContext): number {
  return c.state.fd !== 0 && type(c) === fdType.file ? c.state.paths.filename(filePath(c)) : 0;
}

/** Path as it was given, also by a call that failed to open it; '' for what has no path. */
function givenPath(c: EventContext): number {
  const { state } = c;
  if (!state.hasFd) return 0;
  if (state.fd !== 0) return (isFile(c) ? c.fd(F.raw) : 0) || 1;
  const i = state.fdName === 0 ? -1 : (c.type?.params.findIndex((p) => p.name === 'name') ?? -1);
  return (i < 0 ? 0 : state.text(c.ev, i)) || 1;
}

const clientAddress = (c: EventContext): number => (isConnected(c) ? c.fd(F.source) : 0);
const serverAddress = (c: EventContext): number => (hasTuple(c) ? c.fd(F.destination) : 0);
const localAddress = (c: EventContext): number => (isServer(c) ? serverAddress(c) : clientAddress(c));
const remoteAddress = (c: EventContext): number => {
  if (!isConnected(c)) return 0;
  return isServer(c) ? clientAddress(c) : serverAddress(c);
};
const clientPort = (c: EventContext): number => (isConnected(c) ? c.fd(F.ports) & 0xffff : NONE);
const serverPort = (c: EventContext): number => (hasTuple(c) ? c.fd(F.ports) >>> 16 : NONE);
const localPort = (c: EventContext): number => (isServer(c) ? serverPort(c) : clientPort(c));
const remotePort = (c: EventContext): number => {
  if (!isConnected(c)) return NONE;
  return isServer(c) ? clientPort(c) : serverPort(c);
};

/** Rows of this table have a value only for types that are about a descriptor. */
function fdText(doc: string, get: (c: EventContext) => number): Field<EventContext> {
  return { type: 'CHARBUF', kind: 'sym', doc, when: usesFd, get };
}
function fdString(doc: string, get: (c: EventContext) => string | null): Field<EventContext> {
  return { type: 'CHARBUF', kind: 'str', doc, when: usesFd, get };
}
function fdAddress(doc: string, get: (c: EventContext) => number): Field<EventContext> {
  return { type: 'IPADDR', kind: 'addr', doc, when: usesFd, get };
}
function fdNet(doc: string, get: (c: EventContext) => number): Field<EventContext> {
  return { type: 'IPNET', kind: 'addr', doc, when: usesFd, get };
}
function fdPort(doc: string, get: (c: EventContext) => number): Field<EventContext> {
  return { type: 'PORT', kind: 'num', doc, when: usesFd, get };
}
function fdBool(doc: string, get: (c: EventContext) => boolean): Field<EventContext> {
  return { type: 'BOOL', kind: 'bool', doc, when: usesFd, get: (c) => (c.state.fd === 0 ? -1 : get(c) ? 1 : 0) };
}

/** Both ends of a connection. */
function bothEnds(c: EventContext, out: number[]): undefined {
  for (const address of [clientAddress(c), serverAddress(c)]) if (address !== 0) out.push(address);
  return undefined;
}

function bothPorts(c: EventContext, out: number[]): undefined {
  for (const port of [clientPort(c), serverPort(c)]) if (!Number.isNaN(port)) out.push(port);
  return undefined;
}

/** The tools name ports only where that was asked for: by default the number stands for the service. */
const serviceName = (port: number): string | null => (Number.isNaN(port) ? null : String(port));

/** A name behind the id of the container; nothing stands for the host. */
function withContainer(c: EventContext, text: number): string | null {
  if (text === 0) return null;
  const container = c.state.symbols.text(c.texts.container(c.state.thread));
  return `${container === 'host' ? '' : container}:${c.state.symbols.text(text)}`;
}

function protocol(c: EventContext): string | null {
  if (!isInet(c) || (kind(c) & (fdFlag.client | fdFlag.server)) === 0) return null;
  return PROTOCOLS[(kind(c) >> L4_SHIFT) & 15] ?? null;
}

function family(c: EventContext): string | null {
  if (isInet(c)) return 'ip';
  return type(c) === fdType.unix ? 'unix' : null;
}

/** Kinds of a process's descriptors, or of the one whose number is given. */
function openTypes(c: EventContext, arg: string | number | undefined, out: number[]): undefined {
  const { state } = c;
  if (state.thread === 0) return undefined;
  const table = state.table(state.thread);
  const seen = new Set<number>();
  const first = arg === undefined ? 0 : Number(arg);
  const end = arg === undefined ? state.descriptors.capacity(table) : first + 1;
  for (let fd = first; fd < end; fd++) {
    const entry = state.descriptors.find(table, fd);
    const text = entry === 0 ? null : typeName(state.fdKind(entry));
    if (text !== null) seen.add(state.symbols.made(text));
  }
  out.push(...seen);
  return undefined;
}

const device = (c: EventContext): number => (c.state.fd === 0 ? NONE : isFile(c) ? c.fd(F.dev) >>> 0 : 0);

/** Device numbers as Linux gives them to programs: the minor's low byte, 12 bits of the major, the rest of the minor. */
const majorOf = (dev: number): number => (Number.isNaN(dev) ? NONE : (dev >>> 8) & 0xfff);
const minorOf = (dev: number): number => (Number.isNaN(dev) ? NONE : (dev & 0xff) | ((dev >>> 12) & 0xfff00));

function inode(c: EventContext): bigint | null {
  if (c.state.fd === 0) return null;
  return (BigInt(c.fd(F.ino + 1) >>> 0) << 32n) | BigInt(c.fd(F.ino) >>> 0);
}

const failedOpen = (c: EventContext): boolean => c.state.fd === 0 && c.type !== undefined && opens(c.type);

/** Names would have to be asked for in the network, which tells the attacker that he is watched. */
function resolved(doc: string): Field<EventContext> {
  return { type: 'CHARBUF', kind: 'str', doc: `${doc}: not asked for, so no value.`, when: usesFd, get: () => null };
}

export const fdFields: FieldTable<EventContext> = {
  'fd.num': {
    type: 'INT64',
    kind: 'num',
    doc: 'Descriptor number.',
    when: usesFd,
    get: (c) => (c.state.hasFd ? c.state.fdNum : willOpen(c) ? -1 : NONE),
  },
  'fd.type': fdString('Kind of the descriptor.', (c) => (c.state.fd === 0 ? null : typeName(type(c)))),
  'fd.typechar': fdString('Kind of the descriptor, one character.', (c) => {
    if (!c.state.hasFd) return willOpen(c) ? (OPENED[c.type?.name ?? ''] ?? 'o') : null;
    if (c.state.fd !== 0) return typeChar(type(c));
    if (accepts(c)) return typeChar(fdType.ipv4);
    return failedOpen(c) && (c.classic || c.type?.name !== 'open') ? 'f' : 'o';
  }),
  'fd.name': fdText('Path, or the two ends of a socket.', name),
  'fd.nameraw': fdText('Path as it was given.', givenPath),
  'fd.directory': fdText('Directory of the file.', directoryOf),
  'fd.filename': fdText('Name of the file without its directory.', filename),
  'fd.ip': {
    type: 'IPADDR',
    kind: 'addrs',
    doc: 'Address of either end.',
    when: usesFd,
    get: (c, _, out) => bothEnds(c, out),
  },
  'fd.cip': fdAddress('Address of the client.', clientAddress),
  'fd.sip': fdAddress('Address of the server.', serverAddress),
  'fd.lip': fdAddress('Local address.', localAddress),
  'fd.rip': fdAddress('Remote address.', remoteAddress),
  'fd.net': {
    type: 'IPNET',
    kind: 'addrs',
    doc: 'Address of either end, to compare with a network.',
    when: usesFd,
    get: (c, _, out) => bothEnds(c, out),
  },
  'fd.cnet': fdNet('Address of the client, to compare with a network.', clientAddress),
  'fd.snet': fdNet('Address of the server, to compare with a network.', serverAddress),
  'fd.lnet': fdNet('Local address, to compare with a network.', localAddress),
  'fd.rnet': fdNet('Remote address, to compare with a network.', remoteAddress),
  'fd.port': {
    type: 'PORT',
    kind: 'nums',
    doc: 'Port of either end.',
    when: usesFd,
    get: (c, _, out) => bothPorts(c, out),
  },
  'fd.proto': {
    type: 'PORT',
    kind: 'nums',
    doc: 'Port of either end; a name of a service is taken for its port.',
    when: usesFd,
    get: (c, _, out) => bothPorts(c, out),
  },
  'fd.cip.name': resolved('Domain name of the client'),
  'fd.sip.name': resolved('Domain name of the server'),
  'fd.lip.name': resolved('Domain name of the local end'),
  'fd.rip.name': resolved('Domain name of the remote end'),
  'fd.cport': fdPort('Port of the client.', clientPort),
  'fd.sport': fdPort('Port of the server.', serverPort),
  'fd.lport': fdPort('Local port.', localPort),
  'fd.rport': fdPort('Remote port.', remotePort),
  'fd.cproto': fdString('Service of the client port.', (c) => serviceName(clientPort(c))),
  'fd.sproto': fdString('Service of the server port.', (c) => serviceName(serverPort(c))),
  'fd.lproto': fdString('Service of the local port.', (c) => serviceName(localPort(c))),
  'fd.rproto': fdString('Service of the remote port.', (c) => serviceName(remotePort(c))),
  'fd.l4proto': fdString('tcp, udp, icmp or raw.', protocol),
  'fd.sockfamily': fdString('ip or unix.', family),
  'fd.is_server': fdBool('This process is the server.', (c) => isInet(c) && isServer(c)),
  'fd.connected': fdBool(
    'The socket is connected.',
    (c) => (kind(c) & (fdFlag.connected | fdFlag.connecting)) === fdFlag.connected,
  ),
  'fd.name_changed': fdBool('The event changed the name.', (c) => c.state.nameChanged),
  'fd.uid': fdString('Descriptor number and thread id.', (c) =>
    c.state.hasFd || willOpen(c) ? `${c.column(T.tid, 0)}${c.state.hasFd ? c.state.fdNum : -1}` : null,
  ),
  'fd.containername': fdString('Container id and name.', (c) => withContainer(c, name(c))),
  'fd.containerdirectory': fdString('Container id and directory.', (c) => withContainer(c, directoryOf(c))),
  'fd.dev': {
    type: 'INT32',
    kind: 'num',
    doc: 'Device of the file.',
    when: usesFd,
    print: (value) => value.toString(16).toUpperCase(),
    get: device,
  },
  'fd.dev.major': {
    type: 'INT32',
    kind: 'num',
    doc: 'Major device number.',
    when: usesFd,
    get: (c) => majorOf(device(c)),
  },
  'fd.dev.minor': {
    type: 'INT32',
    kind: 'num',
    doc: 'Minor device number.',
    when: usesFd,
    get: (c) => minorOf(device(c)),
  },
  'fd.ino': { type: 'INT64', kind: 'big', doc: 'Inode.', when: usesFd, get: inode },
  'fd.is_upper_layer': fdBool('In the upper layer of an overlay.', (c) => (kind(c) & fdFlag.upperLayer) !== 0),
  'fd.is_lower_layer': fdBool('In the lower layer of an overlay.', (c) => (kind(c) & fdFlag.lowerLayer) !== 0),
  'fd.types': {
    type: 'CHARBUF',
    kind: 'syms',
    doc: 'Kinds of all descriptors of the process, or of one.',
    arg: 'optional',
    get: openTypes,
  },
};

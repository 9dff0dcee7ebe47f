/** `thread.*`, `user.*`, `group.*`: who. */
import type { Field, FieldTable } from '@waspglass/lang';
import { capabilitySet, type EventType } from '@waspglass/schema';
import { splitList, T, type User } from '@waspglass/state';
import type { EventContext } from './context.hot.ts';

/** The tools know root also where no account is listed. */
const ROOT: User = { uid: 0, gid: 0, name: 'root', home: '/root', shell: '' };
const HOST = 'host';

function accountOf(c: EventContext, uid: number): User | undefined {
  const { users, symbols, thread } = c.state;
  if (!c.containerAccounts) return users.user(uid);
  const container = symbols.text(c.texts.container(thread));
  if (container === HOST) return users.user(uid);
  return users.containedUser(container, uid) ?? (uid === 0 ? ROOT : undefined);
}

const user = (c: EventContext): User | undefined => accountOf(c, c.column(T.uid, -1));

/** The tools take this text for the name of whom no account is known for: it is a value that filters see. */
const UNKNOWN = '<NA>';
/** sysdig 0.29.3 had no value there. */
const nobody = (c: EventContext): string | null => (c.classic ? null : UNKNOWN);

/** A text of the user's account. */
function accountText(doc: string, text: (user: User) => string): Field<EventContext> {
  return {
    type: 'CHARBUF',
    kind: 'str',
    doc,
    get: (c) => {
      if (c.state.thread === 0) return null;
      const account = user(c);
      return account === undefined ? nobody(c) : text(account);
    },
  };
}

function capabilities(doc: string, column: number): Field<EventContext> {
  return {
    type: 'CHARBUF',
    kind: 'str',
    doc,
    get: (c) => {
      const set = c.big(c.state.thread, column);
      return set === null ? null : capabilitySet(set).join(' ');
    },
  };
}

const unsigned = (id: number): number => (Number.isNaN(id) ? id : id >>> 0);

/** `subsystem=path` of a subsystem. */
function cgroup(c: EventContext, name: string): string | null {
  const start = `${name}=`;
  const list = splitList(c.state.symbols.text(c.column(T.cgroups, 0)));
  return list.find((text) => text.startsWith(start))?.slice(start.length) ?? null;
}

const isSwitch = (t: EventType): boolean => t.name === 'switch';

/** A number of the main thread, 0 for others. */
function ofMain(doc: string, column: number, unit: number): Field<EventContext> {
  return {
    type: 'UINT64',
    kind: 'num',
    doc,
    get: (c) => {
      const row = c.state.thread;
      if (row === 0) return Number.NaN;
      return c.main === row ? (c.column(column, 0) >>> 0) * unit : 0;
    },
  };
}

/** What only samplers told that no writer of captures has. */
function sampled(doc: string): Field<EventContext> {
  return { type: 'DOUBLE', kind: 'num', doc: `${doc}: captures don't tell it.`, get: () => Number.NaN };
}

export const userFields: FieldTable<EventContext> = {
  'thread.tid': { type: 'INT64', kind: 'num', doc: 'Thread id.', get: (c) => c.ev.tid },
  'thread.vtid': {
    type: 'INT64',
    kind: 'num',
    doc: 'Thread id in its pid namespace.',
    get: (c) => c.column(T.vtid, Number.NaN),
  },
  'thread.ismain': {
    type: 'BOOL',
    kind: 'bool',
    doc: 'The main thread of its process.',
    get: (c) => (c.state.thread === 0 ? -1 : c.column(T.pid, -1) === c.column(T.tid, -2) ? 1 : 0),
  },
  'thread.cap_permitted': capabilities('Permitted capabilities.', T.capPermitted),
  'thread.cap_inheritable': capabilities('Inheritable capabilities.', T.capInheritable),
  'thread.cap_effective': capabilities('Effective capabilities.', T.capEffective),
  'thread.pfmajor': {
    type: 'UINT64',
    kind: 'num',
    doc: 'Major page faults.',
    get: (c) => unsigned(c.column(T.pfMajor, Number.NaN)),
  },
  'thread.pfminor': {
    type: 'UINT64',
    kind: 'num',
    doc: 'Minor page faults.',
    get: (c) => unsigned(c.column(T.pfMinor, Number.NaN)),
  },
  'thread.exectime': {
    type: 'RELTIME',
    kind: 'num',
    doc: 'Nanoseconds that the thread has run when a processor turns to another; told by switches only.',
    when: isSwitch,
    get: (c) => (c.type !== undefined && isSwitch(c.type) ? c.state.ran : Number.NaN),
  },
  'thread.totexectime': {
    type: 'RELTIME',
    kind: 'num',
    doc: 'Nanoseconds that the thread has run since the beginning of the capture; told by switches only.',
    when: isSwitch,
    get: (c) =>
      c.type !== undefined && isSwitch(c.type) ? Number(c.big(c.state.thread, T.ran) ?? Number.NaN) : Number.NaN,
  },
  'thread.cpu': sampled('Processor time of the last second, %'),
  'thread.cpu.user': sampled('Processor time of the last second in the program, %'),
  'thread.cpu.system': sampled('Processor time of the last second in the kernel, %'),
  'thread.vmsize': ofMain('Virtual memory, KiB; 0 for threads besides the main one.', T.vmSize, 1),
  'thread.vmrss': ofMain('Resident memory, KiB; 0 for threads besides the main one.', T.vmRss, 1),
  'thread.vmsize.b': ofMain('Virtual memory in bytes; 0 for threads besides the main one.', T.vmSize, 1024),
  'thread.vmrss.b': ofMain('Resident memory in bytes; 0 for threads besides the main one.', T.vmRss, 1024),
  'thread.nametid': {
    type: 'CHARBUF',
    kind: 'str',
    doc: 'Process name and thread id.',
    get: (c) =>
      c.state.thread === 0 ? null : `${c.state.symbols.text(c.column(T.comm, 0) || c.unknown)}${c.column(T.tid, 0)}`,
  },
  'thread.cgroups': {
    type: 'CHARBUF',
    kind: 'sym',
    doc: 'All control groups.',
    get: (c) => c.texts.joined(c.column(T.cgroups, 0)),
  },
  'thread.cgroup': {
    type: 'CHARBUF',
    kind: 'str',
    doc: 'Control group of a subsystem.',
    arg: 'required',
    get: (c, arg) => cgroup(c, String(arg)),
  },
  'user.uid': { type: 'UINT32', kind: 'num', doc: 'User id.', get: (c) => unsigned(c.column(T.uid, Number.NaN)) },
  'user.name': accountText('User name.', (u) => u.name),
  'user.homedir': accountText('Home directory.', (u) => u.home),
  'user.shell': accountText('Login shell.', (u) => u.shell),
  'user.loginuid': {
    type: 'INT64',
    kind: 'num',
    doc: 'Id of the user who logged in; -1 when nobody did.',
    get: (c) => c.column(T.loginuid, Number.NaN),
  },
  'user.loginname': {
    type: 'CHARBUF',
    kind: 'str',
    doc: 'Name of the user who logged in.',
    get: (c) => {
      const id = c.column(T.loginuid, -1);
      if (c.state.thread === 0) return null;
      return id === -1 ? UNKNOWN : (accountOf(c, id)?.name ?? nobody(c));
    },
  },
  'group.gid': { type: 'UINT32', kind: 'num', doc: 'Group id.', get: (c) => unsigned(c.column(T.gid, Number.NaN)) },
  'group.name': {
    type: 'CHARBUF',
    kind: 'str',
    doc: 'Group name.',
    get: (c) => (c.state.thread === 0 ? null : (c.state.users.group(c.column(T.gid, -1)) ?? nobody(c))),
  },
};

/** `thread.*`, `user.*`, `group.*`, `container.*`: who and where. */
import type { Field, FieldTable } from '@waspglass/lang';
import { capabilitySet } from '@waspglass/schema';
import { splitList, T, type User } from '@waspglass/state';
import type { EventContext } from './context.hot.ts';

const user = (c: EventContext): User | undefined => c.state.users.user(c.column(T.uid, -1));

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
      return id === -1 ? UNKNOWN : (c.state.users.user(id)?.name ?? nobody(c));
    },
  },
  'group.gid': { type: 'UINT32', kind: 'num', doc: 'Group id.', get: (c) => unsigned(c.column(T.gid, Number.NaN)) },
  'group.name': {
    type: 'CHARBUF',
    kind: 'str',
    doc: 'Group name.',
    get: (c) => (c.state.thread === 0 ? null : (c.state.users.group(c.column(T.gid, -1)) ?? nobody(c))),
  },
  'container.id': {
    type: 'CHARBUF',
    kind: 'sym',
    doc: 'Container id, `host` outside of containers.',
    get: (c) => (c.state.thread === 0 ? 0 : c.texts.container(c.state.thread)),
  },
  'container.name': {
    type: 'CHARBUF',
    kind: 'sym',
    doc: '`host` outside of containers; names of containers are not known.',
    get: (c) => hostOnly(c),
  },
  'container.image': { type: 'CHARBUF', kind: 'str', doc: 'Image of the container: not known.', get: () => null },
};

function hostOnly(c: EventContext): number {
  if (c.state.thread === 0) return 0;
  const id = c.texts.container(c.state.thread);
  return c.state.symbols.text(id) === 'host' ? id : 0;
}

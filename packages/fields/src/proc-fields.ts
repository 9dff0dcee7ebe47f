/** `proc.*`: the process of the event and its ancestors. */
import type { Field, FieldArgument, FieldTable } from '@waspglass/lang';
import { exeFlag, splitList, T } from '@waspglass/state';
import type { EventContext } from './context.hot.ts';
import { typeName } from './fd-types.ts';
import { groupLeader, loginShell, sessionLeader, virtualGroupLeader } from './process-tree.ts';

/** A symbol of a thread row; the row is 0 when there is no such thread. */
type RowText = (c: EventContext, row: number) => number;

const self = (c: EventContext): number => c.state.thread;
const parent = (c: EventContext): number => c.ancestor(1);
/** Of a thread that nobody has announced, the tools show this text as its name. */
const comm: RowText = (c, row) => c.of(row, T.comm, 0) || (row === 0 ? 0 : c.unknown);
const exe: RowText = (c, row) => c.of(row, T.exe, 0);
const knownExepath: RowText = (c, row) => c.of(row, T.exepath, 0);
/** Empty for a process of which it isn't known. */
const exepath: RowText = (c, row) => knownExepath(c, row) || (row === 0 ? 0 : 1);
/** Of a thread whose executable is not known, Falco shows an empty text. */
const shownExepath: RowText = (c, row) => exepath(c, row) || (row === 0 || c.classic ? 0 : EMPTY);
const cmdline: RowText = (c, row) => c.texts.cmdline(row);
const args: RowText = (c, row) => c.texts.joined(c.of(row, T.args, 0));
const environment: RowText = (c, row) => c.texts.variables(c.of(row, T.env, 0));

/** Symbol of the empty text. */
const EMPTY = 1;

/** How far up `proc.aname` and its like look. */
const MAX_ANCESTORS = 256;

/** A text of one thread. */
function textOf(doc: string, who: (c: EventContext) => number, text: RowText): Field<EventContext> {
  return { type: 'CHARBUF', kind: 'sym', doc, get: (c) => text(c, who(c)) };
}

/** A text of all ancestors, or of the one whose number is given (0 is the process itself). */
function textOfAncestors(doc: string, text: RowText): Field<EventContext> {
  return {
    type: 'CHARBUF',
    kind: 'syms',
    doc,
    arg: 'optional',
    get: (c, arg, out) => {
      eachAncestor(c, arg, (row) => {
        const symbol = text(c, row);
        if (symbol !== 0) out.push(symbol);
      });
      return undefined;
    },
  };
}

function eachAncestor(c: EventContext, arg: FieldArgument, visit: (row: number) => void): void {
  if (arg !== undefined) {
    const row = c.ancestor(Math.min(Number(arg), MAX_ANCESTORS));
    if (row !== 0) visit(row);
    return;
  }
  let row = c.ancestor(1);
  for (let i = 0; row !== 0 && i < MAX_ANCESTORS; i++) {
    visit(row);
    row = c.state.threads.ancestor(row, 1);
  }
}

/** A number of one thread; no value when the thread isn't known. */
function numberOf(
  type: 'INT64' | 'UINT32' | 'UINT64',
  doc: string,
  who: (c: EventContext) => number,
  column: number,
): Field<EventContext> {
  return { type, kind: 'num', doc, get: (c) => c.of(who(c), column, Number.NaN) };
}

/** A flag of the executable file. */
function exeBit(doc: string, bit: number): Field<EventContext> {
  return { type: 'BOOL', kind: 'bool', doc, get: (c) => ((c.column(T.exeFlags, 0) & bit) !== 0 ? 1 : 0) };
}

function exeLine(c: EventContext): string | null {
  const { symbols } = c.state;
  const name = exe(c, self(c));
  if (name === 0) return null;
  return `${symbols.text(name)} ${splitList(symbols.text(c.column(T.args, 0))).join(' ')}`;
}

/** Number and length of the arguments. */
function argumentList(c: EventContext): string[] | null {
  const list = c.column(T.args, 0);
  return list === 0 ? null : splitList(c.state.symbols.text(list));
}

function oneArgument(c: EventContext, arg: FieldArgument): number {
  if (arg === undefined) return args(c, self(c));
  const text = argumentList(c)?.[Number(arg)];
  return text === undefined ? 0 : c.state.symbols.made(text);
}

function oneVariable(c: EventContext, arg: FieldArgument): number {
  if (arg === undefined) return environment(c, self(c));
  const start = `${arg}=`;
  const { symbols } = c.state;
  const found = splitList(symbols.text(c.column(T.env, 0))).find((text) => text.startsWith(start));
  return found === undefined ? 0 : symbols.made(found.slice(start.length));
}

/** Nanoseconds since a process was cloned; no value when that isn't known. */
function duration(c: EventContext, row: number): bigint | null {
  const start = c.big(row, T.start);
  return start === null || start === 0n || start > c.ev.time ? null : c.ev.time - start;
}

/** Nanoseconds from one time to a later one; no value when one isn't known. */
function apart(from: bigint | null, to: bigint | null): bigint | null {
  return !from || !to || to < from ? null : to - from;
}

const started = (c: EventContext, row: number): bigint | null => c.big(row, T.start) || null;
const isLeader = (c: EventContext, column: number, own: number): number => {
  const group = c.column(column, -1);
  return group >= 0 && group === c.column(own, -2) ? 1 : 0;
};
const descriptorsOpen = (c: EventContext): number => {
  const row = self(c);
  return row === 0 ? Number.NaN : c.state.descriptors.open(c.state.table(row));
};
const members = (c: EventContext): number => c.of(c.main, T.members, Number.NaN);

/** Symbol of what a standard descriptor of the process is named. */
function standardName(c: EventContext, fd: number): number {
  const row = self(c);
  const entry = row === 0 ? 0 : c.state.descriptors.find(c.state.table(row), fd);
  return entry === 0 ? 0 : c.texts.fdName(entry);
}

function standardType(c: EventContext, fd: number): string | null {
  const row = self(c);
  const entry = row === 0 ? 0 : c.state.descriptors.find(c.state.table(row), fd);
  return entry === 0 ? null : typeName(c.state.fdKind(entry));
}

const leaderText = (doc: string, who: (c: EventContext) => number, text: RowText) => textOf(doc, who, text);

export const processFields: FieldTable<EventContext> = {
  'proc.pid': numberOf('INT64', 'Process id.', self, T.pid),
  'proc.ppid': {
    type: 'INT64',
    kind: 'num',
    doc: 'Process id of the parent.',
    get: (c) => (c.classic ? c.of(c.main, T.ptid, Number.NaN) : c.of(parent(c), T.pid, Number.NaN)),
  },
  'proc.vpid': numberOf('INT64', 'Process id in its pid namespace.', self, T.vpid),
  'proc.pvpid': numberOf('INT64', 'Process id of the parent in its pid namespace.', parent, T.vpid),
  'proc.sid': numberOf('INT64', 'Session id.', self, T.sid),
  'proc.pgid': numberOf('INT64', 'Process group id.', self, T.pgid),
  'proc.vpgid': numberOf('INT64', 'Process group id in its pid namespace.', self, T.vpgid),
  'proc.tty': numberOf('UINT32', 'Device of the terminal, 0 without one.', self, T.tty),
  'proc.name': textOf('Name of the process.', self, comm),
  'proc.pname': textOf('Name of the parent.', parent, comm),
  'proc.aname': textOfAncestors('Name of an ancestor, or of any.', comm),
  'proc.exe': textOf('argv[0].', self, exe),
  'proc.pexe': textOf('argv[0] of the parent.', parent, exe),
  'proc.aexe': textOfAncestors('argv[0] of an ancestor, or of any.', exe),
  'proc.exepath': textOf('Path of the executable.', self, shownExepath),
  'proc.pexepath': textOf('Path of the executable of the parent.', parent, exepath),
  'proc.aexepath': textOfAncestors('Path of the executable of an ancestor, or of any.', knownExepath),
  'proc.args': {
    type: 'CHARBUF',
    kind: 'sym',
    doc: 'Arguments after argv[0], or the one whose number is given.',
    arg: 'optional',
    get: oneArgument,
  },
  'proc.aargs': textOfAncestors('Arguments of an ancestor, or of any.', args),
  'proc.cmdline': textOf('Name and arguments.', self, cmdline),
  'proc.pcmdline': textOf('Name and arguments of the parent.', parent, cmdline),
  'proc.acmdline': textOfAncestors('Name and arguments of an ancestor, or of any.', cmdline),
  'proc.exeline': { type: 'CHARBUF', kind: 'str', doc: 'argv[0] and arguments.', get: exeLine },
  'proc.cmdnargs': {
    type: 'UINT64',
    kind: 'num',
    doc: 'Number of arguments.',
    get: (c) => argumentList(c)?.length ?? Number.NaN,
  },
  'proc.cmdlenargs': {
    type: 'UINT64',
    kind: 'num',
    doc: 'Characters of the arguments, without the spaces between.',
    get: (c) => argumentList(c)?.reduce((sum, text) => sum + text.length, 0) ?? Number.NaN,
  },
  'proc.env': {
    type: 'CHARBUF',
    kind: 'sym',
    doc: 'Environment, or the value of the named variable.',
    arg: 'optional',
    get: oneVariable,
  },
  'proc.aenv': textOfAncestors('Environment of an ancestor, or of any.', environment),
  'proc.cwd': {
    type: 'CHARBUF',
    kind: 'sym',
    doc: 'Working directory, with a closing slash.',
    get: (c) => (self(c) === 0 ? 0 : c.texts.directory(c.state.cwd(self(c))) || 1),
  },
  'proc.loginshellid': {
    type: 'INT64',
    kind: 'num',
    doc: 'Process id of the oldest shell among the process and its ancestors.',
    get: (c) => c.of(loginShell(c), T.pid, Number.NaN),
  },
  'proc.apid': {
    type: 'INT64',
    kind: 'nums',
    doc: 'Process id of an ancestor, or of any.',
    arg: 'optional',
    get: (c, arg, out) => {
      eachAncestor(c, arg, (row) => out.push(c.of(row, T.pid, 0)));
      return undefined;
    },
  },
  'proc.sname': leaderText('Name of the session leader.', sessionLeader, comm),
  'proc.sid.exe': leaderText('argv[0] of the session leader.', sessionLeader, exe),
  'proc.sid.exepath': leaderText('Path of the executable of the session leader.', sessionLeader, exepath),
  'proc.pgid.name': leaderText('Name of the process group leader.', groupLeader, comm),
  'proc.pgid.exe': leaderText('argv[0] of the process group leader.', groupLeader, exe),
  'proc.pgid.exepath': leaderText('Path of the executable of the process group leader.', groupLeader, exepath),
  'proc.vpgid.name': leaderText('Name of the process group leader.', virtualGroupLeader, comm),
  'proc.vpgid.exe': leaderText('argv[0] of the process group leader.', virtualGroupLeader, exe),
  'proc.vpgid.exepath': leaderText('Path of the executable of the process group leader.', virtualGroupLeader, exepath),
  'proc.is_sid_leader': {
    type: 'BOOL',
    kind: 'bool',
    doc: 'Leads its session.',
    get: (c) => isLeader(c, T.sid, T.vpid),
  },
  'proc.is_vpgid_leader': {
    type: 'BOOL',
    kind: 'bool',
    doc: 'Leads its process group (ids of its namespace).',
    get: (c) => isLeader(c, T.vpgid, T.vpid),
  },
  'proc.is_pgid_leader': {
    type: 'BOOL',
    kind: 'bool',
    doc: 'Leads its process group.',
    get: (c) => isLeader(c, T.pgid, T.pid),
  },
  'proc.duration': {
    type: 'RELTIME',
    kind: 'big',
    doc: 'Nanoseconds since it started.',
    get: (c) => duration(c, self(c)),
  },
  'proc.ppid.duration': {
    type: 'RELTIME',
    kind: 'big',
    doc: 'Nanoseconds since the parent started.',
    get: (c) => duration(c, parent(c)),
  },
  'proc.pid.ts': {
    type: 'RELTIME',
    kind: 'big',
    doc: 'When it started, ns since the epoch.',
    get: (c) => started(c, self(c)),
  },
  'proc.ppid.ts': {
    type: 'RELTIME',
    kind: 'big',
    doc: 'When the parent started, ns since the epoch.',
    get: (c) => started(c, parent(c)),
  },
  'proc.is_exe_writable': exeBit('Its user may write the executable file.', exeFlag.writable),
  'proc.is_exe_upper_layer': exeBit('The executable file is in the upper layer of an overlay.', exeFlag.upperLayer),
  'proc.is_exe_lower_layer': exeBit('The executable file is in the lower layer of an overlay.', exeFlag.lowerLayer),
  'proc.is_exe_from_memfd': exeBit('The executable is a file in memory (memfd_create).', exeFlag.fromMemfd),
  'proc.exe_ino': {
    type: 'INT64',
    kind: 'big',
    doc: 'Inode of the executable.',
    get: (c) => c.big(self(c), T.exeIno) || null,
  },
  'proc.exe_ino.ctime': {
    type: 'ABSTIME',
    kind: 'big',
    doc: 'Last status change of the executable, ns since the epoch.',
    get: (c) => c.big(self(c), T.exeCtime),
  },
  'proc.exe_ino.mtime': {
    type: 'ABSTIME',
    kind: 'big',
    doc: 'Last change of the executable, ns since the epoch.',
    get: (c) => c.big(self(c), T.exeMtime),
  },
  'proc.exe_ino.ctime_duration_proc_start': {
    type: 'ABSTIME',
    kind: 'big',
    doc: 'Nanoseconds from the last status change of the executable to the start of the process.',
    get: (c) => apart(c.big(self(c), T.exeCtime), c.big(self(c), T.start)),
  },
  'proc.exe_ino.ctime_duration_pidns_start': {
    type: 'ABSTIME',
    kind: 'big',
    doc: 'Nanoseconds from the start of the pid namespace to the last status change of the executable.',
    get: (c) => apart(c.big(self(c), T.pidnsStart), c.big(self(c), T.exeCtime)),
  },
  'proc.pidns_init_start_ts': {
    type: 'UINT64',
    kind: 'big',
    doc: 'When its pid namespace began, ns since the epoch.',
    get: (c) => c.big(self(c), T.pidnsStart),
  },
  'proc.nthreads': { type: 'UINT64', kind: 'num', doc: 'Threads of the process.', get: members },
  'proc.nchilds': { type: 'UINT64', kind: 'num', doc: 'Threads besides the main one.', get: (c) => members(c) - 1 },
  'proc.fdopencount': { type: 'UINT64', kind: 'num', doc: 'Open descriptors.', get: descriptorsOpen },
  'proc.fdlimit': {
    type: 'INT64',
    kind: 'big',
    doc: 'Most descriptors it may open.',
    get: (c) => {
      const most = c.big(self(c), T.fdLimit);
      return most === null ? null : BigInt.asIntN(64, most);
    },
  },
  'proc.fdusage': {
    type: 'DOUBLE',
    kind: 'num',
    doc: 'Open descriptors, % of the most it may open.',
    print: (value) => value.toFixed(1),
    get: (c) => {
      const most = Number(BigInt.asIntN(64, c.big(self(c), T.fdLimit) ?? 0n));
      return most > 0 ? (100 * descriptorsOpen(c)) / most : 0 * descriptorsOpen(c);
    },
  },
  'proc.vmsize': numberOf('UINT64', 'Virtual memory, KiB.', self, T.vmSize),
  'proc.vmrss': numberOf('UINT64', 'Resident memory, KiB.', self, T.vmRss),
  'proc.vmswap': numberOf('UINT64', 'Swapped memory, KiB.', self, T.vmSwap),
  'proc.stdin.type': { type: 'CHARBUF', kind: 'str', doc: 'Kind of descriptor 0.', get: (c) => standardType(c, 0) },
  'proc.stdout.type': { type: 'CHARBUF', kind: 'str', doc: 'Kind of descriptor 1.', get: (c) => standardType(c, 1) },
  'proc.stderr.type': { type: 'CHARBUF', kind: 'str', doc: 'Kind of descriptor 2.', get: (c) => standardType(c, 2) },
  'proc.stdin.name': { type: 'CHARBUF', kind: 'sym', doc: 'Name of descriptor 0.', get: (c) => standardName(c, 0) },
  'proc.stdout.name': { type: 'CHARBUF', kind: 'sym', doc: 'Name of descriptor 1.', get: (c) => standardName(c, 1) },
  'proc.stderr.name': { type: 'CHARBUF', kind: 'sym', doc: 'Name of descriptor 2.', get: (c) => standardName(c, 2) },
};

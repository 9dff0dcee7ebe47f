/**
 * Differences from sysdig that stay, each with its reason: docs/differences.md tells the same to users. A row explains a
 * pair of values; what no row explains counts against us.
 */
import { event0293Count, idsOfName } from '@waspglass/schema';
import { F, fdType, L4_SHIFT, l4, type State, T, THREAD_WIDTH } from '@waspglass/state';
import type { Difference, Subject } from './compare.ts';
import type { Tool } from './expected.ts';

export interface Known {
  readonly name: string;
  readonly reason: string;
  readonly tool?: Tool;
  readonly captures?: readonly string[];
  readonly fields: readonly string[];
  /** Found in our own recordings only. */
  readonly live?: true;
  readonly explains: (difference: Difference) => boolean;
}

/** Where arguments and names are compared: alone, and in the text of a whole line. */
const ARGS = ['evt.args', 'text'];
const NAMES = [...ARGS, 'fd.name'];

/** What sysdig shows of a descriptor that it doesn't find. */
const NO_DESCRIPTOR: Readonly<Record<string, string>> = { 'fd.num': '-1', 'fd.typechar': 'o', 'fd.name': '' };

/** Parent of a process as the state has it at the event; `undefined` when there is no such process. */
function parentOf({ threads }: State, pid: string): number | undefined {
  const row = threads.find(Number(pid));
  return row === 0 ? undefined : threads.rows[row * THREAD_WIDTH + T.ptid];
}

/** Flags of calls that sysdig 0.29.3 shows as numbers only. */
const NEWER_FLAG =
  /(?<=[(|])(CLONE_CHILD_IN_PIDNS|O_F_CREATED)\|?|\|(CLONE_CHILD_IN_PIDNS|O_F_CREATED)|\((CLONE_CHILD_IN_PIDNS|O_F_CREATED)\)/;

/** What stands here for bytes that steer terminals or are no UTF-8. */
const ESCAPED = /\\[nrt]|\\x[0-9a-f]{2}|\\u[0-9a-f]{4}|\ufffd/;

/** Sysdig's forms of a text: a dot for each such byte, the byte itself, or nothing. */
function withoutEscapes(text: string): RegExp {
  const parts = text.split(ESCAPED).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('(?:\\.|\ufffd|\\\\x[0-9a-f]{2}|\\\\[nrt])?')}$`);
}

/** Without the ends of the descriptor's socket: `fd=3(…)`, or all of a name. */
function withoutEnds(text: string): string {
  return text.replace(/\bfd=(\d+)(\(<4u>[^)]*\))?/, 'fd=$1').replace(/^(<NA>|null|"?([\d.]+:\d+->[\d.]+:\d+)?"?)$/, '');
}

/** Whether the event's descriptor is a datagram socket. */
function isDatagram({ fd, descriptors }: State): boolean {
  return fd !== 0 && (((descriptors.entries[fd + F.kind] ?? 0) >> L4_SHIFT) & 15) === l4.udp;
}

/** Whether the event's thread has another number inside of its pid namespace. */
function isNamespaced({ thread, threads }: State): boolean {
  const at = thread * THREAD_WIDTH;
  return thread !== 0 && threads.rows[at + T.vtid] !== threads.rows[at + T.tid];
}

function isPipe(state: State): boolean {
  return state.fd !== 0 && state.fdKind(state.fd) === fdType.pipe;
}

/** Without what numbers of descriptors stand for. */
function withoutDescriptors(text: string): string {
  return text.replace(/\b((?:old|new)?fd|res)=(\d+)\(<.>[^)]*\)/g, '$1=$2').replace(/(?<=[= ]\d+:)\S(?=\d)/g, '');
}

/** Whether nobody knows the parent that the event's process names. */
function isOrphan({ thread, threads }: State): boolean {
  const parent = threads.rows[thread * THREAD_WIDTH + T.ptid] ?? 0;
  return thread !== 0 && parent > 1 && threads.find(parent) === 0;
}

/** Explains a pair that is equal once both are rewritten. */
function alike(rewrite: (text: string) => string): Known['explains'] {
  return ({ ours, theirs }) => rewrite(ours) === rewrite(theirs);
}

export const known: readonly Known[] = [
  {
    name: 'user kept',
    reason: 'setresuid(…, -1, …) leaves the user as it is; sysdig takes -1 for the user',
    fields: ['user.name'],
    captures: ['sf-setns.scap', 'honeypot-small.scap.gz', 'honeypot-load.scap.gz'],
    explains: ({ theirs }) => theirs === '<NA>' || theirs === 'null' || theirs === '"<NA>"',
  },
  {
    name: 'IPv4 through IPv6 sockets',
    reason: 'datagram sockets of family IPv6 that talk IPv4 have a name; sysdig 0.41.4 shows <unknown>',
    tool: 'sysdig-0.41.4',
    fields: NAMES,
    explains: ({ ours, theirs }) => {
      const [head = '', tail = ''] = theirs.split('<unknown>');
      return theirs.includes('<unknown>') && ours.startsWith(head.replace(/<4>$/, '<4')) && ours.endsWith(tail);
    },
  },
  {
    name: 'double slashes',
    reason: 'a path has one name: //etc/passwd is /etc/passwd',
    fields: [...NAMES, 'proc.cwd'],
    explains: ({ ours, theirs }) => theirs.includes('//') && theirs.replaceAll(/\/{2,}/g, '/') === ours,
  },
  {
    name: 'control characters and invalid UTF-8',
    reason: 'shown escaped, or as U+FFFD; sysdig leaves them out or shows dots',
    fields: NAMES,
    explains: ({ ours, theirs }) => ESCAPED.test(ours) && withoutEscapes(ours).test(theirs),
  },
  {
    name: 'unknown parents',
    reason: "sysdig makes a thread without a name for a parent that it doesn't know, and then forgets its children",
    fields: ARGS,
    explains: alike((text) => text.replaceAll(/\b(res|ptid)=(\d+)\([^)]*\)/g, '$1=$2')),
  },
  {
    name: 'close-on-exec',
    reason: 'a descriptor that execve closed is closed; the kernel says so (EBADF)',
    captures: ['sf-setns.scap'],
    fields: [...NAMES, 'fd.typechar'],
    explains: ({ num, type, field, theirs }) =>
      type === 'fcntl' &&
      ['2357', '3369', '3370'].includes(num) &&
      (field === 'fd.typechar' ? theirs === 'f' : theirs.includes('/dev/pts/3')),
  },
  {
    name: 'descriptors of socket options',
    reason: 'the exit event tells the descriptor; sysdig 0.29.3 looks for it in the enter event, and shows -1',
    tool: 'sysdig-0.29.3',
    fields: ['fd.num', 'fd.typechar', 'fd.name'],
    explains: ({ type, field, theirs }) => /^[gs]etsockopt$/.test(type) && theirs === NO_DESCRIPTOR[field],
  },
  {
    name: 'containers',
    reason: 'a container that was found is no process; sysdig 0.29.3 makes one up for it',
    tool: 'sysdig-0.29.3',
    fields: ['proc.name', 'proc.pid', 'proc.ppid', 'proc.cmdline', 'proc.cwd', 'user.name', 'text'],
    explains: ({ type }) => type === 'container',
  },
  {
    name: 'ends of datagram sockets',
    reason:
      "as the event tells them, unbound ones those of the interface on the receiver's side; sysdig 0.29.3 shows an address that is in neither end, the first of several servers, or none",
    tool: 'sysdig-0.29.3',
    fields: [...NAMES, 'fd.typechar'],
    explains: ({ type, field, ours, theirs, state }) => {
      if (type !== 'sendmsg' && !isDatagram(state)) return false;
      if (field === 'fd.typechar') return theirs === 'o';
      return withoutEnds(ours) === withoutEnds(theirs);
    },
  },
  {
    name: 'reparenting',
    reason: 'a process whose parent has ended has another; sysdig 0.29.3 shows the one that has ended',
    tool: 'sysdig-0.29.3',
    fields: ['proc.ppid'],
    explains: ({ theirs, state }) => Number(theirs) > 0 && parentOf(state, theirs) === undefined,
  },
  {
    name: 'parents that threads report',
    reason: "a thread's clone tells the parent of its process; sysdig 0.29.3 overlooks it and shows none",
    tool: 'sysdig-0.29.3',
    fields: ['proc.ppid'],
    explains: ({ theirs }) => theirs === '-1',
  },
  {
    name: 'lengths that disagree',
    reason: 'a block whose two lengths differ is damage, and said to be; sysdig reads on',
    captures: ['trailer_mismatch.scap'],
    fields: ['line'],
    explains: ({ ours }) => ours === '',
  },
  {
    name: 'lengths beyond the block',
    reason:
      'an event whose parameters end after its block is damage, and said to be; sysdig reads what follows, or crashes',
    captures: ['oob_ev_v2_len_exceeds_block.scap', 'oob_ev_v2_large_len_exceeds_block.scap'],
    fields: ['line'],
    explains: ({ ours }) => ours === '',
  },
  {
    name: 'newer flags',
    reason: 'flags that are newer than sysdig 0.29.3 have names, too',
    tool: 'sysdig-0.29.3',
    fields: ARGS,
    explains: ({ ours, theirs }) => NEWER_FLAG.test(ours) && ours.replace(NEWER_FLAG, '') === theirs,
  },
  {
    name: 'newer events',
    reason: 'events that are newer than sysdig 0.29.3 are shown; it passes them over',
    tool: 'sysdig-0.29.3',
    fields: ['line'],
    live: true,
    explains: ({ type, theirs }) => theirs === '' && idsOfName(type).every((id) => id >= event0293Count),
  },
  {
    name: 'names that prctl changed',
    reason: 'a process that has renamed itself has the new name; sysdig 0.29.3 does not know the event',
    tool: 'sysdig-0.29.3',
    fields: ['proc.name', 'proc.cmdline', 'text'],
    live: true,
    explains: ({ ours, theirs, renamed }) =>
      renamed !== undefined && [theirs, theirs.replace(/perl/, renamed)].includes(ours),
  },
  {
    name: 'pipes of forks in a pid namespace',
    reason:
      'a child has what its parent had at the fork; sysdig gives it what the parent has left when the child reports itself',
    fields: [...NAMES, 'fd.typechar', 'fd.num', 'line'],
    live: true,
    explains: ({ field, type, ours, theirs, state }) => {
      if (!isNamespaced(state)) return false;
      if (field === 'fd.typechar') return ours === 'p' && /^[fouX]$/.test(theirs);
      if (field === 'fd.name') return isPipe(state);
      if (field === 'fd.num') return isPipe(state) && type === 'dup';
      if (field === 'line') return isPipe(state) && theirs === '';
      return /<p>|\d:p\d/.test(ours) && withoutDescriptors(ours) === withoutDescriptors(theirs);
    },
  },
  {
    name: 'forks that are reported when the parent has ended',
    reason:
      'the child has the descriptors of its fork, and nobody above it; sysdig 0.29.3 still knows the parent, but no descriptor',
    tool: 'sysdig-0.29.3',
    fields: [...NAMES, 'fd.typechar', 'fd.num', 'proc.loginshellid', 'line'],
    live: true,
    explains: ({ field, type, ours, theirs, state }) => {
      if (!isOrphan(state)) return false;
      if (field === 'proc.loginshellid') return Number(theirs) > 0;
      if (field === 'fd.typechar') return theirs === 'o';
      if (field === 'fd.name') return /^(<NA>|null|""|)$/.test(theirs);
      if (field === 'line') return ours === '' || (state.fd !== 0 && theirs === '');
      if (field === 'fd.num') return type === 'fcntl' || type === 'dup';
      return withoutDescriptors(ours) === withoutDescriptors(theirs);
    },
  },
  {
    name: 'failed opens below a directory',
    reason: 'the name is the path that was asked for; sysdig 0.29.3 shows the directory when that has a double slash',
    tool: 'sysdig-0.29.3',
    fields: ['fd.name'],
    live: true,
    explains: ({ type, ours, theirs }) =>
      type === 'openat' &&
      theirs.includes('//') &&
      `${ours}`.startsWith(theirs.replace(/^("?)\/+/, '$1/').replace(/"$/, '')),
  },
];

/** The row that explains a difference, in a value with newer flags the one that explains the rest. */
export function knownDifference(subject: Subject, difference: Difference): Known | undefined {
  const { ours } = difference;
  const row = explaining(subject, difference);
  if (row !== undefined || subject.tool !== 'sysdig-0.29.3' || !NEWER_FLAG.test(ours)) return row;
  return explaining(subject, { ...difference, ours: ours.replace(NEWER_FLAG, '') });
}

function explaining({ tool, capture }: Subject, difference: Difference): Known | undefined {
  return known.find(
    (row) =>
      (row.tool ?? tool) === tool &&
      (row.captures ?? [capture]).includes(capture) &&
      row.fields.includes(difference.field) &&
      row.explains(difference),
  );
}

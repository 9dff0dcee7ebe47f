/**
 * Differences from sysdig that stay, each with its reason: docs/differences.md tells the same to users. A row explains a
 * pair of values; what no row explains counts against us.
 */
import type { Difference, Subject } from './compare.ts';
import type { Tool } from './expected.ts';

export interface Known {
  readonly name: string;
  readonly reason: string;
  readonly tool?: Tool;
  readonly captures?: readonly string[];
  readonly fields: readonly string[];
  readonly explains: (difference: Difference) => boolean;
}

/** Where arguments and names are compared: alone, and in the text of a whole line. */
const ARGS = ['evt.args', 'text'];
const NAMES = [...ARGS, 'fd.name'];

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
    explains: alike((text) => text.replaceAll(/\/{2,}/g, '/')),
  },
  {
    name: 'control characters and invalid UTF-8',
    reason: 'shown escaped, or as U+FFFD; sysdig leaves them out or shows dots',
    fields: NAMES,
    explains: alike((text) => text.replaceAll(/\\[nrt]|\\x[0-9a-f]{2}|\\u[0-9a-f]{4}|\ufffd|\./g, '')),
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
    explains: ({ num, theirs, ours }) => num === '2357' || (theirs.includes('EBADF') && ours.includes('EBADF')),
  },
  {
    name: 'descriptors of mmap, socket options and directories',
    reason: 'these calls work on a descriptor, and it is shown; sysdig 0.29.3 shows none, or -1',
    tool: 'sysdig-0.29.3',
    fields: ['fd.num', 'fd.typechar', 'fd.name', 'line'],
    explains: ({ type }) => type === 'mmap' || /sockopt$|at$/.test(type),
  },
  {
    name: 'containers',
    reason: 'a container that was found is no process; sysdig 0.29.3 makes one up for it',
    tool: 'sysdig-0.29.3',
    fields: ['proc.name', 'proc.pid', 'proc.ppid', 'proc.cmdline', 'proc.cwd', 'user.name', 'text'],
    explains: ({ type }) => type === 'container',
  },
  {
    name: 'datagrams of unbound sockets',
    reason: "sent from the interface on the receiver's side; sysdig 0.29.3 shows an address that is in neither end",
    tool: 'sysdig-0.29.3',
    captures: ['inspect-502error.scap', 'ping_sendto.scap'],
    fields: [...NAMES, 'fd.typechar', 'proc.name', 'proc.pid', 'proc.ppid', 'proc.cmdline'],
    explains: ({ type }) => type === 'sendmsg',
  },
  {
    name: 'parents',
    reason: 'sysdig 0.29.3 overlooks CLONE_PARENT, reparenting, and the parent that a thread reports of its process',
    tool: 'sysdig-0.29.3',
    fields: ['proc.ppid'],
    captures: ['inspect-502error.scap', 'sf-httpd-event-full.scap', 'sf-httpd-prefork-full.scap', 'sf-setns.scap'],
    explains: () => true,
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
    name: 'clone flags',
    reason: 'CLONE_CHILD_IN_PIDNS is named; sysdig 0.29.3 has no name for it',
    tool: 'sysdig-0.29.3',
    fields: ARGS,
    explains: alike((text) => text.replace('(CLONE_CHILD_IN_PIDNS)', '')),
  },
];

/** The row that explains a difference. */
export function knownDifference({ tool, capture }: Subject, difference: Difference): Known | undefined {
  return known.find(
    (row) =>
      (row.tool ?? tool) === tool &&
      (row.captures ?? [capture]).includes(capture) &&
      row.fields.includes(difference.field) &&
      row.explains(difference),
  );
}

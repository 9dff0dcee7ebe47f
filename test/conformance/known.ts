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
    explains: alike((text) => text.replace('(<NA>)', '').replace(/res=\d+\([^)]*\)/, (res) => res.split('(')[0] ?? '')),
  },
  {
    name: 'close-on-exec',
    reason: 'a descriptor that execve closed is closed; the kernel says so (EBADF)',
    captures: ['sf-setns.scap'],
    fields: [...NAMES, 'fd.typechar'],
    explains: ({ num, theirs, ours }) => num === '2357' || (theirs.includes('EBADF') && ours.includes('EBADF')),
  },
  {
    name: 'unknown blocks',
    reason: 'a block of a kind that is not known is skipped; sysdig stops there with an error',
    captures: ['unknown_block.scap'],
    fields: ['line'],
    explains: ({ theirs }) => theirs === '',
  },
  {
    name: 'lengths that disagree',
    reason: 'a block whose two lengths differ is damage, and said to be; sysdig reads on',
    captures: ['trailer_mismatch.scap'],
    fields: ['line'],
    explains: ({ ours }) => ours === '',
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

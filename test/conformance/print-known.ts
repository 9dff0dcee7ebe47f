/**
 * Lines that stay different from sysdig, each kind with its reason in docs/differences.md. A row decides from the lines
 * themselves and from what is known of the event; it never looks at how many lines agree.
 */
import { eventTypes } from '@waspglass/schema';
import type { EventFacts } from './event-table.ts';
import type { PrintCase } from './print-cases.ts';

export interface Line {
  readonly text: string;
  /** Of the event whose number begins the line. */
  readonly event: EventFacts | undefined;
  /** The line of ours before it. */
  readonly before: string;
  readonly test: PrintCase;
}

export interface LineKind {
  readonly kind: string;
  /** In the words of the command line behind the file. */
  readonly args?: RegExp;
  readonly tool?: PrintCase['tool'];
  readonly captures?: readonly string[];
  /** Explains a line of ours beside one of sysdig's. */
  readonly pair?: (line: Line & { readonly theirs: string }) => boolean;
  /** Explains a line that only one of both prints. */
  readonly only?: (line: Line & { readonly side: 'ours' | 'theirs' }) => boolean;
  /** Sysdig's form of a line of ours. */
  readonly rewrite?: (line: Line) => string | undefined;
}

/** One of both refuses what the other takes. */
export interface RefusalKind {
  readonly kind: string;
  /** We refuse it, or sysdig does. */
  readonly ours: boolean;
  readonly args?: RegExp;
  readonly tool?: PrintCase['tool'];
  readonly message: RegExp;
}

export const refusals: readonly RefusalKind[] = [
  {
    kind: 'a field that has no value on an event ends the reading of sysdig',
    ours: false,
    message: /^(Called get_\w+\(\) on an event that does not have a return value|wrong event type)/,
  },
  {
    kind: 'transformers and newer operators work in both renderings',
    ours: false,
    tool: 'sysdig-0.29.3',
    args: /\b(tolower|toupper|b64|basename|len|join|concat|getopt|val)\(|\b(regex|bcontains|bstartswith|iglob|oneof|anyof|allof)\b/,
    message: /^filter error/,
  },
  {
    kind: 'container.* needs no plugin',
    ours: false,
    tool: 'sysdig-0.41.4',
    args: /\bcontainer\./,
    message: /unknown field 'container/,
  },
  {
    kind: 'a comparison without a value is refused',
    ours: true,
    tool: 'sysdig-0.29.3',
    args: /=$/,
    message: /WG_FILTER_SYNTAX: \d+:\d+: found the end, expected a/,
  },
];

/** A pair that is equal once both are rewritten. */
function alike(rewrite: (text: string) => string): NonNullable<LineKind['pair']> {
  return ({ text, theirs }) => rewrite(text) === rewrite(theirs);
}

/** With the double slash that sysdig puts between the root and a name below it. */
function slashes(text: string, event: EventFacts | undefined): string | undefined {
  const path = /\bdirfd=\d+\(<d>\/\) (?:name|path)=[^/ ]+\((\/[^ )]*)\)/.exec(event?.['evt.args'] ?? '')?.[1];
  return path === undefined ? undefined : text.replace(`(${path})`, `(/${path})`).replace(` ${path}|`, ` /${path}|`);
}

/** With the difference to the time before as sysdig prints it when that is later: in 64 bits without a sign. */
function backwards(text: string, before: string): string | undefined {
  const now = /^(\d+) 0 /.exec(text)?.[1];
  const then = /^(\d+) /.exec(before)?.[1];
  if (now === undefined || then === undefined || BigInt(now) >= BigInt(then)) return undefined;
  return text.replace(' 0 ', ` ${BigInt.asUintN(64, BigInt(now) - BigInt(then))} `);
}

const isSocketOption = (event: EventFacts | undefined): boolean => /^[gs]etsockopt$/.test(event?.['evt.type'] ?? '');

/** A row of the table of -S. */
const ROW = /^[<>] (\S+?) *(\d+)$/;
const ownTypes: ReadonlySet<string> = new Set(eventTypes.map(({ name }) => name));

/** The descriptor's name in `fd=3(<4u>…)`, or alone. */
const SOCKET = /<4u?>[^ )]*/g;
const withoutSockets = (text: string) => text.replace(SOCKET, '<>');
const FOUR = '[\\d.]+:\\d+';
const ENDS = new RegExp(`^${FOUR} -> ${FOUR} tcp$`);
const DATAGRAM = new RegExp(`<4u>${FOUR}->${FOUR}`);

export const lineKinds: readonly LineKind[] = [
  {
    kind: 'the table of -S names calls without an event type of their own; sysdig 0.41.4 says unknown',
    tool: 'sysdig-0.41.4',
    args: /^-S$/,
    only: ({ side, text }) => {
      const name = ROW.exec(text)?.[1] ?? '';
      return side === 'theirs' ? name === 'unknown' : name !== '' && !ownTypes.has(name);
    },
  },
  {
    kind: 'a program that gets no environment has none; sysdig shows that of the one before',
    args: /^-p %proc\.env /,
    pair: ({ text, theirs }) => text === '' && /^[A-Z_]+=/.test(theirs),
  },
  {
    kind: 'IPv4 through an IPv6 datagram socket has a name; sysdig 0.41.4 shows <unknown>',
    tool: 'sysdig-0.41.4',
    pair: ({ text, theirs }) => theirs.includes('<4><unknown>') && theirs === text.replace(DATAGRAM, '<4><unknown>'),
    only: ({ text, side, test }) => side === 'ours' && test.args.includes('fd.l4proto=udp') && DATAGRAM.test(text),
    rewrite: ({ text }) => (DATAGRAM.test(text) ? text.replace(DATAGRAM, '<4><unknown>') : undefined),
  },
  {
    kind: 'a path has no double slashes',
    pair: ({ text, theirs }) => theirs.includes('//') && theirs.replace(/([( ])\/\/+/g, '$1/') === text,
    rewrite: ({ text, event }) => slashes(text, event),
  },
  {
    kind: "a datagram of an unbound socket has the ends that the event tells; sysdig 0.29.3 shows others'",
    tool: 'sysdig-0.29.3',
    captures: ['inspect-502error.scap'],
    pair: ({ text, theirs, event }) =>
      event?.['evt.type'] === 'sendmsg'
        ? withoutSockets(text) === withoutSockets(theirs)
        : theirs === '192.168.128.156:55441 -> 145.216.3.255:514 udp',
  },
  {
    kind: 'a datagram socket that is connected again has the new ends; sysdig 0.29.3 keeps the old server',
    tool: 'sysdig-0.29.3',
    captures: ['sf-setns.scap'],
    pair: alike((text) => text.replace(/-> ?[\d.]+:0/, '->')),
    rewrite: ({ text }) => (/^199[26] /.test(text) ? text.replace(/->[\d.]+:0\)/, '->10.185.46.64:0)') : undefined),
  },
  {
    kind: 'a descriptor that execve closed has no name; the kernel says EBADF',
    captures: ['sf-setns.scap'],
    pair: ({ text, theirs }) =>
      /^(2357|3369) .*\bfcntl\b/.test(text) &&
      [theirs.replace('(<f>/dev/pts/3)', ''), theirs.replace('<f>/dev/pts/3', '255')].includes(text),
    rewrite: ({ text }) =>
      /^(2357|3369) .*\bfcntl\b/.test(text) ? text.replace('fd=255', 'fd=255(<f>/dev/pts/3)') : undefined,
  },
  {
    kind: 'socket options are work on their descriptor; sysdig 0.29.3 does not find it',
    tool: 'sysdig-0.29.3',
    args: /\bfd\./,
    only: ({ side, event, text, test }) =>
      side === 'ours'
        ? isSocketOption(event) || (test.args.includes('-p') && ENDS.test(text))
        : isSocketOption(event) && test.args.includes('fd.containerdirectory exists'),
  },
  {
    kind: 'the file name of a path without a slash is the path; sysdig shows /',
    args: /%fd\.filename/,
    pair: ({ text, theirs }) => /^\/ [^/ ]+ file$/.test(text) && theirs === '/ / file',
  },
  {
    kind: 'the leader of a session in a pid namespace has a name; sysdig 0.41.4 shows none',
    tool: 'sysdig-0.41.4',
    args: /^proc\.sname=/,
    only: ({ side, event }) =>
      side === 'ours' &&
      event !== undefined &&
      event['proc.sid'] === event['proc.pid'] &&
      event['proc.vpid'] !== event['proc.pid'],
  },
  {
    kind: 'a container that was found is no process; sysdig 0.29.3 makes one up',
    tool: 'sysdig-0.29.3',
    pair: alike((text) => text.replace(/ (container:[0-9a-f]{12}|<NA>) \(0\) > container /, ' (0) > container ')),
    only: ({ side, text, event, test }) =>
      (side === 'theirs' && /^container:[0-9a-f]{12} +$/.test(text)) ||
      (side === 'ours' && event?.['evt.type'] === 'container' && test.args.includes('not proc.name exists')),
  },
  {
    kind: 'times never run backwards: the difference is 0; sysdig shows 2^64 less what is missing',
    args: /%evt\.deltatime/,
    pair: ({ text, before, theirs }) => backwards(text, before) === theirs,
    rewrite: ({ text, before }) => backwards(text, before),
  },
  {
    kind: 'before the first event no time has passed; sysdig 0.41.4 counts from 1970',
    tool: 'sysdig-0.41.4',
    args: /%evt\.reltime/,
    pair: ({ text, theirs }) => /^1\d{18} /.test(theirs) && theirs.replace(/^\d+/, '000000000') === text,
  },
  {
    kind: 'an event without data has NULL; sysdig 0.41.4 shows of that as much as the event before had data',
    tool: 'sysdig-0.41.4',
    args: /^-p %evt\.buffer /,
    pair: ({ text, theirs }) => text === 'NULL' && ('NULL'.startsWith(theirs) || theirs.startsWith('NULL.')),
  },
  {
    kind: 'the time since the enter event is known; sysdig 0.41.4 has dropped that and shows 0',
    tool: 'sysdig-0.41.4',
    args: /^-t d /,
    pair: ({ text, theirs }) =>
      / 0\.000000000 /.test(theirs) && text.replace(/^(\d+) \d+\.\d{9} /, '$1 0.000000000 ') === theirs,
  },
  {
    kind: 'reads move bytes; sysdig 0.29.3 counts those of network calls only',
    tool: 'sysdig-0.29.3',
    args: /\bevt\.buflen\b/,
    only: ({ side, event }) => side === 'ours' && /^p?readv?$/.test(event?.['evt.type'] ?? ''),
  },
  {
    kind: 'servers are servers; sysdig asks whether the server’s address is one of the machine’s',
    args: /^fd\.is_server=true$/,
    only: ({ side, event }) =>
      side === 'ours' ? event?.['fd.name'].includes('->') === true : /^[46]$/.test(event?.['fd.typechar'] ?? ''),
  },
];

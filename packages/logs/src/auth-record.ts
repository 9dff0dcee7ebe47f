/**
 * Log-in records from sshd's log lines. The user name in such a line is chosen by the attacker and may contain anything
 * that the line's own grammar contains (` from 192.0.2.1 port 22 ssh2`), so lines are read from their right end, where
 * sshd writes what it knows itself. Forms are those of OpenSSH 7 to 10.
 */
import { isIP } from 'node:net';
import type { SyslogLine, SyslogLineOptions } from './syslog-line.ts';
import { digits, parseSyslogLine } from './syslog-line.ts';

export type AuthKind =
  | 'failed'
  | 'accepted'
  | 'postponed'
  | 'invalid-user'
  | 'too-many'
  | 'closed'
  | 'disconnected'
  | 'session-opened'
  | 'session-closed';

export interface AuthRecord {
  readonly kind: AuthKind;
  /** Milliseconds since the epoch; undefined when the line's stamp is not understood. */
  readonly time: number | undefined;
  readonly host: string;
  readonly program: string;
  /** Process id as the victim sees it. */
  readonly pid: number | undefined;
  /** As in the line: sshd and syslog have replaced control characters in it (`\r`, `#012`). */
  readonly user?: string;
  readonly userValid?: boolean;
  readonly address?: string;
  readonly port?: number;
  readonly method?: string;
  /** Type and fingerprint of the key, for public-key methods. */
  readonly key?: string;
  /** Before the log-in was complete. */
  readonly preauth: boolean;
  /** How often it happened (`message repeated N times`). */
  readonly count: number;
  readonly message: string;
}

/** Anybody can write such a line: what one line can claim is bounded. */
const REPEAT_LIMIT = 100;
const PROGRAMS: ReadonlySet<string> = new Set(['sshd', 'sshd-session', 'sshd-auth']);

/** The record that a line of auth.log holds, or undefined when it holds none. */
export function parseAuthLine(line: string, options: SyslogLineOptions = {}): AuthRecord | undefined {
  const parsed = parseSyslogLine(line, options);
  return parsed === undefined ? undefined : authRecord(parsed);
}

/** The same from a line that is parsed already. */
export function authRecord(line: SyslogLine): AuthRecord | undefined {
  if (!PROGRAMS.has(line.program)) return undefined;
  const repeated = unrepeat(line.message);
  const preauth = repeated.text.endsWith(PREAUTH);
  const text = preauth ? repeated.text.slice(0, -PREAUTH.length) : repeated.text;
  for (const read of READERS) {
    const found = read(text);
    if (found === undefined) continue;
    const { time, host, program, pid } = line;
    return { time, host, program, pid, preauth, count: repeated.count, message: repeated.text, ...found };
  }
  return undefined;
}

type Found = Pick<AuthRecord, 'kind' | 'user' | 'userValid' | 'address' | 'port' | 'method' | 'key'>;
type Reader = (text: string) => Found | undefined;

const PREAUTH = ' [preauth]';
const SSH2 = ' ssh2';
const INVALID = 'invalid user ';

const VERBS: readonly (readonly [string, AuthKind])[] = [
  ['Failed ', 'failed'],
  ['Accepted ', 'accepted'],
  ['Postponed ', 'postponed'],
  ['Partial ', 'postponed'],
];

const READERS: readonly Reader[] = [readAttempt, readInvalidUser, readTooMany, readEnd, readPam];

/** `VERB METHOD for [invalid user ]USER from ADDRESS port PORT ssh2[: KEY]` */
function readAttempt(text: string): Found | undefined {
  const verb = VERBS.find(([word]) => text.startsWith(word));
  if (verb === undefined) return undefined;
  const methodAt = verb[0].length;
  const methodEnd = text.indexOf(' for ', methodAt);
  if (methodEnd < 0 || methodEnd - methodAt > 64) return undefined;
  const method = text.slice(methodAt, methodEnd);
  const tail = ssh2Tail(text, method);
  const from = tail === undefined ? undefined : fromPort(text, tail.end);
  if (tail === undefined || from === undefined || from.start < methodEnd + 5) return undefined;
  const key = tail.key === '' ? {} : { key: tail.key };
  return { kind: verb[1], method, ...userOf(text.slice(methodEnd + 5, from.start)), ...from.peer, ...key };
}

/** Where ` ssh2` stands. Only methods with a key have something behind it; a password line must end with it. */
function ssh2Tail(text: string, method: string): { readonly end: number; readonly key: string } | undefined {
  if (text.endsWith(SSH2)) return { end: text.length - SSH2.length, key: '' };
  if (!method.startsWith('publickey') && !method.startsWith('hostbased')) return undefined;
  const at = text.lastIndexOf(`${SSH2}: `);
  return at < 0 ? undefined : { end: at, key: text.slice(at + SSH2.length + 2) };
}

/** `Invalid user USER from ADDRESS port PORT` (before 7.5 without the port). */
function readInvalidUser(text: string): Found | undefined {
  if (!text.startsWith('Invalid user ')) return undefined;
  const start = 'Invalid user '.length;
  const from = fromPort(text, text.length) ?? fromOnly(text);
  if (from === undefined || from.start < start) return undefined;
  return { kind: 'invalid-user', user: text.slice(start, from.start), userValid: false, ...from.peer };
}

/** `[error: ]maximum authentication attempts exceeded for [invalid user ]USER from ADDRESS port PORT ssh2` */
function readTooMany(text: string): Found | undefined {
  const words = 'maximum authentication attempts exceeded for ';
  const start = text.startsWith('error: ') ? 7 : 0;
  if (!text.startsWith(words, start) || !text.endsWith(SSH2)) return undefined;
  const from = fromPort(text, text.length - SSH2.length);
  if (from === undefined || from.start < start + words.length) return undefined;
  return { kind: 'too-many', ...userOf(text.slice(start + words.length, from.start)), ...from.peer };
}

const ENDS: readonly (readonly [string, AuthKind])[] = [
  ['Connection closed by ', 'closed'],
  ['Connection reset by ', 'closed'],
  ['Disconnected from ', 'disconnected'],
  ['Disconnecting ', 'disconnected'],
  ['Received disconnect from ', 'disconnected'],
];
const TOO_MANY = ': Too many authentication failures';

/** `Connection closed by [authenticating user U |invalid user U |user U ]ADDRESS port PORT` and its relatives. */
function readEnd(text: string): Found | undefined {
  const end = ENDS.find(([word]) => text.startsWith(word));
  if (end === undefined) return undefined;
  const start = end[0].length;
  const tooMany = text.endsWith(TOO_MANY);
  const to = tooMany ? text.length - TOO_MANY.length : text.length;
  const peer = text.startsWith('Received') ? receivedPeer(text, start) : portBefore(text, to);
  if (peer === undefined || peer.start < start) return undefined;
  const kind = tooMany ? 'too-many' : end[1];
  return { kind, ...endUser(text.slice(start, Math.max(start, peer.start - 1))), ...peer.peer };
}

function endUser(text: string): Pick<Found, 'user' | 'userValid'> {
  for (const word of ['authenticating user ', 'user ']) {
    if (text.startsWith(word)) return { user: text.slice(word.length), userValid: true };
  }
  return text.startsWith(INVALID) ? { user: text.slice(INVALID.length), userValid: false } : {};
}

/** `Received disconnect from ADDRESS port PORT:11: reason`: the reason is the client's, so this one reads from the left. */
function receivedPeer(text: string, start: number): Peer | undefined {
  const colon = text.indexOf(':', text.indexOf(' port ', start));
  if (colon < 0) return undefined;
  const peer = portBefore(text, colon);
  return peer?.start === start ? peer : undefined;
}

/** `pam_unix(sshd:session): session opened for user USER(uid=N) by …` */
function readPam(text: string): Found | undefined {
  const opened = 'pam_unix(sshd:session): session opened for user ';
  const closed = 'pam_unix(sshd:session): session closed for user ';
  if (text.startsWith(closed)) return { kind: 'session-closed', user: text.slice(closed.length) };
  if (!text.startsWith(opened)) return undefined;
  const by = text.lastIndexOf(' by ');
  const whole = text.slice(opened.length, by < opened.length ? text.length : by);
  const uid = whole.lastIndexOf('(uid=');
  return { kind: 'session-opened', user: uid < 0 ? whole : whole.slice(0, uid) };
}

interface Peer {
  /** Where the part that gives the peer begins. */
  readonly start: number;
  readonly peer: Pick<Found, 'address' | 'port'>;
}

/** ` from ADDRESS port PORT` that ends at `end`. */
function fromPort(text: string, end: number): Peer | undefined {
  const found = portBefore(text, end);
  if (found === undefined || !text.startsWith(' from ', found.start - 6)) return undefined;
  return { start: found.start - 6, peer: found.peer };
}

/** `ADDRESS port PORT` that ends at `end`. */
function portBefore(text: string, end: number): Peer | undefined {
  const portAt = text.lastIndexOf(' ', end - 1) + 1;
  const port = digits(text, portAt, end);
  if (port < 0 || port > 65535 || !text.startsWith(' port ', portAt - 6)) return undefined;
  const addressEnd = portAt - 6;
  const start = text.lastIndexOf(' ', addressEnd - 1) + 1;
  const word = text.slice(start, addressEnd);
  const address = addressOf(word);
  if (address === undefined) return word === 'UNKNOWN' ? { start, peer: { port } } : undefined;
  return { start, peer: { address, port } };
}

function fromOnly(text: string): Peer | undefined {
  const at = text.lastIndexOf(' from ');
  const address = at < 0 ? undefined : addressOf(text.slice(at + 6));
  return address === undefined ? undefined : { start: at, peer: { address } };
}

function addressOf(word: string): string | undefined {
  if (word.length > 64) return undefined;
  const scope = word.indexOf('%');
  return isIP(scope < 0 ? word : word.slice(0, scope)) === 0 ? undefined : word;
}

function userOf(text: string): Pick<Found, 'user' | 'userValid'> {
  return text.startsWith(INVALID)
    ? { user: text.slice(INVALID.length), userValid: false }
    : { user: text, userValid: true };
}

/** `message repeated 3 times: [ Failed password … ssh2]` */
function unrepeat(message: string): { readonly text: string; readonly count: number } {
  const words = 'message repeated ';
  const mid = ' times: [ ';
  if (!message.startsWith(words) || !message.endsWith(']')) return { text: message, count: 1 };
  const at = message.indexOf(mid);
  const count = digits(message, words.length, at);
  if (count < 1) return { text: message, count: 1 };
  return { text: message.slice(at + mid.length, -1), count: Math.min(count, REPEAT_LIMIT) };
}

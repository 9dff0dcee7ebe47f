/**
 * One line of a syslog file, traditional (RFC 3164: `Nov 25 12:00:01 host sshd[123]: text`) or with rsyslog's ISO
 * time stamp. A line says what its writer wanted it to say: nothing here is proof of anything. Parsed with index
 * arithmetic and bounded scans, no pattern that could run away.
 */
export interface SyslogLine {
  /** Milliseconds since the epoch; undefined when the time stamp is not understood. */
  readonly time: number | undefined;
  readonly host: string;
  readonly program: string;
  readonly pid: number | undefined;
  readonly message: string;
}

export interface SyslogLineOptions {
  /** What "now" is, to add the year that traditional time stamps lack. Milliseconds since the epoch. */
  readonly now?: number;
  /** Minutes that the victim's local time is ahead of UTC. */
  readonly utcOffset?: number;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const DAY = 86_400_000;
const TAG_LIMIT = 64;
const HOST_LIMIT = 255;
const ISO_LIMIT = 40;

export function parseSyslogLine(line: string, options: SyslogLineOptions = {}): SyslogLine | undefined {
  const text = withoutPriority(line);
  const stamp = traditional(text, options) ?? iso(text);
  if (stamp === undefined) return undefined;
  const hostEnd = text.indexOf(' ', stamp.end);
  if (hostEnd <= stamp.end || hostEnd - stamp.end > HOST_LIMIT) return undefined;
  const tag = parseTag(text, hostEnd + 1);
  if (tag === undefined) return undefined;
  return { time: stamp.time, host: text.slice(stamp.end, hostEnd), ...tag };
}

interface Stamp {
  readonly time: number;
  /** Index of the first character behind the stamp and its space. */
  readonly end: number;
}

function withoutPriority(line: string): string {
  if (!line.startsWith('<')) return line;
  const end = line.indexOf('>');
  return end > 1 && end <= 4 && digits(line, 1, end) >= 0 ? line.slice(end + 1) : line;
}

/** `Mmm dd hh:mm:ss ` with the day padded by a space. */
function traditional(text: string, { now = Date.now(), utcOffset = 0 }: SyslogLineOptions): Stamp | undefined {
  const month = MONTHS.indexOf(text.slice(0, 3));
  if (month < 0 || text[3] !== ' ' || text[6] !== ' ' || text[9] !== ':' || text[12] !== ':' || text[15] !== ' ')
    return;
  const day = digits(text, text[4] === ' ' ? 5 : 4, 6);
  const [hour, minute, second] = [digits(text, 7, 9), digits(text, 10, 12), digits(text, 13, 15)];
  if (day < 1 || day > 31 || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) return;
  const year = new Date(now).getUTCFullYear();
  const inYear = (y: number) => Date.UTC(y, month, day, hour, minute, second) - utcOffset * 60_000;
  const time = inYear(year) > now + DAY ? inYear(year - 1) : inYear(year);
  return { time: time < now - 300 * DAY && inYear(year + 1) <= now + DAY ? inYear(year + 1) : time, end: 16 };
}

/** `2026-11-25T12:00:01.123456+00:00 `. */
function iso(text: string): Stamp | undefined {
  const end = text.indexOf(' ');
  if (end < 19 || end > ISO_LIMIT || text[4] !== '-' || text[10] !== 'T' || digits(text, 0, 4) < 1970) return undefined;
  const time = Date.parse(text.slice(0, end));
  return Number.isNaN(time) ? undefined : { time, end: end + 1 };
}

/** `program[pid]: message`; the pid may be missing. */
function parseTag(text: string, at: number): Pick<SyslogLine, 'program' | 'pid' | 'message'> | undefined {
  const limit = Math.min(text.length, at + TAG_LIMIT);
  let end = at;
  while (end < limit && text[end] !== '[' && text[end] !== ':' && text[end] !== ' ') end++;
  if (end === at || end === limit) return undefined;
  const program = text.slice(at, end);
  let pid: number | undefined;
  if (text[end] === '[') {
    const close = text.indexOf(']', end);
    const number = close < 0 ? -1 : digits(text, end + 1, close);
    if (number < 0) return undefined;
    pid = number;
    end = close + 1;
  }
  if (text[end] !== ':') return undefined;
  return { program, pid, message: text.slice(text[end + 1] === ' ' ? end + 2 : end + 1) };
}

/** The number that stands in `text[from, to)`, 1 to 10 digits; -1 otherwise. */
export function digits(text: string, from: number, to: number): number {
  if (to <= from || to - from > 10 || to > text.length) return -1;
  let value = 0;
  for (let i = from; i < to; i++) {
    const d = text.charCodeAt(i) - 48;
    if (d < 0 || d > 9) return -1;
    value = value * 10 + d;
  }
  return value;
}

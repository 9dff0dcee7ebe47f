/** Syslog messages as text: RFC 3164 (what /dev/log takes) and RFC 5424. One line, control characters escaped, bounded. */
import { escapeControl } from '@waspglass/kit';

/** RFC 5424 numbers. */
export const facilities = {
  user: 1,
  daemon: 3,
  auth: 4,
  authpriv: 10,
  local0: 16,
  local1: 17,
  local2: 18,
  local3: 19,
  local4: 20,
  local5: 21,
  local6: 22,
  local7: 23,
} as const;
export type Facility = keyof typeof facilities;

/** Falco's priorities in syslog's numbers. */
export const severities = {
  emergency: 0,
  alert: 1,
  critical: 2,
  error: 3,
  warning: 4,
  notice: 5,
  informational: 6,
  debug: 7,
} as const;
export type Severity = keyof typeof severities;

export interface SyslogMessage {
  /** 0 to 7. */
  readonly severity: number;
  readonly text: string;
  /** Milliseconds since the epoch. */
  readonly time?: number;
}

export interface SyslogIdentity {
  readonly facility: Facility;
  readonly host: string;
  readonly program: string;
  readonly pid: number;
}

/** rsyslog cuts at 8 KiB by default, and a datagram must stay one. */
const TEXT_LIMIT = 4096;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `<PRI>Mmm dd hh:mm:ss [host ]program[pid]: text`; the host is left out for a local socket. */
export function formatRfc3164(message: SyslogMessage, by: SyslogIdentity, withHost: boolean): string {
  const t = new Date(message.time ?? Date.now());
  const two = (n: number) => String(n).padStart(2, '0');
  const clock = `${two(t.getHours())}:${two(t.getMinutes())}:${two(t.getSeconds())}`;
  const stamp = `${MONTHS[t.getMonth()] ?? ''} ${String(t.getDate()).padStart(2, ' ')} ${clock}`;
  const host = withHost ? `${word(by.host)} ` : '';
  return `<${priority(message, by)}>${stamp} ${host}${word(by.program)}[${by.pid}]: ${oneLine(message.text)}`;
}

/** `<PRI>1 time host program pid - - text` */
export function formatRfc5424(message: SyslogMessage, by: SyslogIdentity): string {
  const time = new Date(message.time ?? Date.now()).toISOString();
  const pri = priority(message, by);
  return `<${pri}>1 ${time} ${word(by.host)} ${word(by.program)} ${by.pid} - - ${oneLine(message.text)}`;
}

function priority(message: SyslogMessage, by: SyslogIdentity): number {
  return facilities[by.facility] * 8 + Math.min(7, Math.max(0, Math.trunc(message.severity)));
}

function word(text: string): string {
  const clean = text.replace(/[^\x21-\x7e]/g, '-').slice(0, 64);
  return clean === '' ? '-' : clean;
}

function oneLine(text: string): string {
  const bytes = Buffer.from(escapeControl(text));
  return bytes.length <= TEXT_LIMIT ? bytes.toString() : `${bytes.subarray(0, TEXT_LIMIT - 4).toString()}…`;
}

/** `syslog.*`: messages that processes write to /dev/log, taken apart: `<priority>text`. */
import type { Field, FieldTable } from '@waspglass/lang';
import { fdType } from '@waspglass/state';
import type { EventContext } from './context.hot.ts';
import { bufferParams, writesFd } from './event-types.ts';

export interface SyslogMessage {
  readonly facility: number;
  readonly severity: number;
  readonly text: string;
}

const FACILITIES = [
  ...['kern', 'user', 'mail', 'daemon', 'auth', 'syslog', 'lpr', 'news', 'uucp', 'clock', 'authpriv', 'ftp'],
  ...[
    'ntp',
    'logaudit',
    'logalert',
    'cron',
    'local0',
    'local1',
    'local2',
    'local3',
    'local4',
    'local5',
    'local6',
    'local7',
  ],
];
const SEVERITIES = ['emerg', 'alert', 'crit', 'err', 'warn', 'notice', 'info', 'debug'];
const DEV_LOG = '/dev/log';

/** Whether the event's descriptor leads to the system's log. */
export function isSyslog(c: EventContext): boolean {
  const { state } = c;
  if (state.fd === 0 || state.fdKind(state.fd) !== fdType.unix) return false;
  return state.symbols.text(c.texts.fdName(state.fd)).includes(DEV_LOG);
}

/** The message that the event writes to the system's log. */
export function syslogMessage(c: EventContext): SyslogMessage | undefined {
  const type = c.type;
  const i = bufferParams[c.typeId] ?? -1;
  if (type === undefined || i < 0 || !writesFd(type) || !isSyslog(c)) return undefined;
  const length = c.ev.len(i);
  if (length <= 0) return undefined;
  const at = c.ev.off(i);
  const found = /^<(\d{1,3})>(.*)$/s.exec(c.ev.bytes.toString('utf8', at, at + length));
  if (found === null) return undefined;
  const priority = Number(found[1]);
  return { facility: priority >> 3, severity: priority & 7, text: found[2] ?? '' };
}

/** What sysdig 0.29.3 shows of a write to the system's log instead of its arguments; null for other events. */
export function logLine(c: EventContext): string | null {
  const message = syslogMessage(c);
  return message === undefined ? null : `syslog sev=${SEVERITIES[message.severity]} msg=${message.text}`;
}

function textField(doc: string, get: (message: SyslogMessage) => string | undefined): Field<EventContext> {
  return {
    type: 'CHARBUF',
    kind: 'str',
    doc,
    when: writesFd,
    get: (c) => {
      const message = syslogMessage(c);
      return (message && get(message)) ?? null;
    },
  };
}

function numberField(doc: string, get: (message: SyslogMessage) => number): Field<EventContext> {
  return {
    type: 'UINT32',
    kind: 'num',
    doc,
    when: writesFd,
    get: (c) => {
      const message = syslogMessage(c);
      return message === undefined ? Number.NaN : get(message);
    },
  };
}

export const syslogFields: FieldTable<EventContext> = {
  'syslog.facility': numberField('Facility of a message to the log, 0–23.', (m) => m.facility),
  'syslog.facility.str': textField('Facility by name.', (m) => FACILITIES[m.facility]),
  'syslog.severity': numberField('Severity of a message to the log, 0–7.', (m) => m.severity),
  'syslog.severity.str': textField('Severity by name.', (m) => SEVERITIES[m.severity]),
  'syslog.message': textField('Text of a message to the log.', (m) => m.text),
};

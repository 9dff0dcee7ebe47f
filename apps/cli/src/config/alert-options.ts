/** Options of alert outputs, part of the table in `options.ts`. Secrets stand in files of their own, never in the configuration. */
import { priorities } from '@waspglass/rules';
import { choice, integer, type Kind, optionalPath, syslogTarget, text } from './kinds.ts';

interface Row<T> {
  readonly kind: Kind<T>;
  readonly default: T;
  readonly doc: string;
}

const row = <T>(kind: Kind<T>, value: T, doc: string): Row<T> => ({ kind, default: value, doc });

const httpUrl: Kind<string> = {
  expected: 'an http or https URL without user and password, or "" for none',
  parse: (v) => {
    if (v === '') return v;
    if (typeof v !== 'string' || v.length > 4096 || !/^https?:\/\//.test(v) || !URL.canParse(v)) return undefined;
    const { username, password } = new URL(v);
    return username === '' && password === '' ? v : undefined;
  },
};

const mailAddress: Kind<string> = {
  expected: 'an e-mail address such as ops@example.org, or "" for none',
  parse: (v) =>
    v === '' || (typeof v === 'string' && v.length < 255 && /^[\w.+-]+@[\w.-]+$/.test(v)) ? (v as string) : undefined,
};

/** A program with its arguments; no shell reads them. */
const command: Kind<readonly string[]> = {
  expected: 'a list of the absolute path of a program and its arguments, or [] for none',
  parse: (v) => {
    if (!Array.isArray(v) || v.length > 64) return undefined;
    const words = v.filter((word): word is string => typeof word === 'string' && !word.includes('\0'));
    if (words.length !== v.length) return undefined;
    return words.length === 0 || words[0]?.startsWith('/') === true ? words : undefined;
  },
};

const form = choice(['json', 'text']);

export const alertOptions = {
  'alerts.syslog': row(syslogTarget, '', 'Where alerts go as syslog messages.'),
  'alerts.syslog_format': row(
    choice(['auto', 'rfc3164', 'rfc5424']),
    'auto',
    'Format of syslog messages; auto: RFC 3164 to a socket of this machine, RFC 5424 over the network.',
  ),
  'alerts.syslog_ca': row(
    optionalPath,
    '',
    'Certificates of the authorities that a tls:// syslog server is checked with; "" for those of the system.',
  ),
  'alerts.stdout': row(choice(['off', 'json', 'text']), 'off', 'Alerts on standard output of the sensor process.'),
  'alerts.file': row(
    optionalPath,
    '',
    'A file to which alerts are appended beside alerts.jsonl; opened anew when it was rotated.',
  ),
  'alerts.file_form': row(form, 'json', 'Form of alerts in that file.'),
  'alerts.webhook': row(httpUrl, '', 'URL to which alerts are posted as Falco’s JSON, as Falcosidekick takes it.'),
  'alerts.webhook_headers': row(
    optionalPath,
    '',
    'File with headers for the webhook, a "Name: value" on each line, such as authorization; mode 0600.',
  ),
  'alerts.webhook_ca': row(
    optionalPath,
    '',
    'Certificates of authorities for the webhook; "" for those of the system.',
  ),
  'alerts.webhook_batch': row(
    integer(1, 1000),
    1,
    'Alerts in one request at most; several are posted as a JSON array when they wait.',
  ),
  'alerts.webhook_timeout_seconds': row(integer(1, 300, 'seconds'), 10, 'A request that takes longer has failed.'),
  'alerts.program': row(command, [], 'A program that is kept running and gets each alert as a line of its input.'),
  'alerts.program_form': row(form, 'json', 'Form of the lines for the program.'),
  'alerts.mail_to': row(mailAddress, '', 'Who gets alerts by e-mail.'),
  'alerts.mail_from': row(mailAddress, 'waspglass@localhost', 'Sender of these mails.'),
  'alerts.mail_program': row(
    command,
    ['/usr/sbin/sendmail', '-i', '-t'],
    'What sends a mail that it gets on its input; every mail server brings sendmail.',
  ),
  'alerts.slack': row(optionalPath, '', 'File with the URL of an incoming webhook as Slack has it; mode 0600.'),
  'alerts.telegram': row(optionalPath, '', 'File with the token of a Telegram bot; mode 0600.'),
  'alerts.telegram_chat': row(text, '', 'Chat to which the bot writes.'),
  'alerts.telegram_api': row(httpUrl, 'https://api.telegram.org', 'Where Telegram’s interface is.'),
  'alerts.people_priority': row(
    choice(priorities),
    'Warning',
    'Least severe priority of which people are told by mail, Slack and Telegram.',
  ),
  'alerts.people_per_hour': row(
    integer(0, 100_000),
    60,
    'Messages to people per hour and output beside the first of each rule; what is more is folded by rule; 0: no limit.',
  ),
  'alerts.machine_per_minute': row(
    integer(0, 1_000_000),
    0,
    'Alerts per minute to each of the other outputs beside the first of each rule; 0: no limit.',
  ),
  'alerts.fold_seconds': row(
    integer(0, 86_400, 'seconds'),
    60,
    'Alerts of a rule by one process or address within this time become one with their number; 0 folds none and lifts the limits.',
  ),
} as const;

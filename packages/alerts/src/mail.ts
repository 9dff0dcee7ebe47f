/**
 * Alerts as e-mail through the machine's own `sendmail`: every mail server brings that program, it queues and retries by
 * itself, and whoever runs the machine has set up TLS and credentials there already; a library would bring neither.
 */
import { type Delivery, deliveryText } from './delivery.ts';
import { runWithInput } from './program.ts';
import type { Transport } from './queued-output.ts';

export interface MailOptions {
  readonly to: string;
  readonly from: string;
  /** Default `/usr/sbin/sendmail -i -t`. */
  readonly command?: readonly string[];
}

/** Alerts in one mail when several wait. */
export const MAIL_BATCH = 50;
const SUBJECT_LIMIT = 150;
/** RFC 5322: a line has 998 bytes at most; base64 is wrapped at 76. */
const WRAP = /.{1,76}/g;
/** Bytes of a header word before it is encoded: the encoded one stays below 76. */
const WORD_BYTES = 42;

export function openMail({ to, from, command = ['/usr/sbin/sendmail', '-i', '-t'] }: MailOptions): Transport {
  return {
    deliver: (items, signal) => runWithInput(command, mailOf(items, to, from), signal),
    close: () => undefined,
  };
}

/** Subject and body of one alert, divided by the first line break: both are one line. */
export function mailText(delivery: Delivery): string {
  const { rule, hostname } = delivery.alert;
  return `[waspglass] ${hostname}: ${rule.priority}: ${rule.name}\n${deliveryText(delivery, { isoTime: true })}`;
}

export function mailOf(items: readonly string[], to: string, from: string): string {
  const parts = items.map((item) => item.split('\n'));
  const more = parts.length > 1 ? ` (+${parts.length - 1})` : '';
  const subject = `${(parts[0]?.[0] ?? '').slice(0, SUBJECT_LIMIT).toWellFormed()}${more}`;
  const body = Buffer.from(parts.map(([, ...lines]) => `${lines.join('\n')}\n`).join('\n')).toString('base64');
  return [
    `From: ${from}`,
    `To: ${to}`,
    `Subject: ${headerText(subject)}`,
    'Auto-Submitted: auto-generated',
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: base64',
    '',
    ...(body.match(WRAP) ?? []),
    '',
  ].join('\n');
}

/** Printable ASCII as it is, anything else in encoded words of RFC 2047. */
function headerText(text: string): string {
  if (/^[\x20-\x7e]*$/.test(text) && !text.includes('=?')) return text;
  const words: string[] = [];
  let word = '';
  for (const c of text.replace(/\p{Cc}/gu, ' ')) {
    if (Buffer.byteLength(word + c) > WORD_BYTES) {
      words.push(word);
      word = '';
    }
    word += c;
  }
  words.push(word);
  return words.map((one) => `=?utf-8?B?${Buffer.from(one).toString('base64')}?=`).join('\n ');
}

/**
 * Files that outputs of alerts are given: secrets and certificates. One row each; what is wrong with one is told before
 * anything starts, since an alert that reaches nobody is noticed too late.
 */
import { readFileSync, statSync } from 'node:fs';
import { messageOf, type WaspglassError } from '@waspglass/kit';
import type { Config } from '../config/options.ts';
import { fail } from '../errors.ts';

interface Row {
  readonly option: Extract<keyof Config, `alerts.${string}`>;
  /** Nobody but its owner may read it. */
  readonly isSecret?: boolean;
  /** What the text must be, for the error; undefined when it is. */
  readonly wants: (text: string, config: Config) => string | undefined;
}

const firstLine = (text: string): string => text.split('\n')[0]?.trim() ?? '';
const isCertificate = (text: string): string | undefined =>
  text.includes('-----BEGIN CERTIFICATE-----') ? undefined : 'certificates in PEM form';

const rows: readonly Row[] = [
  { option: 'alerts.syslog_ca', wants: isCertificate },
  { option: 'alerts.webhook_ca', wants: isCertificate },
  {
    option: 'alerts.webhook_headers',
    isSecret: true,
    wants: (text) =>
      text.split('\n').every((line) => line.trim() === '' || /^[\w-]+:\s*\S/.test(line))
        ? undefined
        : 'a "Name: value" on each line',
  },
  {
    option: 'alerts.slack',
    isSecret: true,
    wants: (text) => (/^https?:\/\/\S+$/.test(firstLine(text)) ? undefined : 'the URL of a webhook on the first line'),
  },
  {
    option: 'alerts.telegram',
    isSecret: true,
    wants: (text, config) => {
      if (!/^[\w:-]{8,256}$/.test(firstLine(text))) return 'the token of a bot on the first line';
      return config['alerts.telegram_chat'] === '' ? 'alerts.telegram_chat beside it' : undefined;
    },
  },
];

const OTHERS = 0o077;

/** The first thing that is wrong with one of them. */
export function outputFilesError(config: Config): WaspglassError | undefined {
  for (const row of rows) {
    const file = config[row.option];
    if (typeof file !== 'string' || file === '') continue;
    const reason = reasonAgainst(file, row, config);
    if (reason !== undefined) return fail('WG_UP_OUTPUT_FILE', { option: row.option, file, reason });
  }
  return undefined;
}

function reasonAgainst(file: string, { isSecret = false, wants }: Row, config: Config): string | undefined {
  try {
    const stat = statSync(file);
    if (!stat.isFile()) return 'is no file';
    const mode = (stat.mode & 0o777).toString(8);
    if (isSecret && (stat.mode & OTHERS) !== 0) return `can be read by others (mode ${mode}); run: chmod 600 ${file}`;
    const wanted = wants(readFileSync(file, 'utf8'), config);
    return wanted === undefined ? undefined : `does not hold what is expected: ${wanted}`;
  } catch (error) {
    return `cannot be read: ${messageOf(error)}`;
  }
}

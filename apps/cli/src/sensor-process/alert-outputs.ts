/** The outputs of alerts that the configuration asks for. One that cannot be made is told and left out: alerts.jsonl remains. */
import { readFileSync } from 'node:fs';
import {
  type AlertOutput,
  deliveryJson,
  deliveryText,
  FileOutput,
  Folding,
  jsonBody,
  MAIL_BATCH,
  mailText,
  openMail,
  openProgram,
  openStream,
  openWebhook,
  QueuedOutput,
  SyslogOutput,
  slackBody,
  slackText,
  telegramBody,
  telegramText,
} from '@waspglass/alerts';
import { type Logger, messageOf } from '@waspglass/kit';
import type { SyslogTarget } from '@waspglass/logs';
import { parsePriority, severityOf } from '@waspglass/rules';
import type { Config } from '../config/options.ts';

type AlertConfig = Pick<Config, Extract<keyof Config, `alerts.${string}`>>;

interface Output {
  /** Whether the configuration asks for it. */
  readonly wanted: (config: AlertConfig) => boolean;
  readonly make: (config: AlertConfig, host: string) => AlertOutput;
  /** People get fewer. */
  readonly people?: boolean;
}

const STREAM_BATCH = 64;
/** Programs and mail servers may take their time. */
const PROGRAM_MS = 30_000;

const outputs: Readonly<Record<string, Output>> = {
  stdout: {
    wanted: (config) => config['alerts.stdout'] !== 'off',
    make: (config) =>
      new QueuedOutput({
        name: 'stdout',
        transport: openStream(1),
        format: config['alerts.stdout'] === 'json' ? deliveryJson : deliveryText,
        batch: STREAM_BATCH,
      }),
  },
  file: {
    wanted: (config) => config['alerts.file'] !== '',
    make: (config) =>
      new FileOutput({ path: config['alerts.file'], form: config['alerts.file_form'] === 'json' ? 'json' : 'text' }),
  },
  syslog: {
    wanted: (config) => config['alerts.syslog'] !== '',
    make: (config, host) => {
      const format = config['alerts.syslog_format'];
      const chosen = format === 'rfc3164' || format === 'rfc5424' ? ({ format } as const) : {};
      return new SyslogOutput({ target: syslogTarget(config), host, program: 'waspglass', ...chosen });
    },
  },
  webhook: {
    wanted: (config) => config['alerts.webhook'] !== '',
    make: (config) => {
      const { 'alerts.webhook': url, 'alerts.webhook_ca': caFile, 'alerts.webhook_headers': headers } = config;
      const more = { ...(caFile !== '' && { caFile }), ...(headers !== '' && { headers: headersIn(headers) }) };
      return new QueuedOutput({
        name: 'webhook',
        transport: openWebhook({ url, body: jsonBody, ...more }),
        format: deliveryJson,
        batch: config['alerts.webhook_batch'],
        timeoutMs: config['alerts.webhook_timeout_seconds'] * 1000,
      });
    },
  },
  program: {
    wanted: (config) => config['alerts.program'].length > 0,
    make: (config) =>
      new QueuedOutput({
        name: 'program',
        transport: openProgram(config['alerts.program']),
        format: config['alerts.program_form'] === 'json' ? deliveryJson : deliveryText,
        batch: STREAM_BATCH,
        timeoutMs: PROGRAM_MS,
      }),
  },
  mail: {
    people: true,
    wanted: (config) => config['alerts.mail_to'] !== '',
    make: (config) => {
      const { 'alerts.mail_to': to, 'alerts.mail_from': from, 'alerts.mail_program': command } = config;
      const transport = openMail({ to, from, command });
      return new QueuedOutput({ name: 'mail', transport, format: mailText, batch: MAIL_BATCH, timeoutMs: PROGRAM_MS });
    },
  },
  slack: {
    people: true,
    wanted: (config) => config['alerts.slack'] !== '',
    make: (config) => {
      const transport = openWebhook({ url: secretIn(config['alerts.slack']), body: slackBody, label: 'Slack' });
      return new QueuedOutput({ name: 'slack', transport, format: slackText, batch: 5 });
    },
  },
  telegram: {
    people: true,
    wanted: (config) => config['alerts.telegram'] !== '',
    make: (config) => {
      const api = config['alerts.telegram_api'].replace(/\/+$/, '');
      const url = `${api}/bot${secretIn(config['alerts.telegram'])}/sendMessage`;
      const transport = openWebhook({ url, body: telegramBody(config['alerts.telegram_chat']), label: 'Telegram' });
      return new QueuedOutput({ name: 'telegram', transport, format: telegramText });
    },
  },
};

const HOUR = 3_600_000;
const MINUTE = 60_000;

export function alertOutputs(config: AlertConfig, host: string, logger: Logger): AlertOutput[] {
  const made: AlertOutput[] = [];
  for (const [name, { wanted, make, people = false }] of Object.entries(outputs)) {
    if (!wanted(config)) continue;
    try {
      made.push(folded(make(config, host), config, people));
    } catch (error) {
      logger.error(`no alerts go to ${name}: ${messageOf(error)}`);
    }
  }
  return made;
}

function folded(output: AlertOutput, config: AlertConfig, people: boolean): AlertOutput {
  const spanMs = config['alerts.fold_seconds'] * 1000;
  if (!people) return new Folding(output, { spanMs, limit: config['alerts.machine_per_minute'], limitMs: MINUTE });
  const least = severityOf(parsePriority(config['alerts.people_priority']) ?? 'Warning');
  const accepts = (alert: { readonly rule: { readonly priority: Parameters<typeof severityOf>[0] } }) =>
    severityOf(alert.rule.priority) <= least;
  return new Folding(output, { spanMs, limit: config['alerts.people_per_hour'], limitMs: HOUR, accepts });
}

function syslogTarget(config: AlertConfig): SyslogTarget {
  const { 'alerts.syslog': option, 'alerts.syslog_ca': caFile } = config;
  if (option.startsWith('/')) return { transport: 'unix', path: option };
  const url = new URL(option);
  const address = { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port) };
  if (url.protocol === 'tls:') return { transport: 'tls', ...address, ...(caFile !== '' && { caFile }) };
  return { transport: url.protocol === 'tcp:' ? 'tcp' : 'udp', ...address };
}

/** The first line of a file. */
function secretIn(file: string): string {
  return readFileSync(file, 'utf8').split('\n')[0]?.trim() ?? '';
}

function headersIn(file: string): Record<string, string> {
  const lines = readFileSync(file, 'utf8').split('\n');
  const pairs = lines.map((line) => /^([\w-]+):\s*(.*?)\s*$/.exec(line)).filter((found) => found !== null);
  return Object.fromEntries(pairs.map(([, name = '', value = '']) => [name.toLowerCase(), value]));
}

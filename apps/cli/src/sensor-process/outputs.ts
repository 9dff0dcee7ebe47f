/** Where alerts and documents go: alerts.jsonl, syslog, the document queue. None can hold up another or throw. */
import { stringifyJson } from '@waspglass/format';
import { type Logger, waitFor } from '@waspglass/kit';
import { DocumentQueue, JsonLinesFile, SyslogSender, type SyslogTarget, type WaspglassDocument } from '@waspglass/logs';
import { type Alert, alertObject, alertText, severityOf } from '@waspglass/rules';

export interface OutputOptions {
  readonly alertsFile: string;
  readonly documentsDirectory: string;
  /** `/dev/log`, `udp://HOST:PORT`, `tcp://HOST:PORT`, or '' for none. */
  readonly syslog: string;
  readonly host: string;
  readonly logger: Logger;
}

const CLOSE_LIMIT = 5000;

export class Outputs {
  alerts = 0;
  private readonly file: JsonLinesFile;
  private readonly queue: DocumentQueue;
  private readonly syslog: SyslogSender | undefined;
  private readonly logger: Logger;
  private told = 0;

  constructor(options: OutputOptions) {
    const { alertsFile, documentsDirectory, host, logger } = options;
    this.logger = logger;
    this.file = new JsonLinesFile(alertsFile, { batchMs: 10 });
    this.queue = new DocumentQueue({ directory: documentsDirectory, mode: 0o660 });
    const target = syslogTarget(options.syslog);
    this.syslog = target === undefined ? undefined : new SyslogSender({ target, host, program: 'waspglass' });
  }

  document(document: WaspglassDocument): void {
    this.queue.push(document);
  }

  /** `extra` stands beside Falco's keys: where the alert comes from. */
  alert(alert: Alert, extra: Readonly<Record<string, unknown>>): void {
    this.alerts++;
    this.file.appendLine(stringifyJson({ ...alertObject(alert), waspglass: extra }));
    this.syslog?.send({ severity: severityOf(alert.rule.priority), text: alertText(alert) });
  }

  /** What could not be written or sent. */
  get failures(): number {
    const failures = this.file.stats.lost + this.queue.stats.lost + (this.syslog?.stats.lost ?? 0);
    if (failures > this.told) this.logger.error(`${failures} alerts or documents lost: ${this.reasons()}`);
    this.told = Math.max(failures, this.told);
    return failures;
  }

  async close(): Promise<void> {
    const all = Promise.all([this.file.close(), this.queue.close(), this.syslog?.close()]);
    let done = false;
    void all.then(() => {
      done = true;
    });
    await waitFor(() => done, { limit: CLOSE_LIMIT, what: 'outputs to close' }).catch((error: unknown) =>
      this.logger.error(`${String(error)}: ${this.reasons()}`),
    );
  }

  private reasons(): string {
    return [this.file.stats.lastError, this.queue.stats.lastError, this.syslog?.stats.lastError ?? '']
      .filter((reason) => reason !== '')
      .join('; ');
  }
}

function syslogTarget(option: string): SyslogTarget | undefined {
  if (option === '') return undefined;
  if (option.startsWith('/')) return { transport: 'unix', path: option };
  const url = new URL(option);
  return {
    transport: url.protocol === 'tcp:' ? 'tcp' : 'udp',
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port),
  };
}

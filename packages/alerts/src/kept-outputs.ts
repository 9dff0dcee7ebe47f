/** The file of JSON lines and the syslog sender of `logs` as outputs: both keep their own queue. */
import { JsonLinesFile, SyslogSender, type SyslogSenderOptions } from '@waspglass/logs';
import { severityOf } from '@waspglass/rules';
import { type Delivery, deliveryJson, deliveryText } from './delivery.ts';
import { limitedTo } from './limited.ts';
import type { AlertOutput, OutputStats } from './queued-output.ts';

export interface FileOptions {
  readonly path: string;
  readonly form: 'json' | 'text';
  /** Bytes that wait while the disk is full. */
  readonly pendingLimit?: number;
  readonly retryMs?: number;
}

/** A file that others may rotate: it is opened anew when its name belongs to another. */
export class FileOutput implements AlertOutput {
  readonly name = 'file';
  private readonly file: JsonLinesFile;
  private readonly form: FileOptions['form'];
  private given = 0;
  /** Lines that were still waiting at the end. */
  private left = 0;

  constructor({ path, form, pendingLimit = 16 * 2 ** 20, retryMs = 1000 }: FileOptions) {
    this.form = form;
    this.file = new JsonLinesFile(path, { batchMs: 10, pendingLimit, retryMs });
  }

  get stats(): OutputStats {
    const { lines, lost, errors, lastError } = this.file.stats;
    const waiting = this.given - lines - lost - this.left;
    return { sent: lines, lost: lost + this.left, failed: errors, folded: 0, waiting, lastError };
  }

  send(delivery: Delivery): void {
    this.given++;
    this.file.appendLine(this.form === 'json' ? deliveryJson(delivery) : deliveryText(delivery));
  }

  async close(limitMs: number): Promise<void> {
    await limitedTo(limitMs, this.file.close());
    this.left = this.stats.waiting;
  }
}

export class SyslogOutput implements AlertOutput {
  readonly name = 'syslog';
  private readonly sender: SyslogSender;

  constructor(options: SyslogSenderOptions) {
    this.sender = new SyslogSender(options);
  }

  get stats(): OutputStats {
    const { sent, lost, failed, lastError } = this.sender.stats;
    return { sent, lost, failed, folded: 0, waiting: this.sender.waiting, lastError };
  }

  send(delivery: Delivery): void {
    this.sender.send({ severity: severityOf(delivery.alert.rule.priority), text: deliveryText(delivery) });
  }

  close(limitMs: number): Promise<void> {
    return this.sender.close(limitMs);
  }
}

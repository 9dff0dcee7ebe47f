/**
 * Where alerts and documents go: alerts.jsonl and the document queue hold all of them; the outputs of the configuration
 * get them folded. None can hold up another or throw.
 */
import type { AlertOutput, OutputStats } from '@waspglass/alerts';
import { stringifyJson } from '@waspglass/format';
import { type Logger, waitFor } from '@waspglass/kit';
import { DocumentQueue, JsonLinesFile, type WaspglassDocument } from '@waspglass/logs';
import { type Alert, alertObject } from '@waspglass/rules';

export interface OutputOptions {
  readonly alertsFile: string;
  readonly documentsDirectory: string;
  readonly outputs: readonly AlertOutput[];
  readonly logger: Logger;
}

const CLOSE_LIMIT = 5000;
/** What the outputs may take of it. */
const OUTPUT_LIMIT = 2000;

export class Outputs {
  alerts = 0;
  private readonly file: JsonLinesFile;
  private readonly queue: DocumentQueue;
  private readonly outputs: readonly AlertOutput[];
  private readonly logger: Logger;
  private told = 0;

  constructor({ alertsFile, documentsDirectory, outputs, logger }: OutputOptions) {
    this.logger = logger;
    this.outputs = outputs;
    this.file = new JsonLinesFile(alertsFile, { batchMs: 10 });
    this.queue = new DocumentQueue({ directory: documentsDirectory, mode: 0o660 });
  }

  document(document: WaspglassDocument): void {
    this.queue.push(document);
  }

  /** `extra` stands beside Falco's keys: where the alert comes from. `actor`: the process or address behind it. */
  alert(alert: Alert, extra: Readonly<Record<string, unknown>>, actor = ''): void {
    this.alerts++;
    this.file.appendLine(stringifyJson({ ...alertObject(alert), waspglass: extra }));
    for (const output of this.outputs) output.send({ alert, actor, extra });
  }

  /** How each output of the configuration is doing. */
  get stats(): Readonly<Record<string, OutputStats>> {
    return Object.fromEntries(this.outputs.map(({ name, stats }) => [name, stats]));
  }

  /** What could not be written or sent. */
  get failures(): number {
    const sent = this.outputs.reduce((sum, { stats }) => sum + stats.lost, 0);
    const failures = this.file.stats.lost + this.queue.stats.lost + sent;
    if (failures > this.told) this.logger.error(`${failures} alerts or documents lost: ${this.reasons()}`);
    this.told = Math.max(failures, this.told);
    return failures;
  }

  async close(): Promise<void> {
    const outputs = this.outputs.map((output) => output.close(OUTPUT_LIMIT));
    const all = Promise.all([this.file.close(), this.queue.close(), ...outputs]);
    let done = false;
    void all.then(() => {
      done = true;
    });
    await waitFor(() => done, { limit: CLOSE_LIMIT, what: 'outputs to close' }).catch((error: unknown) =>
      this.logger.error(`${String(error)}: ${this.reasons()}`),
    );
  }

  private reasons(): string {
    const named = this.outputs.map(({ name, stats }) => (stats.lastError === '' ? '' : `${name}: ${stats.lastError}`));
    return [this.file.stats.lastError, this.queue.stats.lastError, ...named].filter((text) => text !== '').join('; ');
  }
}

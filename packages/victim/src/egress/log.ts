/**
 * What the mediators saw and did, one JSON line each, in a file of bounded size (rotated once). Every text in it comes from
 * an intruder or a stranger's server: cut to a length, bytes in base64.
 */
import { appendFileSync, renameSync, statSync } from 'node:fs';
import { readTextIfThere } from '@waspglass/kit';

export interface EgressStatus {
  /** By class and outcome, such as `http stored`. */
  readonly counts: Record<string, number>;
  readonly bytesStored: number;
  /** Times that a limit cut something. */
  readonly alarms: number;
}

const MAX_BYTES = 4096;
/** Room for that many bytes in base64. */
const MAX_TEXT = 6144;
const MAX_FILE = 64 * 2 ** 20;
/** Lines per minute; more are counted only. */
const MAX_LINES = 1200;

export class EgressLog {
  private readonly file: string;
  private readonly counts: Record<string, number> = {};
  private alarms = 0;
  private stored = 0;
  private minute = 0;
  private lines = 0;

  constructor(file: string) {
    this.file = file;
    // Fails now, not at the first line, when it cannot be written.
    appendFileSync(file, '', { mode: 0o640 });
  }

  note(kind: string, fields: Readonly<Record<string, unknown>>): void {
    const key = `${kind} ${String(fields.outcome ?? 'seen')}`;
    this.counts[key] = (this.counts[key] ?? 0) + 1;
    this.write({ time: new Date().toISOString(), kind, ...fields });
  }

  /** A limit has cut something: an alarm. */
  limit(kind: string, fields: Readonly<Record<string, unknown>>): void {
    this.alarms++;
    this.note(kind, { ...fields, outcome: 'limit', alarm: true });
  }

  addStored(bytes: number): void {
    this.stored += bytes;
  }

  /** First bytes of something, for a field. */
  bytes(data: Buffer): string {
    return data.subarray(0, MAX_BYTES).toString('base64');
  }

  status(): EgressStatus {
    return { counts: { ...this.counts }, bytesStored: this.stored, alarms: this.alarms };
  }

  private write(row: Readonly<Record<string, unknown>>): void {
    const now = Math.floor(Date.now() / 60_000);
    if (now !== this.minute) [this.minute, this.lines] = [now, 0];
    this.lines++;
    if (this.lines > MAX_LINES) {
      this.counts['log suppressed'] = (this.counts['log suppressed'] ?? 0) + 1;
      return;
    }
    const cut = (_key: string, value: unknown) =>
      typeof value === 'string' && value.length > MAX_TEXT ? `${value.slice(0, MAX_TEXT)}…` : value;
    appendFileSync(this.file, `${JSON.stringify(row, cut)}\n`);
    if (statSync(this.file).size > MAX_FILE) renameSync(this.file, `${this.file}.1`);
  }
}

/** The rows of a log, oldest first; lines that are cut off are skipped. */
export function readEgressLog(file: string): Record<string, unknown>[] {
  const rows: Record<string, unknown>[] = [];
  for (const line of (readTextIfThere(file) ?? '').split('\n')) {
    if (line.endsWith('}')) rows.push(JSON.parse(line) as Record<string, unknown>);
  }
  return rows;
}

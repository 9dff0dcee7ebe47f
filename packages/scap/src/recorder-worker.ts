/**
 * The recorder's worker: collects chunks, compresses one gzip member per flush and writes it. After a failed write the
 * file is closed at its last whole member and chunks are counted as lost until the main thread opens another file.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { messageOf, systemCode } from '@waspglass/kit';
import { MemberFile, type MemberFileOptions } from './member-file.ts';

/** To the worker. `open` ends the file before it. */
export type RecorderOrder =
  | {
      readonly kind: 'open';
      readonly fd: number;
      readonly name: string;
      readonly path: string;
      readonly header: Uint8Array;
    }
  | { readonly kind: 'chunk'; readonly chunk: Uint8Array; readonly events: number }
  | { readonly kind: 'end'; readonly ticket: number }
  | { readonly kind: 'stop' };

export interface ClosedFile {
  readonly name: string;
  /** Compressed bytes. */
  readonly bytes: number;
  readonly rawBytes: number;
  readonly events: number;
}

/** From the worker. */
export type RecorderReport =
  | { readonly kind: 'growth'; readonly name: string; readonly bytes: number; readonly rawBytes: number }
  | { readonly kind: 'closed'; readonly file: ClosedFile }
  | { readonly kind: 'ended'; readonly ticket: number; readonly file: ClosedFile | undefined }
  /** Chunks were taken from the queue: so many raw bytes. */
  | { readonly kind: 'taken'; readonly bytes: number }
  | { readonly kind: 'failed'; readonly name: string; readonly code: string; readonly text: string }
  | { readonly kind: 'lost'; readonly bytes: number; readonly events: number };

export interface RecorderWorkerData extends MemberFileOptions {
  readonly flushMs: number;
}

class Writer {
  private readonly options: RecorderWorkerData;
  private readonly report: (report: RecorderReport) => void;
  private file: MemberFile | undefined;
  private name = '';
  private chunks: Uint8Array[] = [];
  private waiting = 0;
  private waitingEvents = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(options: RecorderWorkerData, report: (report: RecorderReport) => void) {
    this.options = options;
    this.report = report;
  }

  take(order: RecorderOrder): void {
    if (order.kind === 'chunk') this.chunk(order.chunk, order.events);
    else if (order.kind === 'open') this.open(order);
    else if (order.kind === 'end') this.report({ kind: 'ended', ticket: order.ticket, file: this.end() });
    else this.stop();
  }

  private open({ fd, name, path, header }: Extract<RecorderOrder, { kind: 'open' }>): void {
    this.end();
    this.file = new MemberFile(fd, path, this.options);
    this.name = name;
    this.chunks.push(header);
    this.flush();
  }

  private chunk(chunk: Uint8Array, events: number): void {
    this.report({ kind: 'taken', bytes: chunk.length });
    if (this.file === undefined) {
      this.report({ kind: 'lost', bytes: chunk.length, events });
      return;
    }
    this.chunks.push(chunk);
    this.waiting += chunk.length;
    this.waitingEvents += events;
    if (this.waiting >= this.options.memberBytes) this.flush();
    else this.timer ??= setTimeout(() => this.flush(), this.options.flushMs);
  }

  private flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const file = this.file;
    if (file === undefined || this.chunks.length === 0) return;
    const [before, rawBefore] = [file.bytes, file.rawBytes];
    try {
      file.append(this.chunks, this.waitingEvents);
      this.report({ kind: 'growth', name: this.name, bytes: file.bytes - before, rawBytes: file.rawBytes - rawBefore });
    } catch (error) {
      this.report({ kind: 'lost', bytes: this.waiting, events: this.waitingEvents });
      this.report({ kind: 'failed', name: this.name, code: systemCode(error) ?? '', text: messageOf(error) });
      this.close(file);
    }
    this.chunks = [];
    this.waiting = 0;
    this.waitingEvents = 0;
  }

  private end(): ClosedFile | undefined {
    this.flush();
    return this.file === undefined ? undefined : this.close(this.file);
  }

  private close(file: MemberFile): ClosedFile | undefined {
    const closed = { name: this.name, bytes: file.bytes, rawBytes: file.rawBytes, events: file.events };
    this.file = undefined;
    try {
      file.close();
    } catch (error) {
      this.report({ kind: 'failed', name: this.name, code: systemCode(error) ?? '', text: messageOf(error) });
    }
    if (closed.bytes === 0) return undefined;
    this.report({ kind: 'closed', file: closed });
    return closed;
  }

  private stop(): void {
    this.end();
    parentPort?.close();
  }
}

if (parentPort !== null) {
  const port = parentPort;
  const writer = new Writer(workerData as RecorderWorkerData, (report) => port.postMessage(report));
  port.on('message', (order: RecorderOrder) => writer.take(order));
}

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
      /** What is in it: its header. */
      readonly bytes: number;
      readonly rawBytes: number;
    }
  | { readonly kind: 'chunk'; readonly chunk: Uint8Array<ArrayBuffer>; readonly events: number }
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
  /** A chunk's memory, for another one. */
  | { readonly kind: 'spare'; readonly buffer: ArrayBuffer }
  /** Chunks were taken from the queue: so many raw bytes. */
  | { readonly kind: 'taken'; readonly bytes: number }
  | { readonly kind: 'failed'; readonly name: string; readonly code: string; readonly text: string }
  | { readonly kind: 'lost'; readonly bytes: number; readonly events: number };

export interface RecorderWorkerData extends MemberFileOptions {
  readonly flushMs: number;
}

class Writer {
  private readonly options: RecorderWorkerData;
  private readonly report: (report: RecorderReport, transfer?: ArrayBuffer[]) => void;
  private file: MemberFile | undefined;
  private name = '';
  /** What waits for the next flush: the first `waiting` bytes. */
  private buffer = new Uint8Array(0);
  private waiting = 0;
  private waitingEvents = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(options: RecorderWorkerData, report: (report: RecorderReport, transfer?: ArrayBuffer[]) => void) {
    this.options = options;
    this.report = report;
  }

  take(order: RecorderOrder): void {
    if (order.kind === 'chunk') this.chunk(order.chunk, order.events);
    else if (order.kind === 'open') this.open(order);
    else if (order.kind === 'end') this.report({ kind: 'ended', ticket: order.ticket, file: this.end() });
    else this.stop();
  }

  private open({ fd, name, bytes, rawBytes }: Extract<RecorderOrder, { kind: 'open' }>): void {
    this.end();
    this.file = new MemberFile(fd, { bytes, rawBytes }, this.options);
    this.name = name;
  }

  private chunk(chunk: Uint8Array<ArrayBuffer>, events: number): void {
    this.report({ kind: 'taken', bytes: chunk.length });
    if (this.file === undefined) {
      this.report({ kind: 'lost', bytes: chunk.length, events });
      this.giveBack(chunk);
      return;
    }
    if (this.waiting + chunk.length > this.options.memberBytes) this.flush();
    this.put(chunk);
    this.giveBack(chunk);
    this.waitingEvents += events;
    if (this.waiting >= this.options.memberBytes) this.flush();
    else this.timer ??= setTimeout(() => this.flush(), this.options.flushMs);
  }

  private flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const file = this.file;
    if (file === undefined || this.waiting === 0) return;
    const [before, rawBefore] = [file.bytes, file.rawBytes];
    try {
      file.append(this.buffer.subarray(0, this.waiting), this.waitingEvents);
      this.report({ kind: 'growth', name: this.name, bytes: file.bytes - before, rawBytes: file.rawBytes - rawBefore });
    } catch (error) {
      this.report({ kind: 'lost', bytes: this.waiting, events: this.waitingEvents });
      this.report({ kind: 'failed', name: this.name, code: systemCode(error) ?? '', text: messageOf(error) });
      this.close(file);
    }
    this.waiting = 0;
    this.waitingEvents = 0;
  }

  private put(bytes: Uint8Array): void {
    const need = this.waiting + bytes.length;
    if (need > this.buffer.length) {
      const larger = new Uint8Array(Math.max(need, this.options.memberBytes));
      larger.set(this.buffer.subarray(0, this.waiting));
      this.buffer = larger;
    }
    this.buffer.set(bytes, this.waiting);
    this.waiting = need;
  }

  private giveBack({ buffer }: Uint8Array<ArrayBuffer>): void {
    this.report({ kind: 'spare', buffer }, [buffer]);
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
  const writer = new Writer(workerData as RecorderWorkerData, (report, transfer) => port.postMessage(report, transfer));
  port.on('message', (order: RecorderOrder) => writer.take(order));
}

/** What passes between the sensor's thread and its owner. */
import type { Snapshot } from './proc-snapshot.ts';

/** Totals since the start. seen = sent + lost always; drained reaches sent when nothing is waiting in the ring. */
export interface Counters {
  /** Events of the victim that were to be recorded. */
  readonly seen: number;
  readonly sent: number;
  /** Found the ring full. */
  readonly lost: number;
  /** Bytes of records sent. */
  readonly bytes: number;
  /** Records read from the ring. */
  readonly drained: number;
  /** Event blocks made (most records make two). */
  readonly events: number;
  /** Texts and data that could not be read from the process. */
  readonly unreadable: number;
  /** Processes that found the table of the tree full: recorded only while in the victim's mount namespace. */
  readonly overflow: number;
  /** Records that made no sense. */
  readonly malformed: number;
}

export interface WorkerOptions {
  readonly objectPath: string;
  readonly initPid: number;
  readonly snapLength: number;
  readonly ringBytes: number;
  readonly skip: readonly string[];
  /** One 64-bit number: bytes of chunks that the owner has taken. */
  readonly taken: SharedArrayBuffer;
}

export type FromWorker =
  | { readonly type: 'ready'; readonly snapshot: Snapshot; readonly priority: number }
  | { readonly type: 'chunk'; readonly data: Uint8Array<ArrayBuffer>; readonly events: number }
  | { readonly type: 'status'; readonly counters: Counters }
  | { readonly type: 'failed'; readonly code: string; readonly text: string }
  | { readonly type: 'stopped'; readonly counters: Counters };

export type ToWorker = { readonly type: 'stop' };

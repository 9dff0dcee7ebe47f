/** What passes between the sensor's thread and its owner. */
import type { Dialect } from './call-table.ts';
import type { Snapshot } from './proc-snapshot.ts';

/** Totals since the start. seen = sent + lost always; drained reaches sent when nothing is waiting in the rings. */
export interface Counters {
  /** Events of the victim that were to be recorded. */
  readonly seen: number;
  readonly sent: number;
  /** The sum of the next three. */
  readonly lost: number;
  /** Found the ring of their lane full. */
  readonly lostFirst: number;
  readonly lostBulk: number;
  /** Bulk events of processes that had their share of a crowded ring. */
  readonly thinned: number;
  /** Calls whose full data was cut by a limit. */
  readonly cut: number;
  /** Bytes of records sent. */
  readonly bytes: number;
  /** Records read from the rings. */
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

/** Whose data is kept whole: that of sessions (see `bpf/data.h`), everybody's, nobody's. */
export type FullData = 'sessions' | 'all' | 'none';

export interface WorkerOptions {
  readonly objectPath: string;
  readonly initPid: number;
  readonly snapLength: number;
  readonly ringBytes: number;
  readonly fullData: FullData;
  readonly skip: readonly string[];
  readonly dialect: Dialect;
  /** Another sensor records until `from` of the message `ready`; this one from then on. */
  readonly takesOver: boolean;
  /** One 64-bit number: bytes of chunks that the owner has taken. */
  readonly taken: SharedArrayBuffer;
}

export type FromWorker =
  | { readonly type: 'ready'; readonly snapshot: Snapshot; readonly priority: number; readonly from: number }
  | { readonly type: 'chunk'; readonly data: Uint8Array<ArrayBuffer>; readonly events: number }
  | { readonly type: 'status'; readonly counters: Counters }
  | { readonly type: 'failed'; readonly code: string; readonly text: string }
  | { readonly type: 'stopped'; readonly counters: Counters };

export type ToWorker =
  /** `until`: what is younger (clock of the records, ns) is somebody else's. */
  | { readonly type: 'stop'; readonly until?: number | undefined }
  /** The memory of a chunk, for another one. */
  | { readonly type: 'spare'; readonly buffer: ArrayBuffer };

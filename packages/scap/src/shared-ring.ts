/**
 * How two threads share the ring of a reader: one inflates into it, the other parses it. `written` and `consumed` count
 * bytes of the stream (modulo 2^32); written − consumed never exceeds the ring, whose size is a power of two.
 */

/** Places in the control array. */
export const control = { written: 0, consumed: 1, stop: 2, ended: 3, inputKiB: 4 } as const;
export const CONTROL_BYTES = 4 * 8;

/** What the inflating thread is given. The descriptor stays open as long as the thread runs. */
export interface InflateWorkerData {
  readonly descriptor: number;
  readonly file: string;
  readonly buffer: SharedArrayBuffer;
  readonly control: SharedArrayBuffer;
  /** Where the ring lies in the buffer. */
  readonly from: number;
  readonly length: number;
}

/** How the inflating thread ended, told before it exits. */
export interface InflateReport {
  readonly error: { readonly code: string; readonly text: string } | undefined;
}

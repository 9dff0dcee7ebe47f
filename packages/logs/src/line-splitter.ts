/**
 * Cuts bytes of a growing file into lines. Keeps at most LINE_LIMIT bytes of a line and counts the rest; a line without
 * its newline stays pending. Knows the file offset of each line's first byte.
 */
export const LINE_LIMIT = 8192;
const NEWLINE = 10;

export interface SplitLine {
  readonly text: string;
  /** Offset of the line's first byte in its file. */
  readonly offset: number;
  /** Bytes of the line that were left out. */
  readonly cut: number;
}

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

export class LineSplitter {
  private readonly kept = new Uint8Array(LINE_LIMIT);
  private length = 0;
  private cut = 0;
  /** Offset of the pending line's first byte: where a later reader has to go on. */
  start: number;
  private at: number;

  constructor(offset = 0) {
    this.start = offset;
    this.at = offset;
  }

  /** Offset after the last byte that was pushed. */
  get end(): number {
    return this.at;
  }

  push(bytes: Uint8Array, onLine: (line: SplitLine) => void): void {
    let from = 0;
    while (from < bytes.length) {
      const newline = bytes.indexOf(NEWLINE, from);
      const to = newline < 0 ? bytes.length : newline;
      this.keep(bytes, from, to);
      this.at += to - from;
      if (newline < 0) return;
      this.at++;
      this.finish(onLine);
      from = newline + 1;
    }
  }

  /** Gives the pending bytes as a line: the file ended for good. */
  flush(onLine: (line: SplitLine) => void): void {
    if (this.at > this.start) this.finish(onLine);
  }

  /** Goes on elsewhere; what is pending is forgotten. */
  seek(offset: number): void {
    this.length = 0;
    this.cut = 0;
    this.start = offset;
    this.at = offset;
  }

  private keep(bytes: Uint8Array, from: number, to: number): void {
    // Holes that a truncation leaves in front of a line read as NUL bytes: they carry nothing.
    let at = from;
    if (this.length === 0) while (at < to && bytes[at] === 0) at++;
    const room = Math.min(to - at, LINE_LIMIT - this.length);
    this.kept.set(bytes.subarray(at, at + room), this.length);
    this.length += room;
    this.cut += to - at - room;
  }

  private finish(onLine: (line: SplitLine) => void): void {
    let length = this.length;
    if (length > 0 && this.kept[length - 1] === 13) length--;
    const line = { text: utf8.decode(this.kept.subarray(0, length)), offset: this.start, cut: this.cut };
    this.seek(this.at);
    if (line.text !== '') onLine(line);
  }
}

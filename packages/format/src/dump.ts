/**
 * Bytes that processes read and wrote, as text. Invariant: whatever the bytes are, the result holds printable ASCII,
 * blanks, line feeds and (in hexadecimal dumps) tabs only, so it is safe on any terminal.
 */
import { TextBuffer } from '@waspglass/kit';

/** `dots`: one line, a dot for what can't be printed; `ascii`: only what can, ends of lines kept; `hex`, `hexascii`: rows of 16. */
export type DumpMode = 'dots' | 'ascii' | 'hex' | 'hexascii' | 'base64';

type Dumper = (bytes: Uint8Array, at: number, count: number, out: TextBuffer) => void;

const ROW = 16;
/** Columns of a row's hexadecimal pairs; the text of an odd row stands two columns earlier, as in sysdig. */
const WIDTH = 39;
const LF = 0x0a;
const CR = 0x0d;
const TAB = 0x09;
const SPACE = 0x20;
const HEX = Buffer.from('0123456789abcdef');
const isPrintable = (byte: number) => byte >= SPACE && byte < 0x7f;

const dumpers: Readonly<Record<DumpMode, Dumper>> = {
  dots: (bytes, at, count, out) => out.dots(viewOf(bytes), at, count),
  ascii: (bytes, at, count, out) => {
    if (count === 0 || bytes[at] !== LF) out.byte(LF);
    printable(bytes, at, count, out);
  },
  hex: (bytes, at, count, out) => rows(bytes, at, count, false, out),
  hexascii: (bytes, at, count, out) => rows(bytes, at, count, true, out),
  base64: (bytes, at, count, out) =>
    out.ascii(Buffer.from(bytes.buffer, bytes.byteOffset + at, count).toString('base64')),
};

/** Writes `count` bytes from `at` in a mode. Modes of several lines begin with a line feed, as in the lines of `sysdig -A`. */
export function writeDump(bytes: Uint8Array, at: number, count: number, mode: DumpMode, out: TextBuffer): void {
  dumpers[mode](bytes, at, count, out);
}

/** The same as a string. */
export function dump(bytes: Uint8Array, mode: DumpMode): string {
  const out = new TextBuffer();
  dumpers[mode](bytes, 0, bytes.length, out);
  return out.since(0);
}

function printable(bytes: Uint8Array, at: number, count: number, out: TextBuffer): void {
  const end = at + count;
  for (let i = at; i < end; i++) {
    const byte = bytes[i] ?? 0;
    if (isPrintable(byte)) out.byte(byte);
    else if (byte === LF || (byte === CR && (i + 1 === end || bytes[i + 1] !== LF))) out.byte(LF);
  }
}

function rows(bytes: Uint8Array, at: number, count: number, withText: boolean, out: TextBuffer): void {
  const view = viewOf(bytes);
  out.byte(LF);
  for (let row = 0; row < count; row += ROW) {
    const length = Math.min(ROW, count - row);
    out.byte(TAB);
    out.ascii(`0x${row.toString(16).padStart(4, '0')}: `);
    const start = out.length;
    hexPairs(bytes, at + row, length, out);
    if (withText) {
      const text = start + (length % 2 === 0 ? WIDTH : WIDTH - 2) + 2;
      while (out.length < text) out.byte(SPACE);
      out.dots(view, at + row, length);
    }
    out.byte(LF);
  }
}

const viewOf = ({ buffer, byteOffset, length }: Uint8Array) => new DataView(buffer, byteOffset, length);

function hexPairs(bytes: Uint8Array, at: number, count: number, out: TextBuffer): void {
  for (let i = 0; i < count; i++) {
    const byte = bytes[at + i] ?? 0;
    if (i > 0 && i % 2 === 0) out.byte(SPACE);
    out.byte(HEX[byte >> 4] ?? 0);
    out.byte(HEX[byte & 15] ?? 0);
  }
}

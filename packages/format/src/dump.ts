/**
 * Bytes that processes read and wrote, as text. Invariant: whatever the bytes are, the result holds printable ASCII,
 * blanks, line feeds and (in hexadecimal dumps) tabs only, so it is safe on any terminal.
 */

/** `dots`: one line, a dot for what can't be printed; `ascii`: only what can, ends of lines kept; `hex`, `hexascii`: rows of 16. */
export type DumpMode = 'dots' | 'ascii' | 'hex' | 'hexascii' | 'base64';

const ROW = 16;
/** Columns of a row's hexadecimal pairs; the text of an odd row stands two columns earlier, as in sysdig. */
const WIDTH = 39;
const LF = 0x0a;
const CR = 0x0d;
const isPrintable = (byte: number) => byte >= 0x20 && byte < 0x7f;

/** Renders a view of bytes in a mode. Modes of several lines begin with a line feed, as in the lines of `sysdig -A`. */
export function dump(bytes: Uint8Array, mode: DumpMode): string {
  switch (mode) {
    case 'dots':
      return dots(bytes);
    case 'ascii':
      return bytes[0] === LF ? printable(bytes) : `\n${printable(bytes)}`;
    case 'hex':
      return `\n${rows(bytes, false)}`;
    case 'hexascii':
      return `\n${rows(bytes, true)}`;
    case 'base64':
      return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
  }
}

function dots(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += isPrintable(byte) ? String.fromCharCode(byte) : '.';
  return text;
}

function printable(bytes: Uint8Array): string {
  let text = '';
  bytes.forEach((byte, i) => {
    if (isPrintable(byte)) text += String.fromCharCode(byte);
    else if (byte === LF || (byte === CR && bytes[i + 1] !== LF)) text += '\n';
  });
  return text;
}

function rows(bytes: Uint8Array, withText: boolean): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += ROW) {
    const row = bytes.subarray(at, at + ROW);
    const hex = hexPairs(row);
    const shown = withText ? `${hex.padEnd(row.length % 2 === 0 ? WIDTH : WIDTH - 2)}  ${dots(row)}` : hex;
    text += `\t0x${at.toString(16).padStart(4, '0')}: ${shown}\n`;
  }
  return text;
}

function hexPairs(row: Uint8Array): string {
  let text = '';
  row.forEach((byte, i) => {
    text += `${i > 0 && i % 2 === 0 ? ' ' : ''}${byte.toString(16).padStart(2, '0')}`;
  });
  return text;
}

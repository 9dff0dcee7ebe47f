/**
 * Bytes that processes read and wrote, as text. Invariant: whatever the bytes are, the result holds printable ASCII,
 * blanks, line feeds and (in hexadecimal dumps) tabs only, so it is safe on any terminal.
 */

/** `dots`: one line, a dot for what can't be printed; `ascii`: only what can, line feeds kept; `hex`, `hexascii`: rows of 16. */
export type DumpMode = 'dots' | 'ascii' | 'hex' | 'hexascii' | 'base64';

const ROW = 16;
const isPrintable = (byte: number) => byte >= 0x20 && byte < 0x7f;

/** Renders a view of bytes in a mode. Modes of several lines begin with a line feed, as in the lines of `sysdig -A`. */
export function dump(bytes: Uint8Array, mode: DumpMode): string {
  switch (mode) {
    case 'dots':
      return dots(bytes);
    case 'ascii':
      return `\n${printable(bytes)}`;
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
  for (const byte of bytes) if (isPrintable(byte) || byte === 0x0a) text += String.fromCharCode(byte);
  return text;
}

function rows(bytes: Uint8Array, withText: boolean): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += ROW) {
    const row = bytes.subarray(at, at + ROW);
    const hex = hexPairs(row);
    text += `\t0x${at.toString(16).padStart(4, '0')}: ${withText ? `${hex.padEnd(39)}  ${dots(row)}` : hex}\n`;
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

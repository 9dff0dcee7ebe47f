/**
 * Terminal bytes as plain lines: escape sequences dropped, carriage returns and backspaces applied, nothing interpreted
 * beyond that. Work is linear in the input; line count and length are limited.
 */

export interface PlainLimits {
  readonly lines: number;
  readonly width: number;
}

const DEFAULT: PlainLimits = { lines: 20_000, width: 4000 };
const ESC = 0x1b;

/** What the terminal printed, without its colours and movements. Tabs and line feeds stay. */
export function plainTerminalText(text: string, limits: PlainLimits = DEFAULT): string {
  const lines: string[] = [];
  let line: string[] = [];
  let column = 0;
  for (let at = 0; at < text.length; ) {
    const code = text.charCodeAt(at);
    if (code === ESC || code === 0x9b) {
      at = skipEscape(text, at);
      continue;
    }
    const character = String.fromCodePoint(text.codePointAt(at) ?? 0);
    at += character.length;
    if (code === 0x0a) {
      lines.push(line.join(''));
      if (lines.length >= limits.lines) return `${lines.join('\n')}\n…`;
      line = [];
      column = 0;
    } else if (code === 0x0d) column = 0;
    else if (code === 0x08) column = Math.max(0, column - 1);
    else if (isShown(code) && column < limits.width) {
      while (line.length < column) line.push(' ');
      line[column++] = character;
    }
  }
  lines.push(line.join(''));
  return lines.join('\n');
}

function isShown(code: number): boolean {
  return code === 0x09 || (code >= 0x20 && code !== 0x7f && !(code >= 0x80 && code < 0xa0));
}

/** Index after the escape sequence that begins at `at`; an unfinished one ends the text. */
function skipEscape(text: string, at: number): number {
  const c1 = text.charCodeAt(at) === 0x9b;
  const kind = c1 ? 0x5b : text.charCodeAt(at + 1);
  const start = c1 ? at + 1 : at + 2;
  if (kind === 0x5b) return skipControl(text, start);
  // OSC, DCS, SOS, PM, APC: strings up to BEL or ST.
  if (kind === 0x5d || kind === 0x50 || kind === 0x58 || kind === 0x5e || kind === 0x5f) return skipString(text, start);
  // Charset and other sequences with intermediate bytes.
  let end = at + 1;
  while (end < text.length && text.charCodeAt(end) >= 0x20 && text.charCodeAt(end) <= 0x2f) end++;
  return Math.min(text.length, end + 1);
}

function skipControl(text: string, from: number): number {
  let at = from;
  while (at < text.length && text.charCodeAt(at) >= 0x20 && text.charCodeAt(at) <= 0x3f) at++;
  const final = text.charCodeAt(at);
  return final >= 0x40 && final <= 0x7e ? at + 1 : at;
}

/** A string that is not finished within this many characters was none: only its introducer is dropped. */
const STRING_LIMIT = 4096;

function skipString(text: string, from: number): number {
  const limit = Math.min(text.length, from + STRING_LIMIT);
  for (let at = from; at < limit; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x07 || code === 0x9c) return at + 1;
    if (code === ESC) return text.charCodeAt(at + 1) === 0x5c ? at + 2 : at;
    if (code === 0x0a) return at;
  }
  return from;
}

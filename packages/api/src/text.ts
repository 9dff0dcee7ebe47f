/**
 * Making attackers' text harmless and readable: control characters, bidirectional overrides and invisible characters are
 * cut out as segments of their own, so that a page can show them as what they are.
 */

/** C0, DEL, C1, soft hyphen, Arabic letter mark, zero-width, line separators, bidirectional, invisible operators, BOM, tags. */
const ODD =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this finds
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/gu;

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\u001b': '\\e' };

export interface Segment {
  readonly text: string;
  /** True: `text` is the name of a character that must not act. */
  readonly odd: boolean;
}

/** Splits a text into what can be shown and names of what cannot; at most `max` characters are looked at. */
export function visibleSegments(text: string, max = 20_000): readonly Segment[] {
  const cut = text.length > max ? text.slice(0, max) : text;
  const segments: Segment[] = [];
  let from = 0;
  for (const match of cut.matchAll(ODD)) {
    if (match.index > from) segments.push({ text: cut.slice(from, match.index), odd: false });
    segments.push({ text: nameOf(match[0]), odd: true });
    from = match.index + match[0].length;
  }
  if (from < cut.length) segments.push({ text: cut.slice(from), odd: false });
  if (cut !== text) segments.push({ text: `… ${text.length - max} more`, odd: true });
  return segments;
}

/** The same as one string, for titles and attributes. */
export function visibleText(text: string, max?: number): string {
  return visibleSegments(text, max)
    .map((segment) => segment.text)
    .join('');
}

function nameOf(character: string): string {
  const short = SHORT[character];
  if (short !== undefined) return short;
  const code = character.codePointAt(0) ?? 0;
  if (code < 256) return `\\x${code.toString(16).padStart(2, '0')}`;
  return code < 65_536 ? `\\u${code.toString(16).padStart(4, '0')}` : `\\u{${code.toString(16)}}`;
}

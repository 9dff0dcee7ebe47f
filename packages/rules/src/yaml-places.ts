/** Offsets of a text → lines and columns, and places of the characters of a scalar. */
import type { Place } from '@waspglass/kit';
import type { Locate } from '@waspglass/lang';

export type ScalarStyle = 'plain' | 'single' | 'double' | 'block';

/** Places in a file by offset. */
export function placesIn(text: string, file: string): (offset: number) => Place {
  const starts = [0];
  for (let i = text.indexOf('\n'); i >= 0; i = text.indexOf('\n', i + 1)) starts.push(i + 1);
  return (offset) => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { file, line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
  };
}

/**
 * Place of a character of a scalar's text. Folding changes white space only: the n-th visible character of the text is the
 * n-th visible one of the source. In double quotes with escapes the place is that of the scalar.
 */
export function textLocator(
  text: string,
  whole: string,
  range: { readonly start: number; readonly end: number; readonly style: ScalarStyle },
  place: (offset: number) => Place,
): Locate {
  let made: Locate | undefined;
  return (offset) => {
    made ??= makeLocator(text, whole, range, place);
    return made(offset);
  };
}

function makeLocator(
  text: string,
  whole: string,
  { start, end, style }: Parameters<typeof textLocator>[2],
  place: (offset: number) => Place,
): Locate {
  const from = style === 'block' ? whole.indexOf('\n', start) + 1 : style === 'plain' ? start : start + 1;
  const source = whole.slice(from, end);
  if (style === 'double' && source.includes('\\')) return () => place(start);
  let textAt = 0;
  let sourceAt = 0;
  return (offset) => {
    if (offset < textAt) textAt = sourceAt = 0;
    for (; textAt < offset; textAt++)
      if (textAt >= text.length || !isBlank(text.charCodeAt(textAt))) sourceAt = skipBlank(source, sourceAt) + 1;
    return place(from + skipBlank(source, sourceAt));
  };
}

function skipBlank(text: string, at: number): number {
  let i = at;
  while (i < text.length && isBlank(text.charCodeAt(i))) i++;
  return i;
}

function isBlank(code: number): boolean {
  return code < 128 ? code === 32 || (code >= 9 && code <= 13) : /\s/.test(String.fromCharCode(code));
}

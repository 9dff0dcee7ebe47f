/** Turns what a person typed into a full-text expression: words only, nothing of the expression language gets through. */

const WORDS = 16;
const WORD_LENGTH = 64;

/** Every word quoted, the last one as a beginning; '' when there is no word. */
export function toMatch(text: string): string {
  const words = text
    .slice(0, 512)
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '')
    .slice(0, WORDS)
    .map((word) => `"${word.slice(0, WORD_LENGTH)}"`);
  return words.length === 0 ? '' : `${words.join(' ')}*`;
}

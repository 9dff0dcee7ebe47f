/** Texts as strings of what is written to buffers: filters, JSON and alerts ask for few of them. */
import { TextBuffer } from '@waspglass/kit';

/** Takes texts as they are: escaping is for outputs. */
const scratch = new TextBuffer(1 << 12, (text) => text);

/** What a writer writes, unescaped; null when it says that there is nothing. */
export function writtenOrNull<A, B>(write: (a: A, b: B, out: TextBuffer) => boolean, a: A, b: B): string | null {
  const start = scratch.length;
  const text = write(a, b, scratch) ? scratch.since(start) : null;
  scratch.length = start;
  return text;
}

/** What a writer that always writes something writes, unescaped. */
export function written<A, B>(write: (a: A, b: B, out: TextBuffer) => void, a: A, b: B): string {
  const start = scratch.length;
  write(a, b, scratch);
  const text = scratch.since(start);
  scratch.length = start;
  return text;
}

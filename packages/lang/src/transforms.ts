/** What the transformers do with texts. No value stays no value (null). */
import { fail } from './errors.ts';
import type { TransformerName } from './operators.ts';

export type TextMap = (text: string) => string | null;

const maps: Partial<Record<TransformerName, TextMap>> = {
  tolower: (t) => t.toLowerCase(),
  toupper: (t) => t.toUpperCase(),
  basename: (t) => t.slice(t.lastIndexOf('/') + 1),
  b64: decodeBase64,
};

/** Map of a transformer with one text argument; undefined for the others. */
export function textMap(name: string): TextMap | undefined {
  return Object.hasOwn(maps, name) ? maps[name as TransformerName] : undefined;
}

function decodeBase64(text: string): string | null {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 === 1) return null;
  const bytes = Uint8Array.from(atob(text.replace(/=+$/, '')), (c) => c.charCodeAt(0));
  return new TextDecoder().decode(bytes);
}

/** `getopt(proc.cmdline, "o")`: the word behind `-o` or the rest of `-oWORD`, `--name=WORD` or `--name WORD`. */
export function optionMap(option: string): TextMap {
  if (!/^[A-Za-z0-9][A-Za-z0-9_-]*$/.test(option)) {
    throw fail('WG_FILTER_TRANSFORM', { name: 'getopt', expected: 'takes the name of an option without dashes' });
  }
  const flag = option.length === 1 ? `-${option}` : `--${option}`;
  return (text) => {
    const words = text.split(/\s+/);
    for (const [i, word] of words.entries()) {
      if (word === '--') return null;
      if (word === flag) return words[i + 1]?.startsWith('-') === false ? (words[i + 1] ?? '') : '';
      if (option.length > 1 && word.startsWith(`${flag}=`)) return word.slice(flag.length + 1);
      if (option.length === 1 && word.startsWith(flag)) return word.slice(flag.length);
    }
    return null;
  };
}

/** What may stand around a field in a template: `%toupper(proc.name)`. Each works on the field's text. */

export const transformers = {
  tolower: (text: string) => text.toLowerCase(),
  toupper: (text: string) => text.toUpperCase(),
  b64: (text: string) => Buffer.from(text, 'base64').toString('utf8'),
  basename: (text: string) => text.slice(text.lastIndexOf('/') + 1),
  len: (text: string) => String(text.length),
} as const satisfies Readonly<Record<string, (text: string) => string>>;

export type TransformerName = keyof typeof transformers;

/** The operators and transformers of the language: one row each; parser, checker and compiler read these tables. */

/** What stands behind an operator: nothing, a text, a number, or a list of values. */
export type RightForm = 'none' | 'text' | 'number' | 'list';

export interface Operator {
  readonly right: RightForm;
  /** Kinds of values on the left that it goes with. */
  readonly on: readonly ('text' | 'number' | 'bool' | 'address')[];
}

const everything = ['text', 'number', 'bool', 'address'] as const;
const text = { right: 'text', on: ['text'] } as const;
const order = { right: 'number', on: ['number'] } as const;

export const operators = {
  exists: { right: 'none', on: everything },
  '==': { right: 'text', on: everything },
  '=': { right: 'text', on: everything },
  '!=': { right: 'text', on: everything },
  '<=': order,
  '<': order,
  '>=': order,
  '>': order,
  contains: text,
  icontains: text,
  bcontains: text,
  startswith: text,
  istartswith: text,
  bstartswith: text,
  endswith: text,
  iendswith: text,
  glob: text,
  iglob: text,
  regex: text,
  in: { right: 'list', on: everything },
  intersects: { right: 'list', on: everything },
  pmatch: { right: 'list', on: ['text'] },
} as const satisfies Record<string, Operator>;

export type OperatorName = keyof typeof operators;

/** Signs, longest first. */
export const signs = ['==', '!=', '<=', '>=', '=', '<', '>'] as const;

export const modifiers = ['oneof', 'anyof', 'allof'] as const;

export interface Transformer {
  readonly doc: string;
  /** How its arguments are written: one value; a separator and a tuple; several values; a value and an option's name. */
  readonly form: 'one' | 'join' | 'many' | 'option';
}

export const transformers = {
  tolower: { doc: 'The text in lower case.', form: 'one' },
  toupper: { doc: 'The text in upper case.', form: 'one' },
  b64: { doc: 'What the text says in Base64; no value when it is not Base64.', form: 'one' },
  basename: { doc: 'The part behind the last slash.', form: 'one' },
  len: { doc: 'Number of bytes of a text, or of values of a field with several.', form: 'one' },
  join: { doc: 'The values with the separator between them; no value when one is missing.', form: 'join' },
  concat: { doc: 'The values one behind the other; no value when one is missing.', form: 'many' },
  getopt: {
    doc: 'What follows an option in a command line (empty for a bare flag); no value without it.',
    form: 'option',
  },
} as const satisfies Record<string, Transformer>;

export type TransformerName = keyof typeof transformers;

export function isTransformer(name: string): name is TransformerName {
  return Object.hasOwn(transformers, name);
}

export function isOperator(name: string): name is OperatorName {
  return Object.hasOwn(operators, name);
}

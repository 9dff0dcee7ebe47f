/**
 * The syntax tree of a filter. Nodes are immutable and carry the place of their first character, so that an error found
 * after macros were put in still names the file, line and column where its text stands.
 */
import type { Place } from '@waspglass/kit';
import type { OperatorName } from './operators.ts';

export type Modifier = 'oneof' | 'anyof' | 'allof';

export interface FieldOperand {
  readonly kind: 'field';
  readonly at: Place;
  readonly name: string;
  /** Text between the brackets. */
  readonly arg?: string;
}

export interface TransformOperand {
  readonly kind: 'transform';
  readonly at: Place;
  readonly name: string;
  readonly args: readonly Operand[];
}

export interface TextOperand {
  readonly kind: 'text';
  readonly at: Place;
  readonly text: string;
  /** Bare words in value lists may name lists, quoted ones never do. */
  readonly quoted: boolean;
}

/** `(a, b)` as an argument of a transformer. */
export interface TupleOperand {
  readonly kind: 'tuple';
  readonly at: Place;
  readonly items: readonly Operand[];
}

export type Operand = FieldOperand | TransformOperand | TextOperand | TupleOperand;

/** `(a, b, 'c')` behind `in` and the like. */
export interface ValueList {
  readonly kind: 'values';
  readonly at: Place;
  readonly items: readonly TextOperand[];
}

/** A list's name without parentheses. */
export interface ListName {
  readonly kind: 'list';
  readonly at: Place;
  readonly name: string;
}

export type Right = FieldOperand | TransformOperand | TextOperand | ValueList | ListName;

export interface Comparison {
  readonly kind: 'compare';
  readonly at: Place;
  readonly left: FieldOperand | TransformOperand;
  readonly op: OperatorName;
  readonly modifier?: Modifier;
  /** Missing for `exists`. */
  readonly right?: Right;
}

export interface Junction {
  readonly kind: 'and' | 'or';
  readonly at: Place;
  readonly children: readonly Ast[];
}

export interface Negation {
  readonly kind: 'not';
  readonly at: Place;
  readonly child: Ast;
}

export interface MacroName {
  readonly kind: 'macro';
  readonly at: Place;
  readonly name: string;
}

export type Ast = Junction | Negation | MacroName | Comparison;

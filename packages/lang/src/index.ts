export type {
  Ast,
  Comparison,
  FieldOperand,
  Junction,
  ListName,
  MacroName,
  Modifier,
  Negation,
  Operand,
  Right,
  TextOperand,
  TransformOperand,
  TupleOperand,
  ValueList,
} from './ast.ts';
export { check, type UnknownField, unknownFields, visitFields } from './checker.ts';
export type { Test } from './comparison.ts';
export { Compiler, type CompilerOptions, compileFilter, type Filter, type FilterGroup } from './compiler.ts';
export { langErrors } from './errors.ts';
export { type Definitions, Expander } from './expand.ts';
export type {
  Field,
  FieldArgument,
  FieldKind,
  FieldTable,
  FieldType,
  FieldValues,
  Symbols,
  TextDomain,
} from './field.ts';
export type { GroupTest, Hit } from './generate.ts';
export { inNetwork, type Network, parseAddress, parseNetwork } from './network.ts';
export { type OperatorName, operators, type TransformerName, transformers } from './operators.ts';
export { limits, type ParseOptions, parse } from './parser.ts';
export { print, quote } from './printer.ts';
export { compileRegex } from './regex.ts';
export { type Locate, lineLocator } from './scanner.ts';
export { compileGlob } from './text-tests.ts';
export { optionMap, textMap } from './transforms.ts';

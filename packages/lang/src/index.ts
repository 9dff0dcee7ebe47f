export type { Field, FieldArgument, FieldKind, FieldTable, FieldType, FieldValues, Symbols } from './field.ts';

/** Errors of chisels: what the user asked of one that it cannot do. */
import { errorFactory } from '@waspglass/kit';

export const errors = {
  WG_CHISEL_UNKNOWN: 'no chisel "{name}"{hint}; waspglass chisels lists them',
  WG_CHISEL_TOO_MANY_ARGUMENTS: 'chisel "{name}" takes at most {limit} arguments, found {found}',
  WG_CHISEL_ARGUMENT_MISSING: 'chisel "{name}" needs the argument {argument}: {doc}',
  WG_CHISEL_ARGUMENT: 'chisel "{name}": argument {argument} must be {expected}, found "{found}"',
} as const;

export const fail = errorFactory(errors);

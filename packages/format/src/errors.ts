/** Errors of output templates. */
import { errorFactory } from '@waspglass/kit';

export const errors = {
  WG_FORMAT_UNKNOWN_FIELD: 'no field "{name}"{hint}',
  WG_FORMAT_NO_FIELD_NAME: 'found "%" without a field name; write "%%" for a percent sign',
  WG_FORMAT_ARGUMENT_MISSING: 'field "{name}" needs an argument, as in "%{name}[…]"',
  WG_FORMAT_ARGUMENT_OPEN: 'expected "]" after the argument of "{name}"',
  WG_FORMAT_UNKNOWN_TRANSFORMER: 'no transformer "{name}"{hint}',
  WG_FORMAT_TRANSFORMER_OPEN: 'expected a field and ")" after "{name}("',
  WG_FORMAT_WIDTH: 'width {width} is more than {limit}',
} as const;

export const fail = errorFactory(errors);

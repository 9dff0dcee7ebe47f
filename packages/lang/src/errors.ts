/** Codes of the filter language. Places are line and column of the filter's text, shifted to the file it came from. */
import { errorFactory } from '@waspglass/kit';

export const langErrors = {
  WG_FILTER_SYNTAX: 'found {found}, expected {expected}',
  WG_FILTER_LIMIT: '{what} is beyond the limit of {limit}',
  WG_FILTER_UNKNOWN_FIELD: 'no field "{name}"{hint}',
  WG_FILTER_UNKNOWN_MACRO: 'no macro "{name}"{hint}',
  WG_FILTER_UNKNOWN_LIST: 'no list "{name}"{hint}',
  WG_FILTER_MACRO_LOOP: 'macro "{name}" uses itself: {path}',
  WG_FILTER_ARGUMENT: 'field "{name}" {expected}',
  WG_FILTER_OPERATOR: 'operator "{op}" does not go with {left}, which is {type}; expected {expected}',
  WG_FILTER_VALUE: 'found "{found}", expected {expected} to compare with {left}',
  WG_FILTER_TEXT: '{left} is never "{found}"{hint}',
  WG_FILTER_TRANSFORM: '{name}() {expected}',
  WG_FILTER_REGEX: 'regular expression "{regex}": {reason}',
} as const;

export const fail = errorFactory(langErrors);

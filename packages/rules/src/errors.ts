/** Codes of rule files. Places are file, line and column of the rule file. */
import { errorFactory } from '@waspglass/kit';

export const rulesErrors = {
  WG_RULES_FILE: 'cannot read the rule file: {reason}',
  WG_RULES_LIMIT: '{what} is beyond the limit of {limit}',
  WG_RULES_YAML: 'not YAML: {reason}',
  WG_RULES_ITEM: 'found {found}, expected {expected}',
  WG_RULES_KEY: '{item} has no {key}, expected {expected}',
  WG_RULES_UNEXPECTED_KEY: '{item} has the key "{key}", which {reason}',
  WG_RULES_NO_PREVIOUS: 'nothing to {action}: no {kind} "{name}" before this{hint}',
  WG_RULES_SOURCE: 'rule "{name}" has source "{found}", expected "{expected}" as where it was defined',
  WG_RULES_EXCEPTION: 'exception "{name}" of rule "{rule}": {reason}',
  WG_RULES_APPEND: '{item} appends nothing, expected a condition or exceptions',
  WG_RULES_EVENT_TYPE: 'no event type "{name}"{hint}',
  WG_RULES_NUL: 'a text with a NUL is compared with {field}, which never holds one (rule "{rule}")',
  WG_RULES_ENGINE_VERSION: 'found engine version "{found}", expected {expected}',
  WG_RULES_INVALID: '{count} errors in the rules:{list}',
} as const;

export const fail = errorFactory(rulesErrors);

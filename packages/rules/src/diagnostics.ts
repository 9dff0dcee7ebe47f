/**
 * What is said about rule files, sorted into the classes that Falco uses: code → description. Errors carry our own code
 * too; the class says at which stage of loading it happened.
 */
import type { Place, WaspglassError } from '@waspglass/kit';

export const loadClasses = {
  LOAD_ERR_FILE_READ: 'a rule file cannot be read',
  LOAD_ERR_YAML_PARSE: 'a file is not YAML',
  LOAD_ERR_YAML_VALIDATE: 'the YAML has not the shape of rules',
  LOAD_ERR_COMPILE_CONDITION: 'a condition does not compile',
  LOAD_ERR_COMPILE_OUTPUT: 'an output does not compile',
  LOAD_ERR_VALIDATE: 'an item does not fit the others',
  LOAD_UNKNOWN_SOURCE: 'a rule is of a source that is not judged here',
  LOAD_NO_EVTTYPE: 'a condition is about nearly every event type',
  LOAD_UNKNOWN_FILTER: 'a rule uses what is unknown here and is left out, as it asks',
  LOAD_UNUSED_MACRO: 'no rule uses a macro',
  LOAD_UNUSED_LIST: 'no rule uses a list',
  LOAD_UNKNOWN_ITEM: 'an item or key is unknown',
  LOAD_DEPRECATED_ITEM: 'an item or field is on its way out',
  LOAD_WARNING_EXTENSION: 'a file asks for something that is not there',
  LOAD_APPEND_NO_VALUES: 'nothing is appended to an exception',
  LOAD_EXCEPTION_NAME_NOT_UNIQUE: 'two exceptions of a rule have one name',
  LOAD_INVALID_MACRO_NAME: 'a macro has a name that no condition can use',
  LOAD_INVALID_LIST_NAME: 'a list has a name that no condition can use',
  LOAD_COMPILE_CONDITION: 'a condition may not mean what it says',
} as const satisfies Record<`LOAD_${string}`, string>;

export type LoadClass = keyof typeof loadClasses;

/** The item that something is said about. */
export interface ItemName {
  /** `rule`, `macro`, `list`, `exception`, `rules content` … */
  readonly type: string;
  readonly name: string;
}

/** Something worth saying that keeps nothing from working. */
export interface Notice {
  readonly text: string;
  readonly at: Place;
  readonly class: LoadClass;
  readonly item: ItemName;
}

/** An error with the item that it is about. */
export interface Failure {
  readonly error: WaspglassError;
  readonly item: ItemName;
  /** Where the class is not that of the error's code. */
  readonly class?: LoadClass;
}

const classByCode: Readonly<Record<string, LoadClass>> = {
  WG_RULES_FILE: 'LOAD_ERR_FILE_READ',
  WG_RULES_YAML: 'LOAD_ERR_YAML_PARSE',
  WG_RULES_NO_PREVIOUS: 'LOAD_ERR_VALIDATE',
  WG_RULES_SOURCE: 'LOAD_ERR_VALIDATE',
  WG_RULES_EXCEPTION: 'LOAD_ERR_VALIDATE',
  WG_RULES_APPEND: 'LOAD_ERR_VALIDATE',
  WG_RULES_ENGINE_VERSION: 'LOAD_ERR_VALIDATE',
  WG_RULES_EVENT_TYPE: 'LOAD_ERR_COMPILE_CONDITION',
  WG_RULES_NUL: 'LOAD_ERR_COMPILE_CONDITION',
  WG_FILTER_UNKNOWN_MACRO: 'LOAD_ERR_VALIDATE',
  WG_FILTER_UNKNOWN_LIST: 'LOAD_ERR_VALIDATE',
  WG_FILTER_MACRO_LOOP: 'LOAD_ERR_VALIDATE',
};

export function classOf(failure: Failure): LoadClass {
  const { code } = failure.error;
  if (failure.class !== undefined) return failure.class;
  if (Object.hasOwn(classByCode, code)) return classByCode[code] ?? 'LOAD_ERR_VALIDATE';
  if (code.startsWith('WG_FORMAT_')) return 'LOAD_ERR_COMPILE_OUTPUT';
  return code.startsWith('WG_FILTER_') ? 'LOAD_ERR_COMPILE_CONDITION' : 'LOAD_ERR_YAML_VALIDATE';
}

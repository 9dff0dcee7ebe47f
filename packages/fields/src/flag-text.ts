/** Names of flags and enumerations in one text, remembered per table and value. */
import { enumNames, flagNames, flagTable } from '@waspglass/schema';

/** Texts kept per table: values come from attackers and may all differ. */
const KEPT = 1024;

/**
 * How a table's values read. `names`: `O_RDONLY|O_CLOEXEC`; `exact`: all names of exactly this value; `first`: its first
 * name, else names of its bits, as sysdig 0.29.3 prints enumerations.
 */
export type FlagForm = 'names' | 'exact' | 'first';

/** Texts of the values of the table that a parameter's `info` names; '' when it isn't known or nothing is named. */
export function flagTexts(info: string | undefined, form: FlagForm): (value: number) => string {
  const table = flagTable(info);
  if (table === undefined) return () => '';
  const texts = new Map<number, string>();
  return (value) => {
    const known = texts.get(value);
    if (known !== undefined) return known;
    const exact = form === 'names' ? [] : enumNames(table, value);
    const [first] = exact;
    const text =
      form === 'exact'
        ? exact.join('|')
        : form === 'first' && first !== undefined
          ? first
          : flagNames(table, value).join('|');
    if (texts.size >= KEPT) texts.clear();
    texts.set(value, text);
    return text;
  };
}

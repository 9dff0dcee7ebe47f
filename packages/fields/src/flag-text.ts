/** Names of flags and enumerations in one text, remembered per table and value. */
import { Literal } from '@waspglass/kit';
import { enumNames, flagNames, flagTable } from '@waspglass/schema';

/** Texts kept per table: values come from attackers and may all differ. */
const KEPT = 1024;
const NOTHING = new Literal('');

/**
 * How a table's values read. `names`: `O_RDONLY|O_CLOEXEC`; `exact`: all names of exactly this value; `first`: its first
 * name, else names of its bits, as sysdig 0.29.3 prints enumerations.
 */
export type FlagForm = 'names' | 'exact' | 'first';

/** Texts of the values of the table that a parameter's `info` names; empty when it isn't known or nothing is named. */
export function flagTexts(info: string | undefined, form: FlagForm): (value: number) => Literal {
  const table = flagTable(info);
  if (table === undefined) return () => NOTHING;
  const texts = new Map<number, Literal>();
  const make = (value: number): string[] => {
    const exact = form === 'names' ? [] : enumNames(table, value);
    if (form === 'exact') return exact;
    return exact.length > 0 ? exact.slice(0, 1) : flagNames(table, value);
  };
  let last = -1;
  let text = NOTHING;
  return (value) => {
    if (value === last) return text;
    last = value;
    text = texts.get(value) ?? new Literal(make(value).join('|'));
    if (texts.size >= KEPT) texts.clear();
    texts.set(value, text);
    return text;
  };
}

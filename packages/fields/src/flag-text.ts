/** Names of flags and enumerations in one text, remembered per table and value. */
import { enumNames, flagNames, flagTable } from '@waspglass/schema';

/** Texts kept per table: values come from attackers and may all differ. */
const KEPT = 1024;
const memo = new Map<string, Map<number, string>>();

/** First name of exactly this value, else names of its bits, as sysdig 0.29.3 prints enumerations. */
export function enumText(info: string, value: number): string {
  const table = flagTable(info);
  return table === undefined ? '' : (enumNames(table, value)[0] ?? flagNames(table, value).join('|'));
}

/** `O_RDONLY|O_CLOEXEC`; '' when the table is not known or nothing is named. */
export function flagText(info: string, value: number, exact: boolean): string {
  const table = flagTable(info);
  if (table === undefined) return '';
  let texts = memo.get(info);
  if (texts === undefined) {
    texts = new Map();
    memo.set(info, texts);
  }
  const known = texts.get(value);
  if (known !== undefined) return known;
  const text = (exact ? enumNames(table, value) : flagNames(table, value)).join('|');
  if (texts.size >= KEPT) texts.clear();
  texts.set(value, text);
  return text;
}

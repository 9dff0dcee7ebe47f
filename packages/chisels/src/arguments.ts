/** Arguments of chisels as values; what is wrong with one says which and what was expected. */
import { fail } from './errors.ts';

/** A number that isn't negative; `missing` without the argument. */
export function numberArgument(name: string, argument: string, found: string | undefined, missing: number): number {
  if (found === undefined) return missing;
  if (/^\d{1,12}(\.\d{1,9})?$/.test(found)) return Number(found);
  throw fail('WG_CHISEL_ARGUMENT', { name, argument, expected: 'a number', found });
}

/** One of a few words. */
export function choiceArgument<T extends string>(
  name: string,
  argument: string,
  found: string | undefined,
  choices: readonly [T, ...T[]],
): T {
  const chosen = choices.find((choice) => choice === (found ?? choices[0]));
  if (chosen !== undefined) return chosen;
  throw fail('WG_CHISEL_ARGUMENT', { name, argument, expected: `one of ${choices.join(', ')}`, found });
}

/** The name of a field with its argument; it goes into filters and templates. */
export function fieldArgument(name: string, argument: string, found: string): string {
  if (/^[a-z][\w.]*(\[[\w.]+\])?$/.test(found)) return found;
  throw fail('WG_CHISEL_ARGUMENT', { name, argument, expected: 'the name of a field', found });
}

/** An address of either family. */
export function addressArgument(name: string, argument: string, found: string): string {
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(found) || /^(?=.*:)[0-9a-fA-F:.]{2,45}$/.test(found)) return found;
  throw fail('WG_CHISEL_ARGUMENT', { name, argument, expected: 'an IP address', found });
}

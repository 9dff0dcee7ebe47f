/**
 * Flags and enumerations by name and by value. A parameter's `info` names its table; `describe` tells whether a table is
 * known. Printing follows the tools: names in table order, a bit that was named is not named again.
 */
import { capabilityRow, errnoRow, flagRows, kernelRows, signalRow } from './flag-tables.ts';

export interface FlagTable {
  readonly name: string;
  /** In printing order. */
  readonly entries: readonly (readonly [name: string, value: number])[];
  readonly values: ReadonlyMap<string, number>;
}

function unpack(name: string, row: string): FlagTable {
  const entries = row.split(' ').map((word): readonly [string, number] => {
    const at = word.indexOf('=');
    return [word.slice(0, at), Number(word.slice(at + 1))];
  });
  return { name, entries, values: new Map(entries) };
}

function unpackAll<K extends string>(rows: Readonly<Record<K, string>>): Readonly<Record<K, FlagTable>> {
  const all = {} as Record<K, FlagTable>;
  for (const name in rows) all[name] = unpack(name, rows[name]);
  return all;
}

/** Tables of values as captures carry them; keys are the `info` of parameters. */
export const flagTables = unpackAll(flagRows);
/** Tables of the kernel's own values: what a system call's registers hold. */
export const kernelFlags = unpackAll(kernelRows);

export type FlagTableName = keyof typeof flagTables;

/** The table that a parameter's `info` names; undefined: print the number. */
export function flagTable(info: string | undefined): FlagTable | undefined {
  return info !== undefined && info in flagTables ? flagTables[info as FlagTableName] : undefined;
}

/** Names of the bits of a value, in printing order; an entry of value 0 is named for 0 only. */
export function flagNames(table: FlagTable, value: number): string[] {
  const whole = value >>> 0;
  const names: string[] = [];
  let left = whole;
  for (const [name, signed] of table.entries) {
    const bits = signed >>> 0;
    if (bits === whole) {
      names.push(name);
      break;
    }
    if (bits === 0 || left === 0 || (left & bits) >>> 0 !== bits) continue;
    names.push(name);
    left = (left & ~bits) >>> 0;
  }
  return names;
}

/** Names of exactly this value, in table order: more than one when values have aliases. */
export function enumNames(table: FlagTable, value: number): string[] {
  return table.entries.filter(([, v]) => v === value).map(([name]) => name);
}

/** Value of a name in a table, or undefined. */
export function flagValue(table: FlagTable, name: string): number | undefined {
  return table.values.get(name);
}

const errnos = unpack('errno', errnoRow);
const signals = unpack('signal', signalRow);
const capabilities = unpack('capability', capabilityRow);
const byValue = (table: FlagTable) => new Map(table.entries.map(([name, value]) => [value, name]));
const errnoNames = byValue(errnos);
const signalNames = byValue(signals);
const capabilityNames = byValue(capabilities);

/** `ENOENT` of 2 or -2. */
export function errnoName(n: number): string | undefined {
  return errnoNames.get(Math.abs(n));
}
export function errnoNumber(name: string): number | undefined {
  return errnos.values.get(name);
}
/** `SIGKILL` of 9. */
export function signalName(n: number): string | undefined {
  return signalNames.get(n);
}
export function signalNumber(name: string): number | undefined {
  return signals.values.get(name);
}
/** `CAP_SYS_ADMIN` of 21 (a bit position). */
export function capabilityName(bit: number): string | undefined {
  return capabilityNames.get(bit);
}
/** Names of the bits of a capability set, ascending. */
export function capabilitySet(set: bigint): string[] {
  return capabilities.entries.filter(([, bit]) => (set >> BigInt(bit)) & 1n).map(([name]) => name);
}

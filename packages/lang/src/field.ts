/**
 * What the language knows of a field: a row of somebody's table. The language compiles comparisons over these rows and
 * knows no field by name. `C` is the context that extractors read (an event with its state, a log-in record …).
 *
 * A row says in which form its value arrives, so that a comparison is chosen once, at compile time. Text arrives as a
 * symbol wherever it can: a predicate over symbols is computed once per distinct text and remembered.
 */
import type { TextBuffer } from '@waspglass/kit';
import type { EventType } from '@waspglass/schema';

/** The types of Falco's catalogue, spelled as there. */
export type FieldType =
  | 'CHARBUF'
  | 'FSPATH'
  | 'FSRELPATH'
  | 'BYTEBUF'
  | 'INT8'
  | 'INT16'
  | 'INT32'
  | 'INT64'
  | 'UINT8'
  | 'UINT16'
  | 'UINT32'
  | 'UINT64'
  | 'BOOL'
  | 'RELTIME'
  | 'ABSTIME'
  | 'ERRNO'
  | 'FD'
  | 'PID'
  | 'PORT'
  | 'IPADDR'
  | 'IPV4ADDR'
  | 'IPV6ADDR'
  | 'IPNET'
  | 'IPV4NET'
  | 'IPV6NET'
  | 'DOUBLE'
  | 'DYN';

/**
 * Form of the value that `get` returns:
 *
 * | kind | value | no value |
 * |---|---|---|
 * | `sym` | symbol id of a text | 0 |
 * | `str` | string that is not worth interning | null |
 * | `num` | number, exact to 2^53 | NaN |
 * | `big` | bigint | null |
 * | `bool` | 1 or 0 | -1 |
 * | `addr` | symbol id of 4 or 16 address bytes | 0 |
 * | `syms`, `addrs`, `nums` | several of these, pushed to `out` | none pushed |
 *
 * A comparison with a field that has no value is false.
 */
export interface FieldValues {
  sym: number;
  str: string | null;
  num: number;
  big: bigint | null;
  bool: number;
  addr: number;
  syms: undefined;
  addrs: undefined;
  nums: undefined;
}
export type FieldKind = keyof FieldValues;

/** Argument of a field: `proc.aname[2]`, `evt.arg.flags` (the part behind the row's name). Numbers arrive as numbers. */
export type FieldArgument = string | number | undefined;

/** The texts that a value can be; those that one can guess from are told one by one. */
export interface TextDomain extends Iterable<string> {
  has(text: string): boolean;
}

interface FieldRow<C, K extends FieldKind> {
  readonly type: FieldType;
  readonly kind: K;
  readonly doc: string;
  readonly arg?: 'none' | 'optional' | 'required';
  /** Event types for which the field can have a value; missing: all. Others fold to "no value" at compile time. */
  readonly when?: (type: EventType) => boolean;
  /** Value that the event type alone decides (`evt.type`, `evt.dir`): folded at compile time. */
  readonly byType?: (type: EventType) => string | number | undefined;
  /** Every text that the value can be: a comparison with another is a mistake. */
  readonly texts?: () => TextDomain;
  /** Every text that it can be in events of a type, where these are few: what none of them passes folds. */
  readonly textsOf?: (type: EventType) => Iterable<string> | undefined;
  /** The value is a distance: `=` asks whether it is at most the given one. */
  readonly within?: true;
  /** Prints the value where its plain form is not what the tools print (octal modes, 0x…). */
  readonly print?: (value: FieldValues[K]) => string;
  /** The value that filters compare where it isn't the one that is printed. */
  readonly compared?: (c: C, arg: FieldArgument, out: number[]) => FieldValues[K];
  readonly get: (c: C, arg: FieldArgument, out: number[]) => FieldValues[K];
  /** Writes the value's text, for fields that lines print often; false: no value, nothing written. */
  readonly write?: (c: C, arg: FieldArgument, out: TextBuffer) => boolean;
}

export type Field<C> = { [K in FieldKind]: FieldRow<C, K> }[FieldKind];
export type FieldTable<C> = Readonly<Record<string, Field<C>>>;

/** What the compiled comparisons need of the symbol table. */
export interface Symbols {
  readonly size: number;
  text(id: number): string;
  bytes(id: number): Uint8Array;
  of(text: string): number;
  write(id: number, out: TextBuffer): void;
}

/** What a state can be told and what it tells of itself. */

/** Limits of the tables. */
export interface StateOptions {
  readonly maxThreads?: number;
  readonly maxDescriptorsPerProcess?: number;
  readonly maxDescriptors?: number;
  /** Enter events are shown, too: find their descriptors. */
  readonly enterEvents?: boolean;
}

export interface StateStats {
  readonly threads: number;
  /** Not kept because a table was full. */
  readonly refusedThreads: number;
  readonly refusedDescriptors: number;
  readonly refusedEnterEvents: number;
  /** Events of types that the table doesn't know. */
  readonly unknownTypes: number;
  /** Old exit events whose enter event is missing. */
  readonly lostEnters: number;
  readonly symbols: number;
}

/**
 * What a chisel is: a named view over an event stream. It says what it wants to hear and which fields it reads; the host
 * (a file being read, a live capture) calls it back and may add the user's own filter to each subscription. `C` is the
 * host's event context, which chisels only pass through.
 */

export interface ChiselHost<C> {
  /** Calls `onEvent` for each event that passes the filter (and whatever filter the user gave). */
  subscribe(filter: string, onEvent: (c: C) => void): void;
  /** A template compiled to a writer; its text holds no control characters. Null when a field has no value. */
  text(template: string): (c: C) => string | null;
  /** A numeric field with its argument, as in a template; NaN when it has no value. */
  number(field: string): (c: C) => number;
  /** What the event read or wrote, rendered as the user asked (dots, printable, hexadecimal); null without data. */
  data(): (c: C) => string | null;
}

export interface ChiselOutput {
  line(text: string): void;
  /** Whether the receiver shows colours. */
  readonly colours: boolean;
}

export interface ChiselArgument {
  readonly name: string;
  readonly doc: string;
}

export interface Chisel {
  readonly name: string;
  readonly category: string;
  readonly summary: string;
  /** All are optional and given in this order. */
  readonly args: readonly ChiselArgument[];
  /** Subscribes to the host; the function that it returns is called when the stream has ended. */
  readonly create: <C>(host: ChiselHost<C>, args: readonly string[], out: ChiselOutput) => () => void;
}

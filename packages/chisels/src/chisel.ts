/**
 * What a chisel is: a named view over an event stream. It says what it wants to hear and which fields it reads; the host
 * (a file being read, a live capture) calls it back and may add the user's own filter to each subscription. `C` is the
 * host's event context, which chisels only pass through.
 */

export interface ChiselHost<C> {
  /**
   * Calls `onEvent` for each event that passes the filter (and whatever filter the user gave); '' is each event that a
   * reader would see.
   */
  subscribe(filter: string, onEvent: (c: C) => void): void;
  /** A template compiled to a writer; its text holds no control characters. Null when a field has no value. */
  text(template: string): (c: C) => string | null;
  /** A numeric field with its argument, as in a template; NaN when it has no value. */
  number(field: string): (c: C) => number;
  /**
   * What the event read or wrote, rendered as the user asked (printable, hexadecimal …), else as dots or, when the
   * chisel is made for text, as that; null without data.
   */
  data(asText?: boolean): (c: C) => string | null;
  /** The bytes that the event read or wrote, valid during the event only; null without data. */
  bytes(): (c: C) => Uint8Array | null;
  /** Calls `onThread` for each thread that is known now and passes a filter over `proc.*`, `user.*` …; '' is all. */
  threads(filter: string): (onThread: (c: C) => void) => void;
  /** The same for each descriptor of each process. */
  descriptors(filter: string): (onDescriptor: (c: C) => void) => void;
  /** No more events are wanted. */
  stop(): void;
  /**
   * Reads the input once more at the end and writes the events to a capture that pass the test which `wanted` makes.
   */
  save(path: string, wanted: (host: ChiselHost<C>) => (c: C) => boolean): void;
  /** Appends bytes to a file below the working directory; folders are made. */
  append(path: string, bytes: Uint8Array): void;
}

export interface ChiselOutput {
  line(text: string): void;
  /** Whether the receiver shows colours. */
  readonly colours: boolean;
}

export interface ChiselArgument {
  readonly name: string;
  readonly doc: string;
  /** The chisel does nothing without it. */
  readonly required?: boolean;
  /** A word that looks like a filter is meant for the chisel: the name of a field, or a filter. */
  readonly takes?: 'field' | 'filter';
}

export interface Chisel {
  readonly name: string;
  readonly category: string;
  readonly summary: string;
  /** In this order. */
  readonly args: readonly ChiselArgument[];
  /** Subscribes to the host; the function that it returns is called when the stream has ended. */
  readonly create: <C>(host: ChiselHost<C>, args: readonly string[], out: ChiselOutput) => () => void;
}

/**
 * The façade over reading, state, fields, filters and formats. One inspector is one stream of events: files one after
 * the other, or chunks of a live capture; the same subscribers hear both. What was delivered before an error stays
 * delivered.
 */
import { EventContext, eventFields } from '@waspglass/fields';
import {
  compileFormat,
  compileLine,
  compileNumber,
  compileValues,
  type FormatOptions,
  type JsonValue,
  type LineWriter,
} from '@waspglass/format';
import { Compiler, type FieldTable, type Filter, parse } from '@waspglass/lang';
import {
  type EventCursor,
  type InterfaceEntry,
  type MachineEntry,
  type ReadProgress,
  type ReadStats,
  readCapture,
  type ScapHandler,
  ScapReader,
} from '@waspglass/scap';
import { eventId, eventTypes } from '@waspglass/schema';
import { loadDescriptors, loadProcess, loadUsers, State, type StateOptions, sweepSymbols } from '@waspglass/state';
import { Dispatch, type Subscription } from './dispatch.hot.ts';
import { dataBytes, dataText, type ViewOptions, viewFields } from './view-fields.ts';

export type EventFilter = Filter<EventContext>;

export interface InspectorOptions {
  readonly state?: StateOptions;
  /** Tell the enter events of old captures too, which today's tools fold into exit events; default: no. */
  readonly enter?: boolean;
  /** Users in containers have the names of the container's own accounts; default: the host's, as sysdig has it. */
  readonly containerAccounts?: boolean;
  /** How formats show data and time. */
  readonly view?: ViewOptions;
}

export interface ReadFilesOptions {
  /** Stops after this many events. */
  readonly limit?: number;
  readonly signal?: AbortSignal;
  /** Called about once per MiB of input; when it returns a promise, reading goes on once that is kept. */
  readonly onProgress?: (progress: ReadProgress) => void | Promise<void>;
  /** Called with each file's name before its first event. */
  readonly onFile?: (file: string) => void;
}

/** Flag of an event that a filter had left out of the capture, kept for what it changes: it is not told. */
export const STATE_ONLY = 1;

/** Event types below this are no lists. */
const FIRST_LIST = Math.min(eventId.CONTAINER_JSON_E, eventId.USER_ADDED_E);

export class Inspector {
  readonly state: State;
  readonly context: EventContext;
  /** The recorded machine and its interfaces, once the capture has told them. */
  machine: MachineEntry | undefined;
  interfaces: readonly InterfaceEntry[] = [];
  /** The event that is being told as the file has it; the context may show it in today's form. */
  cursor: EventCursor | undefined;
  private readonly dispatch = new Dispatch();
  private readonly compiler: Compiler<EventContext>;
  private readonly view: FieldTable<EventContext>;
  private readonly options: InspectorOptions;
  private live: ScapReader | undefined;
  private limited = false;
  private limit = 0;
  /** The event only lists a user, a group or a container that was there before: no limit and no summary counts it. */
  listing = false;
  /** Events that a reader can see, whoever listens. */
  private told = 0;
  /** An event that isn't part of the lists has come. */
  private recording = false;
  private stopping = false;
  /** Events handled one by one. */
  private heard = 0;
  /** The reader passes over events that nobody wants. */
  private isQuiet = false;
  private readonly enter: boolean;

  constructor(options: InspectorOptions = {}) {
    this.enter = options.enter ?? false;
    this.state = new State({ enterEvents: this.enter, ...options.state });
    this.context = new EventContext(this.state, {
      classic: this.enter,
      containerAccounts: options.containerAccounts ?? false,
    });
    this.options = options;
    this.view = viewFields(options.view ?? {});
    this.compiler = new Compiler(eventFields, this.state.symbols, eventTypes);
  }

  /** Events handled so far. */
  get events(): number {
    return this.heard + this.state.quiet.total;
  }

  /** A filter for `subscribe`; throws what is wrong with it, with its place. */
  compileFilter(text: string): EventFilter {
    return this.compiler.compile(parse(text));
  }

  /** A template's text for the event that is being told. */
  compileFormat(text: string, options?: FormatOptions): (c: EventContext) => string | null {
    return compileFormat(text, this.view, this.state.symbols, options);
  }

  /** The same for lines of output: writes the text to a buffer. */
  compileLine(text: string): LineWriter<EventContext> {
    return compileLine(text, this.view, this.state.symbols);
  }

  /** A template's fields by name, for JSON. */
  compileValues(text: string, options?: FormatOptions): (c: EventContext) => Record<string, JsonValue> | null {
    const view = viewFields({ ...this.options.view, verbose: true });
    return compileValues(text, view, this.state.symbols, options);
  }

  /** A field, written as in a template, as a number; NaN when it has none. */
  compileNumber(field: string): (c: EventContext) => number {
    return compileNumber(field, eventFields, this.state.symbols);
  }

  /** What an event read or wrote, in the chosen form, `asText` instead of dots; null when it carries no data. */
  compileData(asText = false): (c: EventContext) => string | null {
    const chosen = this.options.view?.dump ?? 'dots';
    const mode = asText && chosen === 'dots' ? 'ascii' : chosen;
    return (c) => dataText(c, mode)?.replace(/^\n/, '') ?? null;
  }

  /** The bytes that an event read or wrote, valid while it is told; null when it carries none. */
  compileBytes(): (c: EventContext) => Uint8Array | null {
    return dataBytes;
  }

  /** Hears events; the function that is returned ends it. */
  subscribe(subscription: Subscription): () => void {
    const remove = this.dispatch.add(subscription);
    this.hearAll();
    return () => {
      remove();
      this.hearAll();
    };
  }

  /** Reads capture files in order ('-' is standard input). Damage is thrown after everything before it was told. */
  async readFiles(paths: readonly string[], options: ReadFilesOptions = {}): Promise<ReadStats> {
    const { limit, signal, ...reading } = options;
    this.limited = limit !== undefined && Number.isFinite(limit);
    this.limit = limit ?? 0;
    this.hearAll();
    if (signal?.aborted === true) this.stop();
    const abort = () => this.stop();
    signal?.addEventListener('abort', abort, { once: true });
    try {
      return await readCapture(paths, this.handler(), reading);
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  /** Takes in whole event blocks of a live capture. */
  feed(chunk: Uint8Array): void {
    this.live ??= new ScapReader(this.handler(), { headless: true, file: 'live' });
    this.live.push(chunk);
  }

  /** Ends the reading after the present event. */
  stop(): void {
    this.stopping = true;
    this.hearAll();
  }

  private hearAll(): void {
    this.isQuiet = false;
    this.state.quiet.hearAll();
  }

  /** What a reader calls that somebody else feeds: input that is neither a file nor a live capture. */
  handler(): ScapHandler {
    const { state } = this;
    return {
      onMachine: (entry) => {
        this.machine = entry;
      },
      onInterfaces: (entries) => {
        this.interfaces = entries;
        state.interfaces.load(entries);
      },
      onProcess: (entry) => {
        loadProcess(state, entry);
        state.forgetLast();
      },
      onDescriptors: (tid, entries) => loadDescriptors(state, tid, entries),
      onUsers: (users, groups) => loadUsers(state, users, groups),
      onEvent: (cursor) => this.handle(cursor),
      quiet: state.quiet,
      onThread: (tid, type) => state.meet(tid, type),
    };
  }

  private isList({ type, timeHigh }: EventCursor): boolean {
    if (type === eventId.CONTAINER_JSON_2_E) return true;
    if (type === eventId.CONTAINER_JSON_E) return !this.recording || timeHigh === 0;
    return type >= eventId.USER_ADDED_E && type <= eventId.GROUP_DELETED_X;
  }

  private handle(cursor: EventCursor): boolean {
    const { state, context, dispatch } = this;
    if (dispatch.changed) this.prepare();
    if (state.symbols.crowded) sweepSymbols(state);
    this.heard++;
    if (!state.before(cursor) && this.recording && !this.limited) {
      if (!this.isQuiet) this.isQuiet = state.quieten();
      return !this.stopping;
    }
    const raw = cursor.type;
    this.listing = raw >= FIRST_LIST && this.isList(cursor);
    if (!this.listing) this.recording = true;
    if ((cursor.flags & STATE_ONLY) === 0 && (!state.hidden || this.enter)) {
      if (!this.listing) this.told++;
      const type = this.enter ? raw : state.typeOf(cursor);
      if (dispatch.wants(type)) {
        this.cursor = cursor;
        context.set(cursor);
        dispatch.tell(type, context);
      }
    }
    state.after(cursor);
    if (this.limited && this.told >= this.limit) return false;
    return !this.stopping;
  }

  /** The state prepares only what somebody looks at. */
  private prepare(): void {
    this.dispatch.changed = false;
    this.state.setInterest((type) => this.dispatch.mayWant(type));
  }
}

export type { EventContext, ReadProgress, ReadStats };

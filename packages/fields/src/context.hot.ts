/** What event fields read: one object for the whole stream, pointed at each event in turn. */
import { EventCursor } from '@waspglass/scap';
import { classicParams, type EventType, eventTypes, type Param } from '@waspglass/schema';
import { type State, SymbolMemo, T, Texts, THREAD_WIDTH } from '@waspglass/state';
import { EventNames } from './event-names.ts';

const W = THREAD_WIDTH;
const OTHER = 1;
const SHELL = 2;
/** Places of ticked-off times. */
const LAST = 0;
const BEFORE = 2;
const NO_PARAMS: readonly Param[] = [];

export interface ContextOptions {
  /** Host name in `evt.hostname`. */
  readonly hostname?: string;
  /** Old events as they were written, enter and exit by themselves, as sysdig 0.29.3 shows them. */
  readonly classic?: boolean;
  /** Names of users in containers are those of the container's own accounts, as Falco has it; default: the host's. */
  readonly containerAccounts?: boolean;
}

export class EventContext {
  readonly state: State;
  readonly texts: Texts;
  readonly names: EventNames;
  readonly hostname: string;
  readonly classic: boolean;
  readonly containerAccounts: boolean;
  /** How often `util.cnt` was asked for. */
  asked = 0;
  /** Symbol of `<NA>`, which the tools take for the name of what they don't know. */
  readonly unknown: number;
  /** Symbol of `/`. */
  readonly root: number;
  /** The reader's cursor. */
  private cursor: EventCursor;
  /** The event in today's form, null while nobody has asked for it. */
  private made: EventCursor | null;
  /** Times of the last two events that `tick` was called for, low and high halves; 0 = none. */
  private readonly shown = new Int32Array(4);
  private readonly shells: SymbolMemo;

  constructor(state: State, options: ContextOptions = {}) {
    this.state = state;
    this.texts = new Texts(state);
    this.names = new EventNames(state, eventTypes.length);
    this.shells = new SymbolMemo((name) => (state.symbols.text(name).endsWith('sh') ? SHELL : OTHER));
    this.unknown = state.symbols.of('<NA>');
    this.root = state.symbols.of('/');
    this.classic = options.classic ?? false;
    this.containerAccounts = options.containerAccounts ?? false;
    this.hostname = options.hostname ?? '';
    this.cursor = new EventCursor(new ArrayBuffer(64));
    this.made = this.cursor;
  }

  /** Points to the event that the state has just been given. */
  set(cursor: EventCursor): void {
    this.cursor = cursor;
    this.made = this.classic ? cursor : null;
  }

  /** The event in today's form: the cursor of the reader, or one that stands for an old event. */
  get ev(): EventCursor {
    if (this.made === null) this.made = this.state.event(this.cursor);
    return this.made;
  }

  set ev(cursor: EventCursor) {
    this.made = cursor;
  }

  /** Its number in the event table. */
  get typeId(): number {
    return this.made === null ? this.state.typeOf(this.cursor) : this.made.type;
  }

  /** The event in whichever form has parameter `i` at its place in the table; today's form takes time to make. */
  having(i: number): EventCursor {
    const { cursor } = this;
    if (this.made !== null || i >= cursor.nparams || !this.state.keepsType(cursor)) return this.ev;
    return cursor;
  }

  /** Time of the capture's first event, ns since the epoch; 0 before it. */
  get firstTime(): bigint {
    return this.state.clock.firstTime;
  }

  /** Time of the event before this one; of the one shown before, where events are ticked off. 0 at the first. */
  get previousTime(): bigint {
    return this.shownAt(LAST) === 0n ? this.state.clock.previousTime : this.shownAt(BEFORE);
  }

  /** Ticks an event off as shown: to those who see only some events, the one before is the one they saw. */
  tick(): void {
    const { shown } = this;
    const ev = this.made ?? this.cursor;
    shown[BEFORE] = shown[LAST]!;
    shown[BEFORE + 1] = shown[LAST + 1]!;
    shown[LAST] = ev.timeLow;
    shown[LAST + 1] = ev.timeHigh;
  }

  private shownAt(at: number): bigint {
    const { shown } = this;
    return (BigInt(shown[at + 1]! >>> 0) << 32n) | BigInt(shown[at]! >>> 0);
  }

  /** Row of the event's type; undefined for types that the table doesn't have. */
  get type(): EventType | undefined {
    return eventTypes[this.typeId];
  }

  /** What the parameters of the event are called and hold. */
  get params(): readonly Param[] {
    return this.classic ? classicParams(this.typeId) : (eventTypes[this.typeId]?.params ?? NO_PARAMS);
  }

  /** Column of the event's thread; `missing` when the thread isn't known. */
  column(column: number, missing: number): number {
    const row = this.state.thread;
    return row === 0 ? missing : this.state.threads.rows[row * W + column]!;
  }

  /** Whether a process's name is a shell's: the tools take every name that ends in `sh`. */
  isShell(name: number): boolean {
    return this.shells.get(name) === SHELL;
  }

  /** Column of any thread row. */
  of(row: number, column: number, missing: number): number {
    return row === 0 ? missing : this.state.threads.rows[row * W + column]!;
  }

  /** 64-bit column as bigint; null when the thread isn't known. */
  big(row: number, column: number): bigint | null {
    if (row === 0) return null;
    const rows = this.state.threads.rows;
    const at = row * W + column;
    return (BigInt(rows[at + 1]! >>> 0) << 32n) | BigInt(rows[at]! >>> 0);
  }

  /** Row of the n-th ancestor's main thread; 0 = the process itself. */
  ancestor(n: number): number {
    const { threads, thread } = this.state;
    return threads.ancestor(thread, n);
  }

  /** Column of the event's descriptor; 0 when it isn't known. */
  fd(column: number): number {
    const { fd, descriptors } = this.state;
    return fd === 0 ? 0 : descriptors.entries[fd + column]!;
  }

  /** Main thread's row of the event's process. */
  get main(): number {
    return this.column(T.main, 0);
  }
}

/**
 * What the machine looks like at an event: threads, their descriptors, directories and users, driven by the events.
 * `before` applies an event and says which thread and descriptor it is about; then rules and outputs look; then `after`
 * does what may only happen when they have seen the event (the thread of `procexit`, the descriptor of `close`).
 *
 * Everything is in typed arrays and symbols. An event type that changes nothing costs a thread look-up (cached) and a
 * byte. The input is hostile: whatever an event claims, nothing throws and every table has a limit.
 */
import { SymbolTable } from '@waspglass/kit';
import { type EventCursor, QuietEvents } from '@waspglass/scap';
import { conversions, eventId, eventTypes, FROM_ENTER } from '@waspglass/schema';
import { Clock } from './clock.hot.ts';
import { F, FD_TYPE_MASK, T, THREAD_WIDTH, threadFlag } from './columns.ts';
import { Containers } from './containers.ts';
import { Descriptors } from './descriptors.hot.ts';
import { fdSources, NO_FD } from './dialect.ts';
import { Directories } from './directories.hot.ts';
import { FIRST_OF_MACHINE, handlers } from './dispatch.ts';
import { Endings } from './endings.hot.ts';
import { Forks } from './forks.hot.ts';
import { approach } from './handle-sockets.hot.ts';
import { Interfaces } from './interfaces.ts';
import { Listeners } from './listeners.hot.ts';
import type { StateOptions, StateStats } from './options.ts';
import { Paths, textLength } from './paths.hot.ts';
import { Pending } from './pending.hot.ts';
import { plan, plansFor, quietKind, UNKNOWN_TYPE } from './plans.hot.ts';
import { ThreadTable } from './threads.hot.ts';
import { Unifier } from './unify.hot.ts';
import { Users } from './users.ts';

const W = THREAD_WIDTH;
const AT_FDCWD = -100;
const KNOWN_TYPES = eventTypes.length;

/** Events that tell of users, groups and containers. */
const LISTS: readonly number[] = [
  eventId.CONTAINER_E,
  eventId.CONTAINER_JSON_E,
  eventId.CONTAINER_JSON_2_E,
  eventId.USER_ADDED_E,
  eventId.USER_DELETED_E,
  eventId.GROUP_ADDED_E,
  eventId.GROUP_DELETED_E,
  eventId.ASYNCEVENT_E,
];
/** The recorder's own notes: with them begins the time of sysdig 0.29.3 only. */
const NOTES: readonly number[] = [eventId.SCAPEVENT_E, eventId.PROCINFO_E];

export class State {
  readonly symbols = new SymbolTable();
  readonly threads: ThreadTable;
  readonly descriptors: Descriptors;
  readonly forks: Forks;
  readonly directories = new Directories();
  readonly paths: Paths;
  readonly users = new Users();
  readonly listeners: Listeners;
  readonly containers = new Containers();
  readonly endings: Endings;
  readonly interfaces: Interfaces = new Interfaces(this.symbols);
  /** Events that a reader need not tell: see `quieten`. */
  readonly quiet = new QuietEvents();
  readonly clock = new Clock(this.quiet.last);

  /** Row of the event's thread, 0 when nobody knows it. */
  thread = 0;
  /** Offset of the event's descriptor in `descriptors.entries`, 0 when it isn't known. */
  fd = 0;
  /** Number of the event's descriptor. */
  fdNum = -1;
  /** The event is about a descriptor, known or not. */
  hasFd = false;
  /** Path that a failed open asked for; 0 otherwise. */
  fdName = 0;
  /** The event changed its descriptor's name. */
  nameChanged = false;
  /** The event is an enter event that today's tools don't show: its arguments come with the exit event. */
  hidden = false;
  /** Number of the event as sysdig 0.29.3 counts: only what it knows; counted when enter events are shown. */
  classicNum = 0;
  /** Time that the event's thread has run since the switch before, ns; told by switches only. */
  ran = 0;
  /** Time of the last switch per processor: high and low half; made at the first. */
  switches: Float64Array | null = null;
  /** Set by handlers for `after`: row of the thread that ends, descriptor that is closed. */
  ending = 0;
  closing = -1;

  /** Directory of threads that nobody has announced. */
  private readonly here: number = this.symbols.of('.');
  private type = 0;
  private plans: Int32Array = new Int32Array(0);
  private laterPlans: Int32Array = this.plans;
  private unified: EventCursor | null = null;
  private old = false;
  /** Row of the thread `quiet.tid`. */
  private lastRow = 0;
  private counted = 0;
  private unknownTypes = 0;
  private lostEnters = 0;
  private readonly pending = new Pending();
  private readonly unifier = new Unifier();

  private readonly enterEvents: boolean;

  constructor(options: StateOptions = {}) {
    this.enterEvents = options.enterEvents ?? false;
    this.setInterest(() => true);
    this.threads = new ThreadTable(options.maxThreads);
    this.descriptors = new Descriptors({
      ...(options.maxDescriptorsPerProcess !== undefined && { perProcess: options.maxDescriptorsPerProcess }),
      ...(options.maxDescriptors !== undefined && { total: options.maxDescriptors }),
    });
    this.forks = new Forks(this.descriptors);
    this.listeners = new Listeners(this.descriptors);
    this.endings = new Endings(this);
    this.paths = new Paths(this.symbols);
  }

  get stats(): StateStats {
    return {
      threads: this.threads.count,
      refusedThreads: this.threads.refused,
      refusedDescriptors: this.descriptors.refused,
      refusedEnterEvents: this.pending.refused,
      unknownTypes: this.unknownTypes,
      lostEnters: this.lostEnters,
      symbols: this.symbols.size,
    };
  }

  /** Applies an event. False: nobody has said that he would look at it, and it is done with. */
  before(c: EventCursor): boolean {
    const { type, tid } = c;
    const todo = type < KNOWN_TYPES ? this.plans[type]! : this.unknown();
    this.clock.tick(c);
    this.counted += todo & plan.counted;
    const row = tid === this.quiet.tid ? this.lastRow : this.locate(tid, todo & plan.stranger);
    if ((todo & plan.busy) !== 0) return this.apply(c, todo, row);
    this.thread = row;
    this.old = false;
    this.hidden = (todo & plan.enter) !== 0;
    if (this.hidden) this.threads.rows[row * W + T.pendingType] = type + 1;
    return false;
  }

  private apply(c: EventCursor, todo: number, row: number): boolean {
    if (!this.clock.started && this.begins(c.type, todo)) this.begin();
    this.type = c.type;
    this.thread = row;
    this.unified = null;
    this.old = false;
    this.hasFd = false;
    this.fd = 0;
    this.fdNum = -1;
    this.fdName = 0;
    this.nameChanged = false;
    if ((todo & plan.classic) !== 0) this.classicNum++;
    this.hidden = (todo & plan.enter) !== 0;
    if (!this.hidden) this.look(c, todo);
    else if (row !== 0) this.enter(c, c.type, todo);
    this.quiet.cells = this.threads.rows;
    if ((todo & plan.seen) !== 0) return true;
    this.after(c);
    return false;
  }

  /** Number of the event as today's tools count: enter events that were folded into exit events don't count. */
  get num(): number {
    return this.counted + this.quiet.counted;
  }

  /**
   * Lets the reader pass over the events of types that change nothing and that nobody looks at, until `quiet.hearAll` is
   * called; whoever reads needs `quiet` and `meet`. False: it's too early, since the first event hasn't come.
   */
  quieten(): boolean {
    if (!this.clock.started) return false;
    const { plans } = this;
    for (let type = 0; type < plans.length; type++) this.quiet.kinds[type] = quietKind(plans[type]!);
    return true;
  }

  /** Moves `quiet` to the thread of an event that is passed over. */
  meet(tid: number, type: number): void {
    this.near(tid, this.locate(tid, this.plans[type]! & plan.stranger));
  }

  /** Forgets which thread the last event was of: the threads have been loaded from elsewhere. */
  forgetLast(): void {
    this.near(0, 0);
  }

  /** Says which types (today's numbers) somebody looks at; for others, what only an onlooker needs is not prepared. */
  setInterest(wanted: (type: number) => boolean): void {
    const plans = plansFor(wanted, this.enterEvents);
    // Until the first time is known, no event is passed over.
    this.plans = this.clock.started ? plans : plans.map((todo) => todo | plan.busy);
    this.laterPlans = plans;
  }

  /** Whether the capture's time can begin with an event: the lists tell what was there before. */
  private begins(type: number, todo: number): boolean {
    return !LISTS.includes(type) && (this.enterEvents || ((todo & plan.enter) === 0 && !NOTES.includes(type)));
  }

  private begin(): void {
    this.clock.start();
    if (this.clock.started) this.plans = this.laterPlans;
  }

  private unknown(): number {
    this.unknownTypes++;
    return UNKNOWN_TYPE;
  }

  private look(c: EventCursor, todo: number): void {
    if (c.nparams < todo >>> plan.FULL) this.old = true;
    if ((todo & plan.fd) !== 0) this.use(c, (todo >>> plan.FD) & 255);
    if ((todo & plan.handler) === 0) return;
    const code = (todo >>> plan.CODE) & 255;
    if (this.thread !== 0 || code >= FIRST_OF_MACHINE) handlers[code]!(this, c);
  }

  /** What may happen only after everybody has seen the event. */
  after(_c: EventCursor): void {
    if (this.closing >= 0) {
      this.descriptors.close(this.table(this.thread), this.closing);
      this.closing = -1;
    }
    if (this.ending !== 0) {
      this.endings.end(this.ending);
      this.ending = 0;
    }
  }

  /** The event in today's form: itself, or built from an old exit event and the enter event before it. */
  event(c: EventCursor): EventCursor {
    if (!this.old) return c;
    if (this.unified !== null) return this.unified;
    const enter = this.enterOf(c);
    if (enter === null) this.lostEnters++;
    this.unified = this.unifier.build(c, enter);
    return this.unified;
  }

  /** Whether the event keeps its number and its own parameters' places in today's form. */
  keepsType(c: EventCursor): boolean {
    return !this.old || conversions[c.type]!.target === c.type;
  }

  /** Number of the event in today's form, without building it. */
  typeOf(c: EventCursor): number {
    return this.old ? conversions[c.type]!.target : c.type;
  }

  /** The kept enter event of an exit event, null when there is none. */
  enterOf(c: EventCursor): EventCursor | null {
    const b = this.thread * W;
    const rows = this.threads.rows;
    if (this.thread === 0 || rows[b + T.pendingType] !== (c.type & ~1) + 1 || rows[b + T.pending] === 0) return null;
    return this.pending.load(rows[b + T.pending]!, c.type & ~1);
  }

  /** Whether the enter event of this exit event has been seen. */
  get hasEnter(): boolean {
    return this.thread !== 0 && this.threads.rows[this.thread * W + T.pendingType] === (this.type & ~1) + 1;
  }

  /** Row of a thread; `stranger` ≠ 0: one is made for an unknown one. */
  private locate(tid: number, stranger: number): number {
    let row = this.threads.find(tid);
    if (row === 0 && stranger !== 0 && tid > 0) row = this.stranger(tid);
    if (row !== 0) this.near(tid, row);
    return row;
  }

  private near(tid: number, row: number): void {
    this.lastRow = row;
    this.quiet.tid = row === 0 ? 0 : tid;
    this.quiet.cells = this.threads.rows;
    this.quiet.cell = row * W + T.pendingType;
  }

  /** Row for a thread that nobody has announced. */
  private stranger(tid: number): number {
    const row = this.threads.add(tid);
    if (row === 0) return 0;
    this.threads.rows[row * W + T.flags] = threadFlag.invalid;
    // sysdig 0.29.3 takes such a thread for a process of its own, today's tools for one without a number.
    this.threads.rows[row * W + T.pid] = this.enterEvents ? tid : -1;
    this.threads.rows[row * W + T.ptid] = -1;
    if (!this.enterEvents) this.setCwd(row, this.here);
    return row;
  }

  /** Keeps of an enter event what its exit event needs. */
  private enter(c: EventCursor, type: number, todo: number): void {
    const b = this.thread * W;
    const rows = this.threads.rows;
    rows[b + T.pendingType] = type + 1;
    if ((todo & plan.fd) !== 0) {
      const param = (todo >>> plan.FD) & 255;
      rows[b + T.pendingFd] = c.i32(param, -1);
      if (this.enterEvents) this.useBefore(c, param);
    }
    if ((todo & plan.seen) !== 0) {
      rows[b + T.enterTime] = c.timeLow;
      rows[b + T.enterTime + 1] = c.timeHigh;
    }
    if ((todo & plan.kept) !== 0) this.pending.keep(rows, b, c);
    // Calls without a code of captures are known by the machine's number, which is here only.
    else if (type === eventId.GENERIC_E && c.u16(0, 1) === 0) this.pending.keep(rows, b, c);
    else this.pending.drop(rows, b);
  }

  /** Sets the descriptor of an enter event that is shown. */
  private useBefore(c: EventCursor, fdParam: number): void {
    this.use(c, fdParam);
    if (c.type === eventId.SOCKET_CONNECT_E) approach(this, c);
  }

  /** Sets the event's descriptor from its parameter, for old exit events from the enter event. */
  private use(c: EventCursor, fdParam: number): void {
    this.hasFd = true;
    if (fdParam < c.nparams) {
      this.setFd(c.i32(fdParam, -1));
      if (this.fdNum < 0) this.wideFd(c, fdParam);
      return;
    }
    const source = this.old ? fdSources[c.type]! : NO_FD;
    if (source === NO_FD) return;
    if (source >= FROM_ENTER && this.hasEnter) {
      this.setFd(this.threads.rows[this.thread * W + T.pendingFd]!);
      if (this.fdNum < 0) this.wideFd(this.enterOf(c), source - FROM_ENTER);
    } else if (source < FROM_ENTER) this.setFd(c.i32(source, -1));
    else this.setFd(0);
  }

  /** Some writers leave the upper half of -1 empty; the number is shown as it was written. */
  private wideFd(c: EventCursor | null, i: number): void {
    const wide = c === null ? -1 : c.i64(i, -1);
    if (wide > 0) this.fdNum = wide;
  }

  /** Makes `fd` the event's descriptor. */
  setFd(fd: number): void {
    this.hasFd = true;
    this.fdNum = fd;
    this.fd = this.thread === 0 ? 0 : this.descriptors.find(this.table(this.thread), fd);
  }

  /** Descriptor table of a thread; 0 when it has none yet. */
  table(row: number): number {
    return this.threads.rows[row * W + T.fds]!;
  }

  /** Descriptor table of a thread, made when it has none. */
  ownTable(row: number): number {
    const b = row * W + T.fds;
    const known = this.threads.rows[b]!;
    if (known !== 0) return known;
    const table = this.descriptors.create();
    this.threads.rows[b] = table;
    return table;
  }

  /** A new descriptor of the event's thread, which becomes the event's. Offset of its entry, 0 when refused. */
  open(fd: number, kind: number): number {
    const entry = this.descriptors.put(this.ownTable(this.thread), fd, kind);
    this.hasFd = true;
    this.fdNum = fd;
    this.fd = entry;
    return entry;
  }

  /** Symbol of a thread's working directory, 0 when not known. */
  cwd(row: number): number {
    return this.directories.path(this.threads.rows[row * W + T.cwd]!);
  }

  setCwd(row: number, path: number): void {
    const b = row * W + T.cwd;
    const known = this.threads.rows[b]!;
    if (known !== 0) this.directories.set(known, path);
    else this.threads.rows[b] = this.directories.create(path);
  }

  /** Directory symbol that a relative path of the event's thread starts from. */
  base(dirfd: number): number {
    if (dirfd === AT_FDCWD) return this.cwd(this.thread);
    const entry = this.descriptors.find(this.table(this.thread), dirfd);
    return entry === 0 ? this.paths.unknownDirectory : this.descriptors.entries[entry + F.name]!;
  }

  /** Symbol of a text parameter without its closing NUL; 0 when absent or without bytes. */
  text(c: EventCursor, i: number): number {
    const n = c.len(i);
    if (n <= 0) return 0;
    const at = c.off(i);
    return this.symbols.intern(c.u8, at, textLength(c.u8, at, n));
  }

  /** Symbol of a parameter's bytes; 0 when absent. */
  bytes(c: EventCursor, i: number): number {
    const n = c.len(i);
    return n < 0 ? 0 : this.symbols.intern(c.u8, c.off(i), n);
  }

  /** Resolved path of a parameter, seen from directory symbol `from`; 0 when absent. */
  path(c: EventCursor, i: number, from: number): number {
    const n = c.len(i);
    if (n <= 0) return 0;
    return this.paths.resolveParam(from, c, c.off(i), n);
  }

  fdKind(entry: number): number {
    return this.descriptors.entries[entry]! & FD_TYPE_MASK;
  }

  /** Forgets a thread and all that only it used. */
  discard(row: number): void {
    const b = row * W;
    const rows = this.threads.rows;
    this.descriptors.release(rows[b + T.fds]!);
    this.directories.release(rows[b + T.cwd]!);
    this.pending.release(rows, b);
    if (this.lastRow === row) this.forgetLast();
    if (rows[b + T.main] === row && rows[b + T.members]! > 1) this.threads.scatter(row);
    this.threads.remove(row);
  }
}

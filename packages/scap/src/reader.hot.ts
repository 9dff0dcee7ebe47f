/**
 * Parses scap blocks in place. The input buffer is a guard of 4 MiB followed by a ring and never moves, so compiled code
 * sees constants; when the ring's end is reached, the unfinished block is copied in front of its start. The ring is small:
 * what was read or inflated a moment ago is still in the processor's cache when it is parsed.
 * Invariant: when `onEvent` runs, block, event, parameter table and parameters lie inside the block.
 */
import type { Place } from '@waspglass/kit';
import { eventTypes } from '@waspglass/schema';
import { BLOCK_OVERHEAD, block, oldBlocks } from './blocks.ts';
import { ByteReader } from './byte-reader.ts';
import { EventCursor } from './cursor.hot.ts';
import * as damage from './damage.ts';
import type { ProcessExtras } from './decode-lists.ts';
import type {
  DescriptorEntry,
  GroupEntry,
  InterfaceEntry,
  MachineEntry,
  ProcessEntry,
  SectionEntry,
  UserEntry,
} from './entries.ts';
import { fail } from './errors.ts';
import { deliverList } from './list-blocks.ts';
import { QuietEvents, quiet } from './quiet.hot.ts';

/** What a reader calls. Lists come before the events of their section; a new section replaces the lists of the last. */
export interface ScapHandler {
  onSection?(section: SectionEntry): void;
  onMachine?(machine: MachineEntry): void;
  onProcess?(process: ProcessEntry): void;
  onDescriptors?(tid: number, descriptors: DescriptorEntry[]): void;
  onInterfaces?(interfaces: InterfaceEntry[]): void;
  onUsers?(users: UserEntry[], groups: GroupEntry[]): void;
  /** Returning false stops the reading. */
  // biome-ignore lint/suspicious/noConfusingVoidType: handlers that never stop need not return anything
  onEvent(cursor: EventCursor): boolean | void;
  /** Events that `onEvent` need not hear. */
  readonly quiet?: QuietEvents;
  /** A quiet event is of another thread than the last: moves `quiet` to that thread's cell. */
  onThread?(tid: number, type: number): void;
}

export interface ReaderOptions {
  /** Name for errors. */
  readonly file?: string;
  /** The stream has events only (a live feed): don't insist on a section header. */
  readonly headless?: boolean;
  /** Longest block, a multiple of 4096. */
  readonly guardBytes?: number;
  readonly ringBytes?: number;
  /** The buffer can be written to by another thread. */
  readonly shared?: boolean;
}

export interface ReaderStats {
  readonly events: number;
  readonly sections: number;
  /** Uncompressed bytes taken in. */
  readonly bytes: number;
  /** Blocks of unknown types, skipped. */
  readonly unknownBlocks: number;
  /** Events of the first layout whose parameters fit no known count: delivered without parameters. */
  readonly unfitEvents: number;
}

const HEAD_1 = 22;
const HEAD_2 = 26;
const MiB = 1 << 20;
/** Before the ring: copying between addresses that are equal modulo 4096 takes four times as long, and files are read from there. */
const PAD = 64;

export class ScapReader {
  readonly cursor: EventCursor;
  private readonly counts = { sections: 0, bytes: 0, unknownBlocks: 0, unfitEvents: 0 };
  /** The handler said stop: further input is ignored. */
  stopped = false;
  private readonly handler: ScapHandler;
  private readonly quiet: QuietEvents;
  private readonly headless: boolean;
  /** Longest block, and where the ring starts. */
  private readonly guard: number;
  private readonly start: number;
  private readonly limit: number;
  private file: string | undefined;
  /** Next byte to parse and next byte to fill. */
  private at: number;
  private fill: number;
  /** Stream offset of buffer position 0 (negative at first). */
  private base: number;
  private sawSection = false;
  private sawScap = false;
  private extras: ReadonlyMap<number, ProcessExtras> = new Map();
  private readonly damaged: damage.Damaged;

  constructor(handler: ScapHandler, options: ReaderOptions = {}) {
    const { file, headless = false, guardBytes = 4 * MiB, ringBytes = MiB / 2, shared = false } = options;
    this.handler = handler;
    this.quiet = handler.quiet ?? new QuietEvents();
    this.file = file;
    this.headless = headless;
    this.guard = guardBytes;
    this.start = guardBytes + PAD;
    this.limit = this.start + ringBytes;
    this.cursor = new EventCursor(shared ? new SharedArrayBuffer(this.limit) : new ArrayBuffer(this.limit));
    this.at = this.start;
    this.fill = this.start;
    this.base = -this.start;
    this.damaged = { view: this.cursor.view, guard: guardBytes, place: (at) => this.place(at) };
  }

  get stats(): ReaderStats {
    return { events: this.cursor.num, ...this.counts };
  }

  /** Starts another file: what was left of the last one is forgotten, event numbers go on. */
  begin(file: string | undefined): void {
    this.file = file;
    this.at = this.start;
    this.fill = this.start;
    this.base = -this.start;
    this.sawSection = false;
    this.sawScap = false;
    this.extras = new Map();
  }

  /** Takes in bytes and delivers all blocks that are complete. */
  push(bytes: Uint8Array): void {
    for (let i = 0; i < bytes.length && !this.stopped; ) {
      const room = this.space();
      const n = Math.min(room.length, bytes.length - i);
      room.set(n === bytes.length ? bytes : bytes.subarray(i, i + n));
      this.commit(n);
      i += n;
    }
  }

  /** Bytes of the ring that belong to an unfinished block: whoever fills the ring must leave them alone. */
  get held(): number {
    return this.fill - Math.max(this.at, this.start);
  }

  /** The ring in its buffer, for somebody who fills it on his own. */
  get ring(): { readonly buffer: ArrayBufferLike; readonly from: number; readonly length: number } {
    return { buffer: this.cursor.view.buffer, from: this.start, length: this.limit - this.start };
  }

  /** Bytes from the next byte to fill to the ring's end. */
  get room(): number {
    return this.limit - this.fill;
  }

  /** Where to put the next bytes directly (instead of `push`); then `commit` how many. Never empty. */
  space(): Uint8Array {
    return this.cursor.u8.subarray(this.fill, this.limit);
  }

  commit(length: number): void {
    this.fill += length;
    this.counts.bytes += length;
    this.parse();
    if (this.fill === this.limit) this.wrap();
  }

  /** The input is complete: throws when it ends inside a block or was no capture at all. */
  end(): void {
    if (this.stopped) return;
    const left = this.fill - this.at;
    if (!this.sawSection && !this.headless) {
      if (this.base + this.fill === 0) throw fail('WG_SCAP_EMPTY', {}, { at: this.place(this.at) });
      throw damage.notACapture(this.damaged, this.at, this.fill);
    }
    if (left === 0) return;
    const expected = left >= 8 ? this.cursor.view.getUint32(this.at + 4, true) : BLOCK_OVERHEAD;
    throw fail('WG_SCAP_TRUNCATED', { found: left, expected }, { at: this.place(this.at) });
  }

  private place(at: number): Place {
    const offset = this.base + at;
    return this.file === undefined ? { offset } : { file: this.file, offset };
  }

  private wrap(): void {
    const left = this.fill - this.at;
    const at = this.start - left;
    this.cursor.u8.copyWithin(at, this.at, this.fill);
    this.base += this.limit - this.start;
    this.at = at;
    this.fill = this.start;
  }

  private parse(): void {
    const { cursor, guard, fill, handler } = this;
    const { view } = cursor;
    const { kinds } = this.quiet;
    let p = this.at;
    if (!this.sawSection && !this.headless && fill - p >= 4 && !this.checkStart(p)) return;
    while (fill - p >= 8 && !this.stopped) {
      const type = view.getInt32(p, true);
      const length = view.getInt32(p + 4, true);
      // Unsigned: what looks negative is too large.
      if (length >>> 0 < BLOCK_OVERHEAD || length >>> 0 > guard || (length & 3) !== 0) {
        if (type === block.SECTION && fill - p < 12) return;
        throw damage.blockLength(this.damaged, p);
      }
      if (fill - p < length) return;
      const limit = (p + length - 4) | 0;
      if (view.getInt32(limit, true) !== length) throw damage.trailer(this.damaged, p);
      this.at = limit + 4;
      const e = type === block.EVENT_2 ? p + 10 : type === block.EVENT_FLAGS_2 ? p + 14 : 0;
      if (e === 0) this.other(type >>> 0, p, limit);
      else {
        const params = this.check(view, e, limit);
        const kind = kinds[view.getUint16(e + 20, true)]!;
        if (kind !== quiet.told) this.pass(view, e, kind);
        else {
          this.point(cursor, view, p, e, params);
          if (handler.onEvent(cursor) === false) this.stopped = true;
        }
      }
      p = limit + 4;
    }
  }

  /** False when more bytes are needed. */
  private checkStart(p: number): boolean {
    const first = this.cursor.view.getUint32(p, true);
    if (first !== block.SECTION) throw damage.notACapture(this.damaged, p, this.fill);
    return this.fill - p >= 12;
  }

  /** Checks an event with a parameter count, `e` being the offset of its time, `limit` where its block's body ends. */
  private check(view: DataView, e: number, limit: number): number {
    const lens = e + HEAD_2;
    if (lens > limit) throw damage.event(this.damaged, e, 'a cut header', limit);
    const length = view.getInt32(e + 16, true);
    const nparams = view.getInt32(e + 22, true);
    // Unsigned comparisons: what looks negative is too large.
    if (length >>> 0 > limit - e || nparams >>> 0 > length >> 1) throw damage.params(this.damaged, e, limit, 2);
    const end = (e + length) | 0;
    const params = (lens + 2 * nparams) | 0;
    let last = params;
    if (params <= end) for (let i = lens; i < params; i += 2) last = (last + view.getUint16(i, true)) | 0;
    if (last > end) throw damage.params(this.damaged, e, limit, 2);
    return params;
  }

  /** Moves the cursor to a checked event of the block at `p` with its first parameter at `params`. */
  private point(c: EventCursor, view: DataView, p: number, e: number, params: number): void {
    c.num++;
    c.at = e;
    c.end = (e + view.getInt32(e + 16, true)) | 0;
    c.type = view.getUint16(e + 20, true);
    c.cpu = view.getUint16(p + 8, true);
    c.tid = view.getInt32(e + 8, true);
    c.flags = e - p > 10 ? view.getUint32(p + 10, true) : 0;
    c.nparams = view.getInt32(e + 22, true);
    c.lens = e + HEAD_2;
    c.lenSize = 2;
    c.params = params;
  }

  /** Counts a quiet event. */
  private pass(view: DataView, e: number, kind: number): void {
    const silent = this.quiet;
    this.cursor.num++;
    silent.counts[kind]!++;
    silent.last[0] = view.getInt32(e, true);
    silent.last[1] = view.getInt32(e + 4, true);
    const tid = view.getInt32(e + 8, true);
    const type = view.getUint16(e + 20, true);
    if (tid !== silent.tid) this.handler.onThread?.(tid, type);
    if (kind >= quiet.enter) silent.cells[silent.cell] = type + 1;
  }

  /** The same with 32-bit parameter lengths. */
  private largeEvent(p: number, e: number, limit: number): void {
    const c = this.cursor;
    const view = c.view;
    const lens = e + HEAD_2;
    if (lens > limit) throw damage.event(this.damaged, e, 'a cut header', limit);
    const end = e + view.getUint32(e + 16, true);
    const params = lens + 4 * view.getUint32(e + 22, true);
    let last = params;
    if (end <= limit && params <= end) for (let i = lens; i < params; i += 4) last += view.getUint32(i, true);
    if (end > limit || last > end) throw damage.params(this.damaged, e, limit, 4);
    c.flags = e - p > 10 ? view.getUint32(p + 10, true) : 0;
    c.cpu = view.getUint16(p + 8, true);
    c.nparams = (params - lens) >> 2;
    c.lens = lens;
    c.lenSize = 4;
    c.params = params;
    this.deliver(e, end);
  }

  /** An event of the first layout: the parameter count is found by what fits. */
  private oldEvent(p: number, e: number, limit: number): void {
    const c = this.cursor;
    const view = c.view;
    if (e + HEAD_1 > limit) throw damage.event(this.damaged, e, 'a cut header', limit);
    const length = view.getUint32(e + 16, true);
    const end = e + length;
    if (length < HEAD_1 || end > limit) throw damage.event(this.damaged, e, `a length of ${length} bytes`, limit);
    const lens = e + HEAD_1;
    c.flags = e - p > 10 ? view.getUint32(p + 10, true) : 0;
    c.cpu = view.getUint16(p + 8, true);
    c.nparams = this.fittingCount(view.getUint16(e + 20, true), lens, end);
    c.lens = lens;
    c.lenSize = 2;
    c.params = lens + 2 * c.nparams;
    this.deliver(e, end);
  }

  /** Largest parameter count, from the table's down, whose lengths add up to exactly the event's end; else 0. */
  private fittingCount(type: number, lens: number, end: number): number {
    const view = this.cursor.view;
    const known = eventTypes[type]?.params.length ?? 32;
    for (let n = Math.min(known, (end - lens) >> 1); n >= 0; n--) {
      let last = lens + 2 * n;
      for (let i = 0; i < n; i++) last += view.getUint16(lens + 2 * i, true);
      if (last === end) return n;
    }
    this.counts.unfitEvents++;
    return 0;
  }

  private deliver(e: number, end: number): void {
    const c = this.cursor;
    c.num++;
    c.at = e;
    c.end = end;
    c.tid = c.view.getInt32(e + 8, true);
    c.type = c.view.getUint16(e + 20, true);
    if (this.handler.onEvent(c) === false) this.stopped = true;
  }

  /** Every block but the two most frequent. */
  private other(rawType: number, p: number, limit: number): void {
    const type = oldBlocks.get(rawType) ?? rawType;
    if (type === block.SECTION) this.section(p, limit);
    else if (type === block.EVENT) this.oldEvent(p, p + 10, limit);
    else if (type === block.EVENT_FLAGS) this.oldEvent(p, p + 14, limit);
    else if (type === block.EVENT_2_LARGE) this.largeEvent(p, p + 10, limit);
    else if (type === block.EVENT_FLAGS_2_LARGE) this.largeEvent(p, p + 14, limit);
    else this.list(type, p, limit);
  }

  private section(p: number, limit: number): void {
    const order = damage.byteOrder(this.damaged, p);
    if (order !== undefined) throw order;
    const r = new ByteReader(this.cursor.u8, p + 12, limit, 'section header', (at) => this.place(at));
    const section = { major: r.u16(), minor: r.u16() };
    if (section.major !== 1) {
      throw fail('WG_SCAP_VERSION', { found: `${section.major}.${section.minor}` }, { at: this.place(p + 12) });
    }
    this.sawSection = true;
    this.counts.sections++;
    this.extras = new Map();
    this.handler.onSection?.(section);
  }

  private list(type: number, p: number, limit: number): void {
    const reader = (list: string) => new ByteReader(this.cursor.u8, p + 8, limit, list, (at) => this.place(at));
    const of = { type, handler: this.handler, reader, extras: this.extras };
    if (deliverList(of)) {
      this.extras = of.extras;
      this.sawScap = true;
    } else this.unknown(type, p);
  }

  /** pcapng shares the framing: its packets are not ours to skip in silence. */
  private unknown(type: number, p: number): void {
    const pcapng = type >= 1 && type <= 0xb;
    if (pcapng && !this.sawScap && this.cursor.num === 0) {
      throw fail('WG_SCAP_NETWORK_CAPTURE', { found: type }, { at: this.place(p) });
    }
    this.counts.unknownBlocks++;
  }
}

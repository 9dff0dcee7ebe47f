/**
 * Interned byte strings: equal bytes have equal ids, so later code compares integers. Id 0 means "no value"; id 1 is the
 * empty string. Ids are dense, so side tables index by them.
 *
 * An attacker can make as many texts as he likes, so what nobody holds any more is forgotten: when the table is `crowded`,
 * its owner calls `sweep` between two events with the ids that he holds, and the other ids are given anew. Whoever else
 * keeps ids from one event to the next gets them by `of` or pins them; whoever keeps answers by id forgets them when
 * `sweeps` has changed.
 *
 * Layout: bytes of all symbols in one arena, 4-byte aligned; open-addressing table of ids by hash; one row per id
 * (offset, length, hash). Texts that were decoded lately are kept in a cache of fixed size, since an attacker can make
 * millions of them. The hash starts from a number that differs per table, so that nobody can prepare names that collide.
 */

import type { TextBuffer } from './text-buffer.hot.ts';

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });
const encoder = new TextEncoder();
const TEXTS = 1 << 14;

/** Counts the sweeps of all tables of the process. */
export const sweeps = { count: 0 };

/** Fewer symbols and bytes than these are no crowd. */
const CROWD = 1 << 16;
const CROWD_BYTES = 8 << 20;
/** Length of an id that is free; its offset is the next free id. */
const FREE = -1;

export class SymbolTable {
  /** Ids go up to here, id 0 included. */
  size = 1;
  /** Symbols in use, id 0 included. */
  used = 1;
  /** A sweep is due. */
  crowded = false;
  private free = 0;
  private readonly crowd: number;
  private limit: number;
  private byteLimit: number;
  private pinned = new Uint8Array(1024);
  private offsets = new Int32Array(1024);
  private lengths = new Int32Array(1024);
  private hashes = new Int32Array(1024);
  private slots = new Int32Array(4096);
  private mask = 4095;
  private arena = new Uint8Array(1 << 16);
  /** The arena once more. */
  private view = new DataView(this.arena.buffer);
  private top = 0;
  private readonly seed = (Math.random() * 0x7fffffff) | 0;
  private readonly texts: string[] = new Array(TEXTS).fill('');
  /** Which symbol's text each slot of the cache holds; 0: the empty text. */
  private readonly textOf = new Int32Array(TEXTS);

  /** `crowd`: symbols from which on a sweep is due. */
  constructor(crowd: number = CROWD) {
    this.crowd = crowd;
    this.limit = crowd;
    this.byteLimit = CROWD_BYTES;
    this.intern(this.arena, 0, 0);
    this.pin(1);
  }

  /** Id of `length` bytes of `bytes` from `at`; the caller has checked the bounds. */
  intern(bytes: Uint8Array, at: number, length: number): number {
    const h = this.hash(bytes, at, length);
    let slot = h & this.mask;
    for (;;) {
      const id = this.slots[slot]!;
      if (id === 0) return this.add(slot, h, bytes, at, length);
      if (this.hashes[id] === h && this.lengths[id] === length && this.same(id, bytes, at, length)) return id;
      slot = (slot + 1) & this.mask;
    }
  }

  /** Id of a JavaScript string (as UTF-8), kept for ever: for constants. */
  of(text: string): number {
    return this.pin(this.made(text));
  }

  /** Id of a JavaScript string (as UTF-8) that came of the input. Not for hot paths. */
  made(text: string): number {
    const bytes = encoder.encode(text);
    return this.intern(bytes, 0, bytes.length);
  }

  /** Keeps a symbol for ever. */
  pin(id: number): number {
    if (id >= this.pinned.length) {
      const wider = new Uint8Array(Math.max(this.pinned.length * 2, id + 1));
      wider.set(this.pinned);
      this.pinned = wider;
    }
    this.pinned[id] = 1;
    return id;
  }

  /** Forgets all symbols but the pinned ones and those that occur as values in `held`. */
  sweep(held: readonly Int32Array[]): void {
    const live = new Uint8Array(this.size);
    live.set(this.pinned.subarray(0, this.size));
    live[0] = 1;
    for (const values of held) {
      for (let i = 0; i < values.length; i++) {
        const id = values[i]!;
        if (id > 0 && id < this.size) live[id] = 1;
      }
    }
    this.keepOnly(live);
    this.texts.fill('');
    this.textOf.fill(0);
    sweeps.count++;
  }

  /** The text of a symbol; bytes that are no UTF-8 become U+FFFD. Id 0 gives ''. */
  text(id: number): string {
    const slot = id & (TEXTS - 1);
    if (this.textOf[slot] === id) return this.texts[slot]!;
    const text = utf8.decode(this.bytes(id));
    this.textOf[slot] = id;
    this.texts[slot] = text;
    return text;
  }

  /** A view of the symbol's bytes, valid until the next `intern`. */
  bytes(id: number): Uint8Array {
    const at = this.offsets[id]!;
    return this.arena.subarray(at, at + this.lengths[id]!);
  }

  /** Writes the symbol's text, made safe as the buffer does it; id 0 writes nothing. */
  write(id: number, out: TextBuffer): void {
    out.utf8(this.view, this.offsets[id]!, this.lengths[id]!);
  }

  /** Copies at most `limit` bytes of a symbol to `to` from `at`; returns how many. */
  copy(id: number, to: Uint8Array, at: number, limit: number): number {
    const base = this.offsets[id]!;
    const length = Math.min(this.lengths[id]!, limit);
    const arena = this.arena;
    for (let i = 0; i < length; i++) to[at + i] = arena[base + i]!;
    return length;
  }

  length(id: number): number {
    return this.lengths[id]!;
  }

  /** Four bytes at a time; the last four may overlap those before. */
  private hash(bytes: Uint8Array, at: number, length: number): number {
    let h = this.seed ^ length;
    const end = at + length;
    let i = at;
    for (; i + 4 <= end; i += 4) h = mix(h, wordAt(bytes, i));
    if (length >= 4) {
      if (i < end) h = mix(h, wordAt(bytes, end - 4));
    } else for (; i < end; i++) h = mix(h, bytes[i]!);
    h ^= h >>> 16;
    h = Math.imul(h, 0x85ebca6b);
    return h ^ (h >>> 13);
  }

  private same(id: number, bytes: Uint8Array, at: number, length: number): boolean {
    const arena = this.arena;
    const base = this.offsets[id]!;
    for (let i = 0; i < length; i++) if (arena[base + i] !== bytes[at + i]) return false;
    return true;
  }

  private add(slot: number, hash: number, bytes: Uint8Array, at: number, length: number): number {
    if (this.top + length + 4 > this.arena.length) this.growArena(length);
    const id = this.newId();
    this.offsets[id] = this.top;
    this.lengths[id] = length;
    this.hashes[id] = hash;
    for (let i = 0; i < length; i++) this.arena[this.top + i] = bytes[at + i]!;
    this.top += (length + 3) & ~3;
    this.slots[slot] = id;
    this.crowded = this.used > this.limit || this.top > this.byteLimit;
    if (this.used * 2 > this.slots.length) this.rehash(this.slots.length * 2);
    return id;
  }

  private newId(): number {
    this.used++;
    const id = this.free;
    if (id !== 0) {
      this.free = this.offsets[id]!;
      return id;
    }
    if (this.size === this.offsets.length) this.growRows();
    return this.size++;
  }

  private keepOnly(live: Uint8Array): void {
    let bytes = 0;
    let used = 1;
    for (let id = 1; id < this.size; id++) {
      if (live[id] === 0 || this.lengths[id] === FREE) continue;
      bytes += (this.lengths[id]! + 3) & ~3;
      used++;
    }
    const arena = new Uint8Array(Math.max(1 << 16, 2 * bytes));
    this.top = 0;
    this.free = 0;
    // Backwards, so that low ids are given first.
    for (let id = this.size - 1; id > 0; id--) {
      if (live[id] === 1 && this.lengths[id] !== FREE) this.move(id, arena);
      else this.forget(id);
    }
    this.use(arena);
    this.used = used;
    this.limit = Math.max(this.crowd, 2 * used);
    this.byteLimit = Math.max(CROWD_BYTES, 2 * bytes);
    this.crowded = false;
    let slots = 4096;
    while (slots < 4 * used) slots *= 2;
    this.rehash(slots);
  }

  private move(id: number, arena: Uint8Array): void {
    const at = this.offsets[id]!;
    const length = this.lengths[id]!;
    arena.set(this.arena.subarray(at, at + length), this.top);
    this.offsets[id] = this.top;
    this.top += (length + 3) & ~3;
  }

  private forget(id: number): void {
    this.lengths[id] = FREE;
    this.offsets[id] = this.free;
    this.free = id;
  }

  private growRows(): void {
    const wider = (a: Int32Array) => {
      const b = new Int32Array(a.length * 2);
      b.set(a);
      return b;
    };
    this.offsets = wider(this.offsets);
    this.lengths = wider(this.lengths);
    this.hashes = wider(this.hashes);
  }

  private growArena(need: number): void {
    const arena = new Uint8Array(Math.max(this.arena.length * 2, this.top + need + 4));
    arena.set(this.arena);
    this.use(arena);
  }

  private use(arena: Uint8Array<ArrayBuffer>): void {
    this.arena = arena;
    this.view = new DataView(arena.buffer);
  }

  private rehash(length: number): void {
    const slots = new Int32Array(length);
    this.mask = slots.length - 1;
    for (let id = 1; id < this.size; id++) {
      if (this.lengths[id] === FREE) continue;
      let slot = this.hashes[id]! & this.mask;
      while (slots[slot] !== 0) slot = (slot + 1) & this.mask;
      slots[slot] = id;
    }
    this.slots = slots;
  }
}

function wordAt(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
}

function mix(h: number, word: number): number {
  const m = Math.imul(h ^ word, 0x9e3779b1);
  return m ^ (m >>> 15);
}

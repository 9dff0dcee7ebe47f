/**
 * Interned byte strings: equal bytes have equal ids, so later code compares integers. Id 0 means "no value"; id 1 is the
 * empty string. Ids are dense, so side tables index by them.
 *
 * Layout: bytes of all symbols in one arena, 4-byte aligned; open-addressing table of ids by hash; one row per id
 * (offset, length, hash). Texts that were decoded lately are kept in a cache of fixed size, since an attacker can make
 * millions of them. The hash starts from a number that differs per table, so that nobody can prepare names that collide.
 */

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });
const encoder = new TextEncoder();
const TEXTS = 1 << 14;

export class SymbolTable {
  /** Number of ids given, id 0 included. */
  size = 1;
  private offsets = new Int32Array(1024);
  private lengths = new Int32Array(1024);
  private hashes = new Int32Array(1024);
  private slots = new Int32Array(4096);
  private mask = 4095;
  private arena = new Uint8Array(1 << 16);
  private top = 0;
  private readonly seed = (Math.random() * 0x7fffffff) | 0;
  private readonly texts: string[] = new Array(TEXTS).fill('');
  /** Which symbol's text each slot of the cache holds; 0: the empty text. */
  private readonly textOf = new Int32Array(TEXTS);

  constructor() {
    this.intern(this.arena, 0, 0);
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

  /** Id of a JavaScript string (as UTF-8). Not for hot paths. */
  of(text: string): number {
    const bytes = encoder.encode(text);
    return this.intern(bytes, 0, bytes.length);
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
    if (this.size === this.offsets.length) this.growRows();
    if (this.top + length + 4 > this.arena.length) this.growArena(length);
    const id = this.size++;
    this.offsets[id] = this.top;
    this.lengths[id] = length;
    this.hashes[id] = hash;
    for (let i = 0; i < length; i++) this.arena[this.top + i] = bytes[at + i]!;
    this.top += (length + 3) & ~3;
    this.slots[slot] = id;
    if (this.size * 2 > this.slots.length) this.rehash();
    return id;
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
    this.arena = arena;
  }

  private rehash(): void {
    const slots = new Int32Array(this.slots.length * 2);
    this.mask = slots.length - 1;
    for (let id = 1; id < this.size; id++) {
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

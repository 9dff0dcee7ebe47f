/**
 * Interned byte strings: equal bytes have equal ids, so later code compares integers. Id 0 means "no value"; id 1 is the
 * empty string. Ids are dense, so side tables index by them.
 *
 * Layout: bytes of all symbols in one arena, 4-byte aligned; open-addressing table of ids by hash; one row per id
 * (offset, length, hash). Text is decoded on first use and kept.
 */

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });
const encoder = new TextEncoder();

export class SymbolTable {
  /** Number of ids given, id 0 included. */
  size = 1;
  private offsets = new Int32Array(4096);
  private lengths = new Int32Array(4096);
  private hashes = new Int32Array(4096);
  private slots = new Int32Array(16384);
  private mask = 16383;
  private arena = new Uint8Array(1 << 20);
  private top = 0;
  private texts: (string | undefined)[] = [''];

  constructor() {
    this.intern(this.arena, 0, 0);
  }

  /** Id of `length` bytes of `bytes` from `at`; the caller has checked the bounds. */
  intern(bytes: Uint8Array, at: number, length: number): number {
    let h = 0x811c9dc5 ^ length;
    for (let i = at, end = at + length; i < end; i++) h = Math.imul(h ^ bytes[i]!, 0x01000193);
    h ^= h >>> 15;
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
    const known = this.texts[id];
    if (known !== undefined) return known;
    const text = utf8.decode(this.bytes(id));
    this.texts[id] = text;
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

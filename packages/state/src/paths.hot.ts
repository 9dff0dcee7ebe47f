/**
 * Paths as symbols: joining with a directory, removing `.`, `..` and double slashes, splitting off directory and file
 * name. Everything is bounded: a path is cut at `PATH_LIMIT` bytes.
 */
import type { SymbolTable } from '@waspglass/kit';
import type { EventCursor } from '@waspglass/scap';

/** PATH_MAX of Linux. */
const PATH_LIMIT = 4096;
/** Paths resolved before: slots of `CACHE_WIDTH` bytes for the path as it was given. */
const CACHE_SLOTS = 1024;
const CACHE_WIDTH = 128;
const SLASH = 47;
const DOT = 46;

export class Paths {
  private readonly symbols: SymbolTable;
  /** Directory, slash, path: then normalised in place. */
  private readonly scratch = new Uint8Array(2 * PATH_LIMIT + 2);
  private directories = new Int32Array(1024);
  private names = new Int32Array(1024);
  private readonly unknown: number;
  private readonly cachedBytes = new DataView(new ArrayBuffer(CACHE_SLOTS * CACHE_WIDTH));
  private readonly cachedFrom = new Int32Array(CACHE_SLOTS).fill(-1);
  private readonly cachedLength = new Int32Array(CACHE_SLOTS);
  private readonly cachedPath = new Int32Array(CACHE_SLOTS);
  /** The path as it was given; 0 = not asked for yet. */
  private readonly cachedGiven = new Int32Array(CACHE_SLOTS);
  private lastSlot = -1;
  /** What `resolve` found last is what it was given. */
  private unchanged = false;

  constructor(symbols: SymbolTable) {
    this.symbols = symbols;
    this.unknown = symbols.of('<UNKNOWN>');
  }

  /** What a path starts from when its directory isn't known. */
  get unknownDirectory(): number {
    return this.unknown;
  }

  /** Symbol of the path of `length` bytes at `at` (no closing NUL), seen from directory `from` (0 = not known). */
  resolve(from: number, bytes: Uint8Array, at: number, length: number): number {
    const n = Math.min(length, PATH_LIMIT);
    this.unchanged = false;
    if (n > 0 && bytes[at] === SLASH) {
      if (isPlain(bytes, at, n)) {
        this.unchanged = n === length;
        return this.symbols.intern(bytes, at, n);
      }
      this.put(0, bytes, at, n);
      return this.normalise(n);
    }
    let w = 0;
    if (from > 1) {
      w = this.symbols.copy(from, this.scratch, 0, PATH_LIMIT);
      if (w > 1) this.scratch[w++] = SLASH;
    }
    const joint = w;
    w = this.put(w, bytes, at, n);
    // The directory is in normal form already.
    if (joint > 0 && isPlainRelative(bytes, at, n)) return this.symbols.intern(this.scratch, 0, w);
    return this.normalise(w);
  }

  /**
   * The same for a text parameter (its closing NUL counted in `length`). Programs open the same paths again and again:
   * what was resolved lately is found by comparing four bytes at a time.
   */
  resolveParam(from: number, c: EventCursor, at: number, length: number): number {
    this.lastSlot = -1;
    if (length < 5 || length > CACHE_WIDTH) return this.resolve(from, c.u8, at, textLength(c.u8, at, length));
    const view = c.view;
    // An absolute path is the same from everywhere.
    const key = c.u8[at] === SLASH ? 0 : from;
    const last = view.getInt32(at + length - 4, true);
    const middle = view.getInt32(at + ((length - 4) >> 1), true);
    const hash = Math.imul(last ^ Math.imul(middle ^ length, 0x9e3779b1) ^ key, 0x85ebca6b);
    const slot = (hash >>> 16) & (CACHE_SLOTS - 1);
    if (this.cachedFrom[slot] === key && this.cachedLength[slot] === length && this.isCached(slot, view, at, length)) {
      this.lastSlot = slot;
      return this.cachedPath[slot]!;
    }
    const path = this.resolve(from, c.u8, at, textLength(c.u8, at, length));
    const sink = this.cachedBytes;
    const base = slot * CACHE_WIDTH;
    for (let i = 0; i + 4 <= length; i += 4) sink.setInt32(base + i, view.getInt32(at + i, true), true);
    sink.setInt32(base + length - 4, last, true);
    this.cachedFrom[slot] = key;
    this.cachedLength[slot] = length;
    this.cachedPath[slot] = path;
    this.cachedGiven[slot] = this.unchanged ? path : 0;
    this.lastSlot = slot;
    return path;
  }

  /** Symbol of the parameter that was resolved last, as it was given. */
  given(c: EventCursor, at: number, length: number): number {
    const slot = this.lastSlot;
    const known = slot < 0 ? 0 : this.cachedGiven[slot]!;
    if (known !== 0) return known;
    const symbol = length <= 0 ? 0 : this.symbols.intern(c.u8, at, textLength(c.u8, at, length));
    if (slot >= 0) this.cachedGiven[slot] = symbol;
    return symbol;
  }

  /** Forgets what it remembers by symbol: the symbols were swept. */
  forget(): void {
    this.directories.fill(0);
    this.names.fill(0);
    this.cachedFrom.fill(-1);
    this.lastSlot = -1;
  }

  private isCached(slot: number, view: DataView, at: number, length: number): boolean {
    const cached = this.cachedBytes;
    const base = slot * CACHE_WIDTH;
    if (cached.getInt32(base + length - 4, true) !== view.getInt32(at + length - 4, true)) return false;
    for (let i = 0; i + 4 <= length; i += 4) {
      if (cached.getInt32(base + i, true) !== view.getInt32(at + i, true)) return false;
    }
    return true;
  }

  /** Directory part: `/etc` of `/etc/passwd`, `/` of `/etc`, and of a name without a slash, as the tools say. */
  directory(path: number): number {
    if (path === 0) return 0;
    if (path >= this.directories.length) this.directories = widened(this.directories, path);
    const known = this.directories[path]!;
    if (known !== 0) return known;
    const bytes = this.symbols.bytes(path);
    const cut = lastSlash(bytes);
    const id = cut > 0 ? this.intern(bytes, 0, cut) : this.symbols.of('/');
    this.directories[path] = id;
    return id;
  }

  /** File name: what follows the last slash. */
  filename(path: number): number {
    if (path === 0) return 0;
    if (path >= this.names.length) this.names = widened(this.names, path);
    const known = this.names[path]!;
    if (known !== 0) return known;
    const bytes = this.symbols.bytes(path);
    const cut = lastSlash(bytes);
    const id = this.intern(bytes, cut + 1, bytes.length - cut - 1);
    this.names[path] = id;
    return id;
  }

  /** Interns bytes that lie in the symbol table's own arena, which may move meanwhile. */
  private intern(bytes: Uint8Array, at: number, length: number): number {
    return this.symbols.intern(bytes.slice(at, at + length), 0, length);
  }

  private put(w: number, bytes: Uint8Array, at: number, length: number): number {
    const scratch = this.scratch;
    for (let i = 0; i < length; i++) scratch[w + i] = bytes[at + i]!;
    return w + length;
  }

  /** Normalises the first `n` bytes of the scratch in place and interns them. */
  private normalise(n: number): number {
    const s = this.scratch;
    const absolute = n > 0 && s[0] === SLASH;
    const root = absolute ? 1 : 0;
    let w = root;
    let r = root;
    while (r < n) {
      let end = r;
      while (end < n && s[end] !== SLASH) end++;
      const length = end - r;
      if (length === 2 && s[r] === DOT && s[r + 1] === DOT) w = parentEnd(s, w, root);
      else if (length > 0 && !(length === 1 && s[r] === DOT)) {
        if (w > root) s[w++] = SLASH;
        s.copyWithin(w, r, end);
        w += length;
      }
      r = end + 1;
    }
    return this.symbols.intern(s, 0, w);
  }
}

/** End of the path without its last part. */
function parentEnd(s: Uint8Array, end: number, root: number): number {
  let w = end;
  while (w > root && s[w - 1] !== SLASH) w--;
  return w > root ? w - 1 : w;
}

/** An absolute path with nothing to normalise. */
function isPlain(bytes: Uint8Array, at: number, length: number): boolean {
  let before = bytes[at]!;
  for (let i = at + 1, end = at + length; i < end; i++) {
    const c = bytes[i]!;
    if (before === SLASH && (c === SLASH || c === DOT)) return false;
    before = c;
  }
  return length === 1 || before !== SLASH;
}

/** A relative path of which every part stays, and that doesn't end in a slash. */
function isPlainRelative(bytes: Uint8Array, at: number, length: number): boolean {
  let before = SLASH;
  for (let i = at, end = at + length; i < end; i++) {
    const c = bytes[i]!;
    if (before === SLASH && (c === SLASH || c === DOT)) return false;
    before = c;
  }
  return before !== SLASH;
}

function lastSlash(bytes: Uint8Array): number {
  for (let i = bytes.length - 1; i >= 0; i--) if (bytes[i] === SLASH) return i;
  return -1;
}

function widened(a: Int32Array<ArrayBuffer>, index: number): Int32Array<ArrayBuffer> {
  const b = new Int32Array(Math.max(a.length * 2, index + 1));
  b.set(a);
  return b;
}

/** Bytes before the first NUL. */
export function textLength(bytes: Uint8Array, at: number, length: number): number {
  for (let i = 0; i < length; i++) if (bytes[at + i] === 0) return i;
  return length;
}

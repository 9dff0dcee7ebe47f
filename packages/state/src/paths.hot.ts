/**
 * Paths as symbols: joining with a directory, removing `.`, `..` and double slashes, splitting off directory and file
 * name. Everything is bounded: a path is cut at `PATH_LIMIT` bytes.
 */
import type { SymbolTable } from '@waspglass/kit';

/** PATH_MAX of Linux. */
const PATH_LIMIT = 4096;
const SLASH = 47;
const DOT = 46;

export class Paths {
  private readonly symbols: SymbolTable;
  /** Directory, slash, path: then normalised in place. */
  private readonly scratch = new Uint8Array(2 * PATH_LIMIT + 2);
  private directories = new Int32Array(1024);
  private names = new Int32Array(1024);
  private readonly unknown: number;

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
    if (n > 0 && bytes[at] === SLASH) {
      if (isPlain(bytes, at, n)) return this.symbols.intern(bytes, at, n);
      this.put(0, bytes, at, n);
      return this.normalise(n);
    }
    let w = 0;
    if (from > 1) {
      const directory = this.symbols.bytes(from);
      w = this.put(0, directory, 0, Math.min(directory.length, PATH_LIMIT));
      this.scratch[w++] = SLASH;
    }
    w = this.put(w, bytes, at, n);
    return this.normalise(w);
  }

  /** The same for a path that is a symbol already. */
  resolveSymbol(from: number, path: number): number {
    // The arena may move while the result is interned: `resolve` has copied by then.
    return this.resolve(from, this.symbols.bytes(path), 0, this.symbols.length(path));
  }

  /** Directory part: `/etc` of `/etc/passwd`, `/` of `/etc`. Text without a slash is its own directory. */
  directory(path: number): number {
    if (path === 0) return 0;
    if (path >= this.directories.length) this.directories = widened(this.directories, path);
    const known = this.directories[path]!;
    if (known !== 0) return known;
    const bytes = this.symbols.bytes(path);
    const cut = lastSlash(bytes);
    const end = cut > 0 ? cut : cut === 0 ? 1 : bytes.length;
    const id = this.intern(bytes, 0, end);
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

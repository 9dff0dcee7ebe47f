/**
 * Text on its way out as UTF-8: lines are put together here as bytes, without a string for each value. Numbers become
 * digits in place; printable ASCII, which nearly all texts are, is copied and checked four bytes at a time. Any other text
 * goes through `safe` as a string, so what an attacker wrote is escaped wherever it comes from.
 *
 * Invariant: the bytes up to `length` are whole texts; whoever wrote too much sets `length` back.
 */
import { escapeControl } from './escape.ts';

const SPACE = 0x20;
const DEL = 0x7f;
const ZERO = 0x30;
const MINUS = 0x2d;
const DOT = 0x2e;
const LOWER_A = 0x61;
const BILLION = 1e9;
const HIGH = 4294967296;
/** Bytes that are always free behind what was reserved: copies by words write up to 3 too many, short texts more. */
const MARGIN = 32;
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/** Two digits as they lie in memory. */
const PAIRS = Uint16Array.from({ length: 100 }, (_, i) => (ZERO + Math.floor(i / 10)) | ((ZERO + (i % 10)) << 8));
/** What is shown for each byte by `dots`. */
const DOTS = Uint8Array.from({ length: 256 }, (_, byte) => (byte < SPACE || byte >= DEL ? DOT : byte));

/** Whether four bytes are not all printable ASCII: one is above 0x7e or below 0x20. */
function isUnsafe(word: number): boolean {
  return ((word | ((word - 0x20202020) | 0) | ((word + 0x01010101) | 0)) & 0x80808080) !== 0;
}

function hexDigits(value: number): number {
  return value === 0 ? 1 : (35 - Math.clz32(value)) >> 2;
}

function dotted(word: number): number {
  return (
    DOTS[word & 255]! |
    (DOTS[(word >>> 8) & 255]! << 8) |
    (DOTS[(word >>> 16) & 255]! << 16) |
    (DOTS[word >>> 24]! << 24)
  );
}

/** A text that is written often, in words of four bytes: few are longer than two. */
export class Literal {
  readonly length: number;
  readonly first: number;
  readonly second: number;
  readonly rest: Int32Array;

  constructor(text: string) {
    const bytes = Buffer.from(text);
    const words = new Int32Array(2 + ((bytes.length + 3) >> 2));
    new Uint8Array(words.buffer).set(bytes);
    this.length = bytes.length;
    this.first = words[0]!;
    this.second = words[1]!;
    this.rest = words.slice(2, (bytes.length + 3) >> 2);
  }
}

export class TextBuffer {
  length = 0;
  private bytes: Buffer;
  private view: DataView;
  private limit: number;
  private readonly safe: (text: string) => string;

  /** `safe`: what becomes of texts that hold more than printable ASCII. */
  constructor(size = 4096, safe: (text: string) => string = escapeControl) {
    this.bytes = Buffer.allocUnsafeSlow(size);
    this.view = new DataView(this.bytes.buffer);
    this.limit = size - MARGIN;
    this.safe = safe;
  }

  byte(value: number): void {
    this.reserve(0);
    this.bytes[this.length++] = value;
  }

  literal(text: Literal): void {
    const count = text.length;
    this.reserve(count);
    const to = this.view;
    const at = this.length;
    this.length = at + count;
    to.setInt32(at, text.first, true);
    if (count <= 4) return;
    to.setInt32(at + 4, text.second, true);
    if (count <= 8) return;
    const { rest } = text;
    for (let i = 0; i < rest.length; i++) to.setInt32(at + 8 + 4 * i, rest[i]!, true);
  }

  /** ASCII as it is. */
  ascii(text: string): void {
    const count = text.length;
    this.reserve(count);
    const to = this.bytes;
    let p = this.length;
    for (let i = 0; i < count; i++) to[p++] = text.charCodeAt(i);
    this.length = p;
  }

  /** Any text as it is. */
  raw(text: string): void {
    this.reserve(3 * text.length);
    this.length += this.bytes.write(text, this.length);
  }

  /** A text made safe. */
  text(text: string): void {
    const count = text.length;
    this.reserve(count);
    const to = this.bytes;
    let p = this.length;
    for (let i = 0; i < count; i++) {
      const code = text.charCodeAt(i);
      if (code < SPACE || code >= DEL) {
        this.raw(this.safe(text));
        return;
      }
      to[p++] = code;
    }
    this.length = p;
  }

  /** `count` bytes of UTF-8 from `at`, made safe; what is no UTF-8 becomes U+FFFD. */
  utf8(from: DataView, at: number, count: number): void {
    if (!this.plain(from, at, count)) {
      this.raw(this.safe(utf8.decode(new Uint8Array(from.buffer, from.byteOffset + at, count))));
    }
  }

  /** `count` bytes from `at` if they are printable ASCII; else nothing is written and the answer is false. */
  plain(from: DataView, at: number, count: number): boolean {
    this.reserve(count);
    const to = this.view;
    const end = at + count;
    let p = this.length;
    let i = at;
    for (; i + 4 <= end; i += 4, p += 4) {
      const word = from.getInt32(i, true);
      if (isUnsafe(word)) return false;
      to.setInt32(p, word, true);
    }
    for (; i < end; i++, p++) {
      const byte = from.getUint8(i);
      if (byte < SPACE || byte >= DEL) return false;
      to.setUint8(p, byte);
    }
    this.length = p;
    return true;
  }

  /** `count` bytes from `at`, a dot for what is not printable ASCII. */
  dots(from: DataView, at: number, count: number): void {
    this.reserve(count);
    const to = this.view;
    const end = at + count;
    let p = this.length;
    let i = at;
    for (; i + 4 <= end; i += 4, p += 4) {
      const word = from.getInt32(i, true);
      to.setInt32(p, isUnsafe(word) ? dotted(word) : word, true);
    }
    for (; i < end; i++, p++) to.setUint8(p, DOTS[from.getUint8(i)]!);
    this.length = p;
  }

  /** Any number, as `String` writes it. */
  number(value: number): void {
    if (value >= 0 && value < BILLION && Number.isInteger(value)) this.small(value);
    else if (!Number.isSafeInteger(value)) this.ascii(String(value));
    else if (value < 0) {
      this.byte(MINUS);
      this.digits(-value);
    } else this.digits(value);
  }

  /** An unsigned 64-bit number by its halves. */
  u64(low: number, high: number): void {
    const top = high >>> 0;
    if (top < 0x200000) this.digits(top * HIGH + (low >>> 0));
    else this.ascii(String((BigInt(top) << 32n) | BigInt(low >>> 0)));
  }

  /** A signed 64-bit number by its halves. */
  i64(low: number, high: number): void {
    if (high === 0 && low >= 0 && low < BILLION) {
      this.small(low);
      return;
    }
    if ((high | 0) >= 0) {
      this.u64(low, high);
      return;
    }
    this.byte(MINUS);
    const negated = (~low + 1) >>> 0;
    this.u64(negated, negated === 0 ? ~high + 1 : ~high);
  }

  /** A whole number from 0 to 2^53. */
  digits(value: number): void {
    if (value < BILLION) {
      this.small(value);
      return;
    }
    const upper = Math.floor(value / BILLION);
    this.small(upper);
    this.nine(value - upper * BILLION);
  }

  /** A whole number below 10^9 in nine digits. */
  nine(value: number): void {
    this.reserve(0);
    const to = this.view;
    const at = this.length;
    let left = value | 0;
    for (let p = at + 7; p > at; p -= 2) {
      const rest = (left / 100) | 0;
      to.setUint16(p, PAIRS[left - 100 * rest]!, true);
      left = rest;
    }
    to.setUint8(at, ZERO + left);
    this.length = at + 9;
  }

  /** An unsigned 64-bit number in hexadecimal by its halves; `ten`: code of the digit that stands for ten. */
  hex(low: number, high: number, ten = LOWER_A): void {
    this.reserve(0);
    if ((high | 0) === 0) this.nibbles(low | 0, hexDigits(low | 0), ten);
    else {
      this.nibbles(high | 0, hexDigits(high | 0), ten);
      this.nibbles(low | 0, 8, ten);
    }
  }

  private nibbles(value: number, count: number, ten: number): void {
    const to = this.bytes;
    let left = value;
    for (let p = this.length + count - 1; p >= this.length; p--) {
      const digit = left & 15;
      to[p] = digit < 10 ? ZERO + digit : ten + digit - 10;
      left >>>= 4;
    }
    this.length += count;
  }

  /** The text from `at` on. */
  since(at: number): string {
    return this.bytes.toString('utf8', at, this.length);
  }

  /** Hands over what is there and goes on with another buffer, which owns its memory. */
  take(next: Buffer): Buffer {
    const taken = this.bytes.subarray(0, this.length);
    this.use(next);
    this.length = 0;
    return taken;
  }

  /** A whole number from 0 to 2^31. */
  private small(value: number): void {
    if (value < 10) {
      this.byte(ZERO + value);
      return;
    }
    this.reserve(0);
    const to = this.view;
    let left = value | 0;
    let count = 2;
    for (let limit = 100; left >= limit && count < 10; limit *= 10) count++;
    let p = this.length + count;
    this.length = p;
    while (left >= 100) {
      const rest = (left / 100) | 0;
      p -= 2;
      to.setUint16(p, PAIRS[left - 100 * rest]!, true);
      left = rest;
    }
    if (left >= 10) to.setUint16(p - 2, PAIRS[left]!, true);
    else to.setUint8(p - 1, ZERO + left);
  }

  /** Makes room for `count` bytes and the margin. */
  private reserve(count: number): void {
    if (this.length + count > this.limit) this.grow(count);
  }

  private grow(count: number): void {
    const wider = Buffer.allocUnsafeSlow(Math.max(2 * this.bytes.length, this.length + count + MARGIN));
    this.bytes.copy(wider, 0, 0, this.length);
    this.use(wider);
  }

  private use(bytes: Buffer): void {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.limit = bytes.length - MARGIN;
  }
}

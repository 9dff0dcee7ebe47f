/**
 * Text on its way out as UTF-8: lines are put together here byte by byte, without a string for each value. Numbers become
 * digits in place; printable ASCII, which nearly all texts are, is copied while it is checked. Any other text goes
 * through `safe` as a string, so what an attacker wrote is escaped wherever it comes from.
 *
 * Invariant: the bytes up to `length` are whole texts; whoever wrote too much sets `length` back.
 */
import { escapeControl } from './escape.ts';

const SPACE = 0x20;
const DEL = 0x7f;
const ZERO = 0x30;
const MINUS = 0x2d;
const DOT = 0x2e;
/** Digits of 2^64. */
const DIGITS = 20;
const HEX_DIGITS = 16;
const LOWER_A = 0x61;
const BILLION = 1e9;
const HIGH = 4294967296;
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

export class TextBuffer {
  bytes: Buffer;
  length = 0;
  private readonly safe: (text: string) => string;

  /** `safe`: what becomes of texts that hold more than printable ASCII. */
  constructor(size = 4096, safe: (text: string) => string = escapeControl) {
    this.bytes = Buffer.allocUnsafeSlow(size);
    this.safe = safe;
  }

  /** Makes room for `count` bytes more. */
  reserve(count: number): void {
    if (this.length + count > this.bytes.length) this.grow(count);
  }

  byte(value: number): void {
    if (this.length === this.bytes.length) this.grow(1);
    this.bytes[this.length++] = value;
  }

  /** Bytes as they are. */
  put(bytes: Uint8Array): void {
    const count = bytes.length;
    this.reserve(count);
    const to = this.bytes;
    let p = this.length;
    for (let i = 0; i < count; i++) to[p++] = bytes[i]!;
    this.length = p;
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
  utf8(bytes: Uint8Array, at: number, count: number): void {
    this.reserve(count);
    const to = this.bytes;
    const end = at + count;
    let p = this.length;
    for (let i = at; i < end; i++) {
      const byte = bytes[i]!;
      if (byte < SPACE || byte >= DEL) {
        this.raw(this.safe(utf8.decode(bytes.subarray(at, end))));
        return;
      }
      to[p++] = byte;
    }
    this.length = p;
  }

  /** `count` bytes from `at`, a dot for what is not printable ASCII. */
  dots(bytes: Uint8Array, at: number, count: number): void {
    this.reserve(count);
    const to = this.bytes;
    let p = this.length;
    for (let i = at; i < at + count; i++) {
      const byte = bytes[i]!;
      to[p++] = byte < SPACE || byte >= DEL ? DOT : byte;
    }
    this.length = p;
  }

  /** Any number, as `String` writes it. */
  number(value: number): void {
    if (!Number.isSafeInteger(value)) this.ascii(String(value));
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
    this.padded(value - upper * BILLION, 9);
  }

  /** The last `count` (at most 9) digits of a number below 2^31, zeros before. */
  padded(value: number, count: number): void {
    this.reserve(count);
    const to = this.bytes;
    let left = value | 0;
    for (let p = this.length + count - 1; p >= this.length; p--) {
      const rest = (left / 10) | 0;
      to[p] = ZERO + left - 10 * rest;
      left = rest;
    }
    this.length += count;
  }

  /** An unsigned 64-bit number in hexadecimal by its halves; `ten`: code of the digit that stands for ten. */
  hex(low: number, high: number, ten = LOWER_A): void {
    this.reserve(HEX_DIGITS);
    const top = high >>> 0;
    const bits = top === 0 ? 32 - Math.clz32(low) : 64 - Math.clz32(top);
    for (let shift = (Math.max(bits, 1) - 1) & ~3; shift >= 0; shift -= 4) {
      const digit = (shift < 32 ? low >>> shift : top >>> (shift - 32)) & 15;
      this.bytes[this.length++] = digit < 10 ? ZERO + digit : ten + digit - 10;
    }
  }

  /** The text from `at` on. */
  since(at: number): string {
    return this.bytes.toString('utf8', at, this.length);
  }

  /** Hands over what is there and goes on with another buffer. */
  take(next: Buffer): Buffer {
    const taken = this.bytes.subarray(0, this.length);
    this.bytes = next;
    this.length = 0;
    return taken;
  }

  private small(value: number): void {
    this.reserve(DIGITS);
    let count = 1;
    for (let limit = 10; value >= limit; limit *= 10) count++;
    this.padded(value, count);
  }

  private grow(count: number): void {
    const wider = Buffer.allocUnsafeSlow(Math.max(2 * this.bytes.length, this.length + count));
    this.bytes.copy(wider, 0, 0, this.length);
    this.bytes = wider;
  }
}

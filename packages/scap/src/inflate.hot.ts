/**
 * Inflates a gzip file of any number of members, by request and without a pause, straight into a given buffer. Uses the
 * handle below zlib's streams, since those give every piece a buffer of its own and a turn of the event loop; `canInflate`
 * says whether this version of Node.js has it as expected (else gunzip.ts does the work). Format: RFC 1952.
 */
import { constants, crc32, createInflateRaw, deflateRawSync, type InflateRaw } from 'node:zlib';
import { fail } from './errors.ts';

/** Compressed bytes per call. */
const STEP_BYTES = 16 * 1024;
const INPUT_BYTES = 128 * 1024;
const FLAG = { HEADER_CRC: 2, EXTRA: 4, NAME: 8, COMMENT: 16 } as const;
const FIXED_HEADER = 10;
const TRAILER = 8;
const MOST_HEADER = 1 << 17;

interface Handle {
  writeSync(
    flush: number,
    input: Uint8Array,
    at: number,
    length: number,
    out: Uint8Array,
    to: number,
    room: number,
  ): void;
  reset(): void;
  onerror: (message: string, errno: number, code: string) => void;
}

interface Internals {
  readonly _handle?: Handle;
  readonly _writeState?: Uint32Array;
}

/** One deflate stream after the other. */
class Engine {
  error: string | undefined;
  /** Bytes taken and given by the last `write`. */
  taken = 0;
  given = 0;
  private readonly stream: InflateRaw & Internals = createInflateRaw();
  private readonly handle: Handle;
  private readonly left: Uint32Array;

  constructor() {
    const { _handle: handle, _writeState: left } = this.stream;
    if (handle === undefined || left === undefined) throw new TypeError('zlib streams have no handle');
    handle.onerror = (_, __, code) => {
      this.error = code;
    };
    this.handle = handle;
    this.left = left;
  }

  write(input: Uint8Array, at: number, length: number, out: Uint8Array, to: number, room: number): void {
    this.handle.writeSync(constants.Z_NO_FLUSH, input, at, length, out, to, room);
    if (this.error !== undefined) return;
    this.given = room - this.left[0]!;
    this.taken = length - this.left[1]!;
  }

  reset(): void {
    this.error = undefined;
    this.handle.reset();
  }

  close(): void {
    this.stream.destroy();
  }
}

/** Whether the handle works as expected: asked once. */
export function canInflate(): boolean {
  works ??= tryOut();
  return works;
}
let works: boolean | undefined;

function tryOut(): boolean {
  const text = new Uint8Array(100).fill(7);
  const packed = deflateRawSync(text);
  const input = new Uint8Array(packed.length + 8);
  input.set(packed);
  const out = new Uint8Array(new SharedArrayBuffer(200));
  try {
    const engine = new Engine();
    for (let round = 0; round < 2; round++) {
      engine.write(input, 0, input.length, out, 10, 150);
      if (engine.given !== 100 || engine.taken !== packed.length || out[109] !== 7 || out[110] !== 0) return false;
      engine.reset();
    }
    engine.close();
    return true;
  } catch (error) {
    // An interface that has changed is what is asked about here.
    if (error instanceof TypeError) return false;
    throw error;
  }
}

/** Fills a buffer from a place in the compressed file; returns how many bytes, 0 at its end. */
export type Source = (buffer: Uint8Array, at: number, length: number, position: number) => number;

export class GzipFile {
  private readonly engine = new Engine();
  private readonly source: Source;
  private readonly file: string;
  private readonly input = new Uint8Array(INPUT_BYTES);
  private at = 0;
  private fill = 0;
  /** Place in the file of the next byte to fill. */
  private position = 0;
  /** Where the member's deflate stream begins, and how much of it was delivered. */
  private body = 0;
  private delivered = 0;
  /** After damage: the place from which on bytes are inflated one by one; and how much comes that was delivered already. */
  private slowFrom = Number.POSITIVE_INFINITY;
  private repeated = 0;
  private members = 0;
  private inside = false;
  private crc = 0;
  private size = 0;

  constructor(source: Source, file: string) {
    this.source = source;
    this.file = file;
  }

  /** Puts the next bytes into `out`; 0 when there are no more. Throws what is wrong after all that came before it. */
  read(out: Uint8Array, to: number, room: number): number {
    for (;;) {
      if (!this.inside && !this.header()) return 0;
      const given = this.inflate(out, to, room);
      if (given > 0) return given;
    }
  }

  close(): void {
    this.engine.close();
  }

  private inflate(out: Uint8Array, to: number, room: number): number {
    if (!this.need(1)) throw this.cut();
    const { engine } = this;
    const length = this.step();
    engine.write(this.input, this.at, length, out, to, room);
    if (engine.error !== undefined) return this.again(engine.error);
    const { given, taken } = engine;
    this.at += taken;
    if (given === 0 && taken < length) this.trailer();
    return given === 0 ? 0 : this.deliver(out, to, given);
  }

  /** Compressed bytes for the next call. */
  private step(): number {
    const left = Math.min(this.fill - this.at, STEP_BYTES);
    const before = this.slowFrom - this.place();
    return before > 0 ? Math.min(left, before) : 1;
  }

  private deliver(out: Uint8Array, to: number, given: number): number {
    const skipped = Math.min(this.repeated, given);
    if (skipped > 0) {
      this.repeated -= skipped;
      out.copyWithin(to, to + skipped, to + given);
    }
    const length = given - skipped;
    this.crc = crc32(out.subarray(to, to + length), this.crc);
    this.size = (this.size + length) >>> 0;
    this.delivered += length;
    return length;
  }

  /**
   * What a call made is lost when it finds damage. So the member is inflated once more, without delivering the same
   * again, and byte by byte where the damage is.
   */
  private again(error: string): number {
    if (this.slowFrom !== Number.POSITIVE_INFINITY) throw this.damaged(error);
    this.slowFrom = this.place();
    this.repeated = this.delivered;
    this.at = 0;
    this.fill = 0;
    this.position = this.body;
    this.engine.reset();
    return 0;
  }

  /** Place in the file of the next byte to inflate. */
  private place(): number {
    return this.position - (this.fill - this.at);
  }

  /** False when no further member follows; what else stands behind the last one is ignored. */
  private header(): boolean {
    const first = this.members === 0;
    if (!this.need(FIXED_HEADER)) {
      if (first && this.fill > this.at) throw this.cut();
      return false;
    }
    const { input, at } = this;
    if (input[at] !== 0x1f || input[at + 1] !== 0x8b) return false;
    const method = input[at + 2]!;
    const flags = input[at + 3]!;
    if (method !== 8) {
      if (first) throw this.damaged(`compression method ${method}, expected 8`);
      return false;
    }
    this.at += FIXED_HEADER;
    if ((flags & FLAG.EXTRA) !== 0) this.skip(this.byte() + 256 * this.byte());
    if ((flags & FLAG.NAME) !== 0) this.skipText();
    if ((flags & FLAG.COMMENT) !== 0) this.skipText();
    if ((flags & FLAG.HEADER_CRC) !== 0) this.skip(2);
    if (!first) this.engine.reset();
    this.members++;
    this.inside = true;
    this.crc = 0;
    this.size = 0;
    this.body = this.place();
    this.delivered = 0;
    return true;
  }

  private trailer(): void {
    if (!this.need(TRAILER)) throw this.cut();
    const view = new DataView(this.input.buffer, this.at);
    if (view.getUint32(0, true) !== this.crc || view.getUint32(4, true) !== this.size) {
      throw this.damaged('a checksum that does not match');
    }
    this.at += TRAILER;
    this.inside = false;
  }

  private byte(): number {
    if (!this.need(1)) throw this.cut();
    return this.input[this.at++]!;
  }

  private skip(bytes: number): void {
    for (let i = 0; i < bytes; i++) this.byte();
  }

  private skipText(): void {
    for (let i = 0; this.byte() !== 0; i++) if (i > MOST_HEADER) throw this.damaged('an endless header');
  }

  /** Makes at least `n` bytes of input available, unless the file ends. */
  private need(n: number): boolean {
    if (this.fill - this.at >= n) return true;
    this.input.copyWithin(0, this.at, this.fill);
    this.fill -= this.at;
    this.at = 0;
    while (this.fill < n) {
      const got = this.source(this.input, this.fill, INPUT_BYTES - this.fill, this.position);
      if (got === 0) return false;
      this.fill += got;
      this.position += got;
    }
    return true;
  }

  private cut(): Error {
    return fail('WG_SCAP_GZIP_TRUNCATED', {}, { at: { file: this.file, offset: this.position } });
  }

  private damaged(found: string): Error {
    return fail('WG_SCAP_GZIP', { found }, { at: { file: this.file, offset: this.place() } });
  }
}

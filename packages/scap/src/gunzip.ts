/**
 * Inflates a gzip stream of any number of members and delivers all that can be had before damage or a cut; garbage
 * after the last member is ignored. Inflating runs in zlib's own thread while the caller works on the last piece.
 * zlib loses what a call made that finds damage, so a member is kept, within a limit, to inflate it again up to there.
 * Format: RFC 1952.
 */
import { crc32, createInflateRaw, type InflateRaw } from 'node:zlib';
import { systemCode } from '@waspglass/kit';
import { fail } from './errors.ts';

const PIECE_BYTES = 512 * 1024;
/** Compressed bytes per step: bounds what one step can become (deflate reaches 1:1032). */
const STEP_BYTES = 128 * 1024;
const FLAG = { HEADER_CRC: 2, EXTRA: 4, NAME: 8, COMMENT: 16 } as const;
const FIXED_HEADER = 10;
const TRAILER = 8;
const MOST_HEADER = 1 << 17;
/** Of members with more compressed bytes than this, the last step before damage is lost. */
const MOST_KEPT = 16 << 20;
/** Compressed bytes per call while the place of the damage is looked for. */
const SEARCH_STEPS = [4096, 64, 1] as const;

export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** Pieces of the uncompressed stream; fails with a WaspglassError after the last good piece. */
export async function* gunzip(input: AsyncIterator<Uint8Array>, file: string): AsyncGenerator<Uint8Array[]> {
  const source = new Source(input);
  for (let member = 0; ; member++) {
    const more = await skipHeader(source, member, file);
    if (!more) return;
    yield* new Member(source, file).inflate();
  }
}

function cut(source: Source, file: string): Error {
  return fail('WG_SCAP_GZIP_TRUNCATED', {}, { at: { file, offset: source.offset + source.bytes.length } });
}

function damaged(found: string, file: string, offset: number): Error {
  return fail('WG_SCAP_GZIP', { found }, { at: { file, offset } });
}

/** Input with look-ahead and put-back. */
class Source {
  private readonly input: AsyncIterator<Uint8Array>;
  bytes: Uint8Array = new Uint8Array(0);
  /** Place in the stream of the first of `bytes`. */
  offset = 0;

  constructor(input: AsyncIterator<Uint8Array>) {
    this.input = input;
  }

  /** Makes at least `n` bytes available, unless the input ends. */
  async need(n: number): Promise<boolean> {
    while (this.bytes.length < n) {
      const next = await this.input.next();
      if (next.done === true) return false;
      this.bytes = this.bytes.length === 0 ? next.value : concat(this.bytes, next.value);
    }
    return true;
  }

  take(n: number): Uint8Array {
    const taken = this.bytes.subarray(0, n);
    this.bytes = this.bytes.subarray(taken.length);
    this.offset += taken.length;
    return taken;
  }

  putBack(bytes: Uint8Array): void {
    this.offset -= bytes.length;
    this.bytes = this.bytes.length === 0 ? bytes : concat(bytes, this.bytes);
  }
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

/** False when no further member follows. */
async function skipHeader(source: Source, member: number, file: string): Promise<boolean> {
  if (!(await source.need(2)) || !isGzip(source.bytes)) return false;
  if (!(await source.need(FIXED_HEADER))) {
    if (member > 0) return false;
    throw cut(source, file);
  }
  const [, , method = 0, flags = 0] = source.bytes;
  if (method !== 8) {
    if (member > 0) return false;
    throw damaged(`compression method ${method}, expected 8`, file, source.offset);
  }
  source.take(FIXED_HEADER);
  if ((flags & FLAG.EXTRA) !== 0) await skip(source, file, extraLength);
  if ((flags & FLAG.NAME) !== 0) await skip(source, file, zeroEnded);
  if ((flags & FLAG.COMMENT) !== 0) await skip(source, file, zeroEnded);
  if ((flags & FLAG.HEADER_CRC) !== 0) await skip(source, file, () => 2);
  return true;
}

/** Length of a header part, or undefined while too few bytes are there. */
type Measure = (bytes: Uint8Array) => number | undefined;
const extraLength: Measure = (b) => (b.length < 2 ? undefined : 2 + (b[0] ?? 0) + 256 * (b[1] ?? 0));
const zeroEnded: Measure = (b) => (b.indexOf(0) < 0 ? undefined : b.indexOf(0) + 1);

async function skip(source: Source, file: string, measure: Measure): Promise<void> {
  let length = measure(source.bytes);
  while (length === undefined || length > source.bytes.length) {
    if (source.bytes.length > MOST_HEADER) throw damaged('an endless header', file, source.offset);
    if (!(await source.need(source.bytes.length + 1))) throw cut(source, file);
    length = measure(source.bytes);
  }
  source.take(length);
}

/** One member's deflate stream and trailer. */
class Member {
  private readonly source: Source;
  private readonly file: string;
  /** Place of the deflate stream. */
  private readonly start: number;
  /** The compressed bytes so far, undefined when they were too many; and how much came of those that were delivered. */
  private kept: Uint8Array[] | undefined = [];
  private keptBytes = 0;
  private delivered = 0;
  private crc = 0;

  constructor(source: Source, file: string) {
    this.source = source;
    this.file = file;
    this.start = source.offset;
  }

  async *inflate(): AsyncGenerator<Uint8Array[]> {
    const { source, file } = this;
    const engine = new Engine();
    let unused: Uint8Array = new Uint8Array(0);
    try {
      while (unused.length === 0) {
        if (!(await source.need(1))) throw cut(source, file);
        const step = source.take(STEP_BYTES);
        this.keep(step);
        const pieces = await engine.write(step);
        if (engine.error !== undefined) {
          const { rest, offset } = await this.salvage(pieces, step.length);
          if (rest.length > 0) yield rest;
          throw damaged(engine.error, file, offset);
        }
        this.count(pieces);
        if (pieces.length > 0) yield pieces;
        unused = step.subarray(step.length - engine.unused);
      }
      source.putBack(unused);
      await this.checkTrailer();
    } finally {
      engine.close();
    }
  }

  private count(pieces: readonly Uint8Array[]): void {
    for (const piece of pieces) {
      this.crc = crc32(piece, this.crc);
      this.delivered += piece.length;
    }
  }

  private keep(step: Uint8Array): void {
    this.keptBytes += step.length;
    if (this.keptBytes > MOST_KEPT) this.kept = undefined;
    this.kept?.push(step);
  }

  /** What the last step still gives before its damage, and where that is; `pieces` is what zlib gave of it. */
  private async salvage(pieces: Uint8Array[], step: number): Promise<{ rest: Uint8Array[]; offset: number }> {
    let good = this.keptBytes - step;
    if (this.kept === undefined) return { rest: pieces, offset: this.start + good };
    const bytes = Buffer.concat(this.kept);
    let rest: Uint8Array[] = [];
    for (const size of SEARCH_STEPS) ({ good, rest } = await this.advance(bytes, good, size));
    return { rest, offset: this.start + good };
  }

  /** Inflates again from the start, behind the first `good` bytes by small steps, until damage. */
  private async advance(bytes: Uint8Array, good: number, size: number): Promise<{ good: number; rest: Uint8Array[] }> {
    const engine = new Engine();
    const rest: Uint8Array[] = [];
    let skip = this.delivered;
    try {
      for (let at = 0; at < bytes.length; ) {
        const length = at < good ? Math.min(STEP_BYTES, good - at) : size;
        const pieces = await engine.write(bytes.subarray(at, at + length));
        if (engine.error !== undefined) return { good: at, rest };
        for (const piece of pieces) {
          if (skip < piece.length) rest.push(piece.subarray(skip));
          skip = Math.max(0, skip - piece.length);
        }
        at += length;
      }
      return { good: bytes.length, rest };
    } finally {
      engine.close();
    }
  }

  private async checkTrailer(): Promise<void> {
    const { source, file, crc, delivered } = this;
    if (!(await source.need(TRAILER))) throw cut(source, file);
    const view = new DataView(source.bytes.buffer, source.bytes.byteOffset);
    if (view.getUint32(0, true) !== crc || view.getUint32(4, true) !== delivered >>> 0) {
      throw damaged('a checksum that does not match', file, source.offset);
    }
    source.take(TRAILER);
  }
}

/** One deflate stream through zlib's public stream interface. */
class Engine {
  error: string | undefined;
  private readonly stream: InflateRaw = createInflateRaw({ chunkSize: PIECE_BYTES });
  private pieces: Uint8Array[] = [];
  private given = 0;
  private wake: (() => void) | undefined;

  constructor() {
    this.stream.on('data', (piece: Uint8Array) => this.pieces.push(piece));
    this.stream.on('error', (error) => {
      this.error = systemCode(error) ?? error.message;
      this.wake?.();
    });
  }

  /** Bytes of the last step that the stream didn't want: more than 0 once the deflate stream has ended. */
  get unused(): number {
    return this.given - this.stream.bytesWritten;
  }

  /** Inflates a step; what came out before an error is still returned. */
  async write(step: Uint8Array): Promise<Uint8Array[]> {
    this.given += step.length;
    await new Promise<void>((resolve) => {
      this.wake = resolve;
      this.stream.write(step, () => resolve());
    });
    // What zlib has handed over but the stream hasn't passed on yet: reading makes it emit `data`.
    while (this.stream.read() !== null);
    const pieces = this.pieces;
    this.pieces = [];
    return pieces;
  }

  close(): void {
    this.stream.destroy();
  }
}

/**
 * Inflates a gzip stream of any number of members and delivers all that can be had before damage or a cut; garbage
 * after the last member is ignored. Inflating runs in zlib's own thread while the caller works on the last piece.
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

export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** Pieces of the uncompressed stream; fails with a WaspglassError after the last good piece. */
export async function* gunzip(input: AsyncIterator<Uint8Array>, file: string): AsyncGenerator<Uint8Array[]> {
  const source = new Source(input);
  for (let member = 0; ; member++) {
    const more = await skipHeader(source, member, file);
    if (!more) return;
    yield* inflateMember(source, file);
  }
}

/** Input with look-ahead and put-back. */
class Source {
  private readonly input: AsyncIterator<Uint8Array>;
  bytes: Uint8Array = new Uint8Array(0);

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
    return taken;
  }

  putBack(bytes: Uint8Array): void {
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
    throw fail('WG_SCAP_GZIP_TRUNCATED', {}, { at: { file } });
  }
  const [, , method = 0, flags = 0] = source.bytes;
  if (method !== 8) {
    if (member > 0) return false;
    throw fail('WG_SCAP_GZIP', { found: `compression method ${method}, expected 8` }, { at: { file } });
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
    if (source.bytes.length > MOST_HEADER) throw fail('WG_SCAP_GZIP', { found: 'an endless header' }, { at: { file } });
    if (!(await source.need(source.bytes.length + 1))) throw fail('WG_SCAP_GZIP_TRUNCATED', {}, { at: { file } });
    length = measure(source.bytes);
  }
  source.take(length);
}

async function* inflateMember(source: Source, file: string): AsyncGenerator<Uint8Array[]> {
  const engine = new Engine();
  let crc = 0;
  let size = 0;
  let unused: Uint8Array = new Uint8Array(0);
  try {
    while (unused.length === 0) {
      if (!(await source.need(1))) throw fail('WG_SCAP_GZIP_TRUNCATED', {}, { at: { file } });
      const step = source.take(STEP_BYTES);
      const pieces = await engine.write(step);
      for (const piece of pieces) {
        crc = crc32(piece, crc);
        size = (size + piece.length) >>> 0;
      }
      if (pieces.length > 0) yield pieces;
      if (engine.error !== undefined) throw fail('WG_SCAP_GZIP', { found: engine.error }, { at: { file } });
      unused = step.subarray(step.length - engine.unused);
    }
    source.putBack(unused);
    await checkTrailer(source, crc, size, file);
  } finally {
    engine.close();
  }
}

async function checkTrailer(source: Source, crc: number, size: number, file: string): Promise<void> {
  if (!(await source.need(TRAILER))) throw fail('WG_SCAP_GZIP_TRUNCATED', {}, { at: { file } });
  const view = new DataView(source.bytes.buffer, source.bytes.byteOffset);
  const same = view.getUint32(0, true) === crc && view.getUint32(4, true) === size;
  source.take(TRAILER);
  if (!same) throw fail('WG_SCAP_GZIP', { found: 'a checksum that does not match' }, { at: { file } });
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

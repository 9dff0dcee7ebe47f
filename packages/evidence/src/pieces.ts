/**
 * Evidence leaves while it is being written: at a steady pace, what has been added to the current capture becomes a file of
 * its own, `<capture>.<UTC>.<number>.piece`, sealed and shipped as any other. The pieces of a capture, one after the other,
 * are its beginning. When the whole capture is safe they are not needed any more.
 */
import { closeSync, constants, fstatSync, openSync, readSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type Logger, messageOf, systemCode } from '@waspglass/kit';
import { appendSeal, inTurn, recoverChain } from './chain.ts';
import { type Seal, sha256Of } from './seal.ts';
import { stampOf } from './stamp.ts';

export interface PieceOptions {
  readonly directory: string;
  /** Milliseconds between two pieces. */
  readonly every: number;
  /** Name of the capture that is being written; '' for none. */
  readonly current: () => string;
  readonly logger: Logger;
}

/** Longest piece; a later one takes the rest. */
const MOST = 16 << 20;

export class Pieces {
  readonly stats = { pieces: 0, bytes: 0, failures: 0 };
  private readonly options: PieceOptions;
  private readonly timer: NodeJS.Timeout;
  private place = { name: '', offset: 0, number: 1 };
  private busy: Promise<void> | undefined;

  constructor(options: PieceOptions) {
    this.options = options;
    this.timer = setInterval(() => {
      // A slow disk makes pieces longer, not more of them at a time.
      this.busy ??= this.cut().finally(() => {
        this.busy = undefined;
      });
    }, options.every);
  }

  /** What is left goes with the whole capture. */
  async close(): Promise<void> {
    clearInterval(this.timer);
    await this.busy;
  }

  private async cut(): Promise<void> {
    const { directory, logger } = this.options;
    const name = this.options.current();
    if (name === '') return;
    if (name !== this.place.name) this.place = { name, offset: 0, number: 1 };
    try {
      const bytes = readFrom(path.join(directory, name), this.place.offset);
      if (bytes.length === 0) return;
      await inTurn(directory, () => this.seal(bytes));
    } catch (error) {
      this.stats.failures++;
      logger.error(`no piece of ${name}: ${messageOf(error)}`);
    }
  }

  private seal(bytes: Uint8Array): Seal {
    const { directory } = this.options;
    recoverChain(directory);
    const now = new Date();
    const { name, offset, number } = this.place;
    const piece = pieceName(name, now, number);
    writeFileSync(path.join(directory, `${piece}.new`), bytes, { mode: 0o640, flush: true });
    renameSync(path.join(directory, `${piece}.new`), path.join(directory, piece));
    this.place = { name, offset: offset + bytes.length, number: number + 1 };
    this.stats.pieces++;
    this.stats.bytes += bytes.length;
    const found = { name: piece, bytes: bytes.length, sha256: sha256Of(bytes), events: 0 };
    return appendSeal(directory, { ...found, sealed: now.toISOString(), complete: true });
  }
}

/** `image.20261130-220000.000012.scap.gz` → `image-20261130-220000-000012.<UTC>.<number>.piece`. */
export function pieceName(capture: string, now: Date, number: number): string {
  const [prefix = '', begun = '', seq = ''] = capture.split('.');
  return `${prefix}-${begun}-${seq}.${stampOf(now)}.${String(number).padStart(6, '0')}.piece`;
}

export const isPiece = ({ name }: { readonly name: string }): boolean => name.endsWith('.piece');

function readFrom(file: string, offset: number): Uint8Array {
  let fd: number;
  try {
    fd = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return new Uint8Array();
    throw error;
  }
  try {
    const bytes = Buffer.alloc(Math.min(MOST, Math.max(0, fstatSync(fd).size - offset)));
    return bytes.subarray(0, readSync(fd, bytes, 0, bytes.length, offset));
  } finally {
    closeSync(fd);
  }
}

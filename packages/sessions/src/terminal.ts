/**
 * The text of a session's terminal: what sshd's relay process reads from the shell's side (output, echo included) and
 * writes to it (input). Bytes are gathered for up to 200 ms or 8 KiB per direction before they are told.
 */
import { limits } from './limits.ts';

const GATHER_MS = 200;
const GATHER_BYTES = 8192;

export type Direction = 'output' | 'input';

export interface TerminalPiece {
  readonly direction: Direction;
  readonly bytes: Buffer;
  /** Bytes that went over the terminal here but that the capture doesn't hold. */
  readonly missing: number;
  /** Milliseconds since the epoch, of the first byte. */
  readonly time: number;
  /** The last one: more is not kept. */
  readonly truncated: boolean;
}

interface Gathered {
  readonly parts: Buffer[];
  length: number;
  missing: number;
  readonly time: number;
}

export class Terminal {
  /** Bytes that were not kept because of the limit. */
  dropped = 0;
  private readonly tell: (piece: TerminalPiece) => void;
  private readonly gathered: Record<Direction, Gathered | undefined> = { output: undefined, input: undefined };
  private total = 0;
  private truncated = false;

  constructor(tell: (piece: TerminalPiece) => void) {
    this.tell = tell;
  }

  /** Time at which something has to be told, at the latest. */
  get due(): number {
    const { output, input } = this.gathered;
    return Math.min(output?.time ?? Number.POSITIVE_INFINITY, input?.time ?? Number.POSITIVE_INFINITY) + GATHER_MS;
  }

  /** `result` bytes went over the terminal, of which `data` was kept. */
  add(direction: Direction, result: number, data: Uint8Array, time: number): void {
    if (this.truncated) {
      this.dropped += result;
      return;
    }
    const entry = this.gathered[direction] ?? { parts: [], length: 0, missing: 0, time };
    this.gathered[direction] = entry;
    entry.parts.push(Buffer.from(data));
    entry.length += data.length;
    entry.missing += Math.max(0, result - data.length);
    this.total += data.length;
    this.truncated = this.total >= limits.terminalBytes;
    if (entry.length >= GATHER_BYTES || this.truncated) this.flush(direction);
  }

  /** Tells what is due at `time`. */
  advance(time: number): void {
    if (time < this.due) return;
    this.flush('input');
    this.flush('output');
  }

  private flush(direction: Direction): void {
    const entry = this.gathered[direction];
    if (entry === undefined) return;
    this.gathered[direction] = undefined;
    const { missing, time } = entry;
    const bytes = Buffer.concat(entry.parts);
    this.tell({ direction, bytes, missing, time, truncated: this.truncated });
  }
}

/**
 * What a command is: a row of the table in `commands.ts`. Results go to `io.out`, everything else to `io.err`; the
 * returned number is the exit code (0 done, 1 the work failed, 2 wrong use).
 */

/** The outside world of a command, so that tests run it in-process. */
export interface Io {
  /** Results. Resolves when the receiver has taken the chunk; no promise: it has done so already. */
  out(chunk: string | Uint8Array): Promise<void> | void;
  /** Messages, one line each or a progress line. */
  err(text: string): void;
  readonly outIsTerminal: boolean;
  readonly errIsTerminal: boolean;
  /** Aborted on SIGINT, SIGTERM and SIGHUP. */
  readonly signal: AbortSignal;
}

export interface CommandOption {
  /** As typed: `-n N`, `--json`, `-c CHISEL [ARGS]`. */
  readonly flags: string;
  readonly doc: string;
  /** Values that the option takes, when there are few. */
  readonly choices?: readonly string[];
}

export interface Command {
  readonly name: string;
  /** One line for `waspglass help`. */
  readonly summary: string;
  /** What follows `waspglass NAME`. */
  readonly usage: string;
  readonly options: readonly CommandOption[];
  /** Whole command lines with what they do. */
  readonly examples: readonly (readonly [command: string, does: string])[];
  readonly run: (args: readonly string[], io: Io) => Promise<number>;
}

/** Wrong use: the command line's author sees the text and a pointer to `--help`; exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

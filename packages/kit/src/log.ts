/**
 * Diagnostics on standard error, one line each, control characters escaped. Results never go here and secrets are the
 * caller's to leave out.
 */
import { escapeControl } from './escape.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
const ORDER: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };

export interface Logger {
  debug(text: string): void;
  info(text: string): void;
  warn(text: string): void;
  error(text: string): void;
}

export interface LoggerOptions {
  /** Which process speaks; printed in front of each line. */
  readonly name: string;
  readonly level?: LogLevel;
  readonly write?: (line: string) => void;
}

export function createLogger({ name, level = 'info', write = writeStderr }: LoggerOptions): Logger {
  const line = (of: LogLevel) => (text: string) => {
    if (ORDER[of] < ORDER[level]) return;
    write(`${new Date().toISOString()} ${name} ${of}: ${escapeControl(text)}\n`);
  };
  return { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') };
}

/** A logger that says nothing: for libraries whose caller gave none. */
export const silentLogger: Logger = createLogger({ name: '', write: () => undefined });

function writeStderr(line: string): void {
  process.stderr.write(line);
}

/**
 * Reading /proc and the victim's files without trusting them: bounded, never following a link that the victim made, never
 * waiting on a pipe. What is gone or unreadable is undefined: processes end while they are looked at.
 */
import { closeSync, constants, fstatSync, openSync, readdirSync, readFileSync, readlinkSync, readSync } from 'node:fs';

const MOST_BYTES = 1 << 20;

/** Content of a /proc file. */
export function readProc(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}

export function readProcText(path: string): string | undefined {
  return readProc(path)?.toString('latin1');
}

/** Target of a /proc link, as bytes: names need not be UTF-8. */
export function readProcLink(path: string): Buffer | undefined {
  try {
    return readlinkSync(path, { encoding: 'buffer' });
  } catch {
    return undefined;
  }
}

/** Names in a /proc directory that are numbers, ascending. */
export function numbersIn(path: string): number[] {
  try {
    return readdirSync(path)
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .sort((a, b) => a - b);
  } catch {
    return [];
  }
}

/** At most 1 MiB of a regular file that belongs to the victim. */
export function readVictimFile(path: string): Buffer | undefined {
  let fd: number | undefined;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    if (!fstatSync(fd).isFile()) return undefined;
    const buffer = Buffer.alloc(MOST_BYTES);
    let length = 0;
    for (;;) {
      const n = readSync(fd, buffer, length, buffer.length - length, null);
      if (n === 0) break;
      length += n;
    }
    return buffer.subarray(0, length);
  } catch {
    return undefined;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/** The fields of /proc/PID/stat after the name, and the name; the name may hold spaces and parentheses. */
export interface Stat {
  readonly comm: string;
  /** `fields[0]` is the state, `fields[1]` the parent … (field 3 of proc(5) and on). */
  readonly fields: readonly string[];
}

export function readStat(directory: string): Stat | undefined {
  const text = readProcText(`${directory}/stat`);
  if (text === undefined) return undefined;
  const open = text.indexOf('(');
  const close = text.lastIndexOf(')');
  if (open < 0 || close < open) return undefined;
  return {
    comm: text.slice(open + 1, close),
    fields: text
      .slice(close + 2)
      .trim()
      .split(' '),
  };
}

/** `Name:\tvalue` lines of /proc/PID/status. */
export function readStatus(directory: string): ReadonlyMap<string, string> {
  const lines = (readProcText(`${directory}/status`) ?? '').split('\n');
  return new Map(
    lines.flatMap((line) => {
      const colon = line.indexOf(':');
      return colon < 0 ? [] : [[line.slice(0, colon), line.slice(colon + 1).trim()] as const];
    }),
  );
}

/**
 * The capture is the log: after a sensor was killed, the next one takes in again what was recorded of the same victim, so
 * sessions that are still open go on under their ids. Processes that ended while nobody looked get an exit event without a
 * status; such events are told to the inspector only and are in no capture.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Inspector } from '@waspglass/inspect';
import { type Logger, WaspglassError } from '@waspglass/kit';
import { EventEncoder } from '@waspglass/scap';
import { eventId } from '@waspglass/schema';
import { type State, snapshot } from '@waspglass/state';

/** Newest captures up to so many compressed bytes are taken in: a few seconds of reading. */
const MOST_BYTES = 64 << 20;
const CAPTURE = /^image\.(\d{4})(\d{2})(\d{2})-(\d{2})(\d{2})(\d{2})\.(\d+)\.scap\.gz$/;
/** Clock ticks per second in /proc (USER_HZ). */
const TICKS = 100;
/** A file is named by the second in which it began. */
const SLACK_MS = 2000;

export interface ReplayOptions {
  readonly inspector: Inspector;
  readonly directory: string;
  /** Captures begun before this, ms since the epoch, are of another victim. */
  readonly since: number;
  readonly logger: Logger;
  /** The next events are from this file. */
  readonly onFile: (name: string) => void;
}

/** Returns how many events were taken in. A file that was cut by the kill gives what it has. */
export async function replay({ inspector, directory, since, logger, onFile }: ReplayOptions): Promise<number> {
  const before = inspector.events;
  for (const name of capturesSince(directory, since)) {
    onFile(name);
    try {
      await inspector.readFiles([path.join(directory, name)]);
    } catch (error) {
      if (!(error instanceof WaspglassError)) throw error;
      logger.info(`taken in up to its cut: ${error.message}`);
    }
  }
  return inspector.events - before;
}

/** Exit events for the processes of the state that are not `alive`; undefined when there are none. */
export function missedExits(state: State, alive: ReadonlySet<number>, now: number): Uint8Array | undefined {
  const encoder = new EventEncoder();
  const time = BigInt(now) * 1_000_000n;
  for (const { tid } of snapshot(state).processes) {
    if (alive.has(tid)) continue;
    encoder.begin(eventId.PROCEXIT_1_E, Number(time & 0xffffffffn), Number(time >> 32n), tid, 0, 4);
    for (let i = 0; i < 4; i++) encoder.none();
    encoder.end();
  }
  return encoder.events === 0 ? undefined : encoder.take();
}

/** When a process began, ms since the epoch (proc(5): `btime`, and field 22 of `stat` in ticks since then). */
export function beginOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').at(-1)?.split(' ') ?? [];
  const bootSeconds = Number(/^btime (\d+)$/m.exec(readFileSync('/proc/stat', 'latin1'))?.[1]);
  return bootSeconds * 1000 + (Number(fields[19]) * 1000) / TICKS;
}

/** Names in order, the newest that fit. */
function capturesSince(directory: string, since: number): string[] {
  const found = readdirSync(directory)
    .map((name) => ({ name, match: CAPTURE.exec(name) }))
    .filter(({ match }) => match !== null && begun(match) >= since - SLACK_MS)
    .sort((a, b) => Number(b.match?.[7]) - Number(a.match?.[7]));
  const chosen: string[] = [];
  let bytes = 0;
  for (const { name } of found) {
    bytes += statSync(path.join(directory, name)).size;
    if (bytes > MOST_BYTES) break;
    chosen.unshift(name);
  }
  return chosen;
}

function begun(match: RegExpExecArray): number {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number);
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

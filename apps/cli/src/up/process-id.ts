/**
 * Processes of other runs, told apart from strangers that got the same number: a pid file holds the number and the
 * start time in clock ticks since boot (proc(5), field 22 of `stat`).
 */
import { readFileSync, rmSync } from 'node:fs';
import { readTextIfThere, systemCode, waitFor, writeFileAtomic } from '@waspglass/kit';

export interface ProcessId {
  readonly pid: number;
  readonly startTime: string;
}

/** Identity of a living process; a zombie counts as gone. */
export function identify(pid: number): ProcessId | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ESRCH') return undefined;
    throw error;
  }
  const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const startTime = fields[18];
  return state === 'Z' || state === 'X' || startTime === undefined ? undefined : { pid, startTime };
}

export function isAlive(id: ProcessId): boolean {
  return identify(id.pid)?.startTime === id.startTime;
}

export function writePidFile(file: string, id: ProcessId): void {
  writeFileAtomic(file, `${id.pid} ${id.startTime}\n`, 0o644);
}

/** The living process that a pid file names; a file of a dead one is removed. */
export function readPidFile(file: string): ProcessId | undefined {
  const match = /^(\d{1,10}) (\d{1,20})\n$/.exec(readTextIfThere(file) ?? '');
  const id = match === null ? undefined : { pid: Number(match[1]), startTime: match[2] ?? '' };
  if (id !== undefined && isAlive(id)) return id;
  rmSync(file, { force: true });
  return undefined;
}

/** SIGTERM, then SIGKILL when it is still there after `grace` milliseconds. Resolves when it is gone. */
export async function terminate(id: ProcessId, grace: number): Promise<void> {
  send(id, 'SIGTERM');
  const gone = () => !isAlive(id);
  await waitFor(gone, { limit: grace, what: `process ${id.pid} to end` }).catch(async () => {
    send(id, 'SIGKILL');
    await waitFor(gone, { limit: 5000, what: `process ${id.pid} to be killed` });
  });
}

function send(id: ProcessId, signal: NodeJS.Signals): void {
  if (!isAlive(id)) return;
  try {
    process.kill(id.pid, signal);
  } catch (error) {
    if (systemCode(error) !== 'ESRCH') throw error;
  }
}

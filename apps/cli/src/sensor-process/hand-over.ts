/**
 * One sensor process takes over from another of the same victim without a gap. The new one attaches its probes, says until
 * when (CLOCK_BOOTTIME) the old one is to record, takes its place in the pid file, where `up` finds it, and ends it; what
 * is younger it records itself. Both see an event in the same order, so none is missed; one that was under way at that
 * moment may stand in both.
 */
import path from 'node:path';
import { readTextIfThere, writeFileAtomic } from '@waspglass/kit';
import { type InstancePaths, pidFile } from '../up/paths.ts';
import { identify, isAlive, type ProcessId, readPidFile, terminate, writePidFile } from '../up/process-id.ts';

const END_MS = 30_000;

const noteOf = (paths: InstancePaths) => path.join(paths.run, 'sensor.hand-over');

/** The sensor process that runs, other than this one. */
export function presentSensor(paths: InstancePaths): ProcessId | undefined {
  const id = readPidFile(pidFile(paths, 'sensor'));
  return id === undefined || id.pid === process.pid ? undefined : id;
}

/** Ends the old process, which goes on until `from`; resolves when it has written everything. */
export async function takeOver(paths: InstancePaths, old: ProcessId, from: number): Promise<void> {
  writeFileAtomic(noteOf(paths), `${old.pid} ${old.startTime} ${from}\n`, 0o600);
  const own = identify(process.pid);
  if (own !== undefined) writePidFile(pidFile(paths, 'sensor'), own);
  await terminate(old, END_MS);
}

/** Until when this process, which is told to end, is to record; undefined: nobody takes over. */
export function recordUntil(paths: InstancePaths): number | undefined {
  const match = /^(\d{1,10}) (\d{1,20}) (\d{1,20})\n$/.exec(readTextIfThere(noteOf(paths)) ?? '');
  if (match === null || Number(match[1]) !== process.pid) return undefined;
  return isAlive({ pid: process.pid, startTime: match[2] ?? '' }) ? Number(match[3]) : undefined;
}

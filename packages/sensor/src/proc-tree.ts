/**
 * Which processes are the victim's when the sensor starts: the descendants of its init, and whoever is in its mount
 * namespace when that is not ours.
 */
import { numbersIn, readProcLink, readStat } from './proc-files.ts';

/** Inode of the mount namespace of a process; undefined when it cannot be read. */
function mountNamespace(pid: number | 'self'): number | undefined {
  const text = readProcLink(`/proc/${pid}/ns/mnt`)?.toString('latin1');
  const inode = /^mnt:\[(\d+)\]$/.exec(text ?? '')?.[1];
  return inode === undefined ? undefined : Number(inode);
}

/** The namespace to filter by; 0 when the victim shares ours (then only the tree counts). */
export function victimNamespace(initPid: number): number {
  const theirs = mountNamespace(initPid);
  return theirs === undefined || theirs === mountNamespace('self') ? 0 : theirs;
}

/** Thread groups of the victim, ascending; empty when `initPid` is gone. */
export function victimPids(initPid: number, namespace = victimNamespace(initPid)): number[] {
  const parents = new Map<number, number>();
  for (const pid of numbersIn('/proc')) {
    const stat = readStat(`/proc/${pid}`);
    if (stat !== undefined) parents.set(pid, Number(stat.fields[1]));
  }
  const found = new Set<number>();
  for (const pid of parents.keys()) {
    if (descends(pid, initPid, parents) || (namespace !== 0 && mountNamespace(pid) === namespace)) found.add(pid);
  }
  found.delete(process.pid);
  return [...found].sort((a, b) => a - b);
}

function descends(pid: number, from: number, parents: ReadonlyMap<number, number>): boolean {
  let at: number | undefined = pid;
  for (let steps = 0; at !== undefined && at !== 0 && steps < 1000; steps++) {
    if (at === from) return true;
    at = parents.get(at);
  }
  return false;
}

/** Whether a process is part of a login: on a terminal, or below sshd without being it. */
export function isOfSession(pid: number): boolean {
  let stat = readStat(`/proc/${pid}`);
  if (stat === undefined || isSshd(stat.comm)) return false;
  if (Number(stat.fields[4]) !== 0) return true;
  for (let steps = 0; steps < 100 && stat !== undefined; steps++) {
    if (isSshd(stat.comm)) return true;
    const parent: number = Number(stat.fields[1]);
    stat = parent > 1 ? readStat(`/proc/${parent}`) : undefined;
  }
  return false;
}

function isSshd(comm: string): boolean {
  return comm.startsWith('sshd');
}

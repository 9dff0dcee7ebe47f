/**
 * More processor time than the victim gets. Nice values count only among the tasks of one scheduling group; where the kernel
 * makes a group of every session (autogroup), the group has a nice value of its own.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { systemCode } from '@waspglass/kit';

const PRIORITY = -15;
/** Fields of /proc/PID/stat behind the name: state, parent, process group, session. */
const SESSION_FIELD = 3;

/** Raises the calling thread, and its session's group when that is this process's own. Returns the thread's nice value. */
export function raisePriority(): number {
  attempt(() => os.setPriority(0, PRIORITY));
  if (leadsSession()) attempt(() => writeFileSync('/proc/self/autogroup', String(PRIORITY)));
  return os.getPriority(0);
}

/** Without the right to it, or on kernels without groups, it stays as it is. */
function attempt(action: () => void): void {
  try {
    action();
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
  }
}

/** Otherwise the shell that started this process would be raised too. */
function leadsSession(): boolean {
  const stat = readFileSync('/proc/self/stat', 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[SESSION_FIELD]) === process.pid;
}

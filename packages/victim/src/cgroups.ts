/**
 * Control groups of a victim whose runc state is lost: what still runs in them is killed, then they are removed. Works on
 * version 1, version 2 and hybrid machines.
 */
import { readdir, readFile, rmdir } from 'node:fs/promises';
import { systemCode, waitFor } from '@waspglass/kit';

const MOUNT = '/sys/fs/cgroup';
const GONE = new Set(['ENOENT', 'ENODEV', 'ESRCH', 'ENOTDIR']);

/** The group's name in every hierarchy; the prefix keeps it apart from controllers and other people's groups. */
export function cgroupName(instance: string): string {
  return `victim-${instance}`;
}

export async function removeCgroups(instance: string): Promise<void> {
  const controllers = await unlessGone(readdir(MOUNT), []);
  for (const parent of [MOUNT, ...controllers.map((name) => `${MOUNT}/${name}`)]) {
    await removeGroup(`${parent}/${cgroupName(instance)}`);
  }
}

async function removeGroup(path: string): Promise<void> {
  const processes = async () =>
    (await unlessGone(readFile(`${path}/cgroup.procs`, 'utf8'), '')).split('\n').filter(Boolean);
  const killAll = async () => {
    const pids = await processes();
    for (const pid of pids) kill(Number(pid));
    return pids.length === 0;
  };
  if (!(await killAll())) await waitFor(killAll, { limit: 5000, what: `the processes of ${path} to end` });
  await unlessGone(rmdir(path), undefined);
}

function kill(pid: number): void {
  // 0: a process that this namespace cannot see.
  if (pid < 2) return;
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (!GONE.has(systemCode(error) ?? '')) throw error;
  }
}

async function unlessGone<T>(work: Promise<T>, otherwise: T): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (GONE.has(systemCode(error) ?? '')) return otherwise;
    throw error;
  }
}

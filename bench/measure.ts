/** What a command costs: CPU seconds (user and system), wall seconds and peak memory of the process and all that it waited for. */
import { execFileSync } from 'node:child_process';

export interface Cost {
  readonly cpu: number;
  readonly wall: number;
  /** MiB. */
  readonly memory: number;
}

/** Runs a command with its output in a file; the exit code is part of the answer. */
const METER = `
import os, subprocess, sys, time
out = open(sys.argv[1], 'wb')
start = time.time()
child = subprocess.Popen(sys.argv[2:], stdout=out, stderr=subprocess.DEVNULL)
_, status, used = os.wait4(child.pid, 0)
print(status, used.ru_utime + used.ru_stime, time.time() - start, used.ru_maxrss / 1024)
`;

export function measure(output: string, command: readonly string[]): Cost {
  const env = { ...process.env, LC_ALL: 'C.UTF-8' };
  const text = execFileSync('python3', ['-c', METER, output, ...command], { encoding: 'utf8', env });
  const [status = 1, cpu = 0, wall = 0, memory = 0] = text.split(' ').map(Number);
  if (status !== 0) throw new Error(`${command.join(' ').slice(0, 200)} failed`);
  return { cpu, wall, memory };
}

export function median(costs: readonly Cost[], key: keyof Cost): number {
  const sorted = costs.map((cost) => cost[key]).sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 0;
}

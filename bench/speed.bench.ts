/**
 * `waspglass read` against Debian's sysdig on the same captures, in turns: CPU seconds (user and system) and wall seconds of
 * the whole process, medians, and our peak memory. Prints a Markdown table with the bars of docs/performance.md.
 *
 * Usage: node bench/speed.bench.ts [ROUNDS] [WORD]. With WORD only rows whose name has it. The captures (about 800 MB) are
 * made in the temporary directory and deleted afterwards. WASPGLASS_PROGRAM names another program than bin/waspglass.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { asFilter } from './rules-conditions.ts';

const root = join(import.meta.dirname, '..');
const shared = process.env.WASPGLASS_SHARED ?? join(root, '../shared');
const source = join(shared, 'captures/sf-httpd-prefork-full.scap');
const program = process.env.WASPGLASS_PROGRAM ?? join(root, 'apps/cli/bin/waspglass');
const rounds = Number(process.argv[2] ?? 3);
const word = process.argv[3] ?? '';
const MOST_MEMORY = 200;

/** What is done with each input: words after `waspglass read FILE` and after `sysdig -r FILE`. */
const work = {
  'full state': [['-q'], ['-q']],
  execve: [['evt.type=execve'], ['evt.type=execve']],
  spy_users: [
    ['-c', 'spy_users'],
    ['-c', 'spy_users'],
  ],
  '25 conditions': [[asFilter()], [asFilter()]],
  'default print': [[], []],
} as const;

interface Row {
  readonly input: '10m.scap' | '10m.scap.gz' | '2m.scap';
  readonly work: keyof typeof work;
  /** Least ratio theirs / ours. */
  readonly cpu: number;
  readonly wall?: number;
}

const rows: readonly Row[] = [
  { input: '10m.scap', work: 'full state', cpu: 2 },
  { input: '10m.scap', work: 'execve', cpu: 3 },
  { input: '10m.scap', work: 'spy_users', cpu: 3 },
  { input: '10m.scap', work: '25 conditions', cpu: 5 },
  { input: '10m.scap.gz', work: 'full state', cpu: 1.5, wall: 2 },
  { input: '10m.scap.gz', work: 'execve', cpu: 2, wall: 2 },
  { input: '10m.scap.gz', work: 'spy_users', cpu: 2, wall: 2 },
  { input: '10m.scap.gz', work: '25 conditions', cpu: 2.5, wall: 2 },
  { input: '2m.scap', work: 'full state', cpu: 1 },
  { input: '2m.scap', work: 'execve', cpu: 1.3 },
  { input: '2m.scap', work: 'spy_users', cpu: 1.3 },
  { input: '2m.scap', work: '25 conditions', cpu: 2 },
  { input: '2m.scap', work: 'default print', cpu: 4 },
];

interface Cost {
  readonly cpu: number;
  readonly wall: number;
  readonly memory: number;
}

/** Runs a command with its output in a file and tells what it cost; the exit code is part of the answer. */
const METER = `
import os, subprocess, sys, time
out = open(sys.argv[1], 'wb')
start = time.time()
child = subprocess.Popen(sys.argv[2:], stdout=out, stderr=subprocess.DEVNULL)
_, status, used = os.wait4(child.pid, 0)
print(status, used.ru_utime + used.ru_stime, time.time() - start, used.ru_maxrss / 1024)
`;

function measure(output: string, command: readonly string[]): Cost {
  const env = { ...process.env, LC_ALL: 'C.UTF-8' };
  const text = execFileSync('python3', ['-c', METER, output, ...command], { encoding: 'utf8', env });
  const [status = 1, cpu = 0, wall = 0, memory = 0] = text.split(' ').map(Number);
  if (status !== 0) throw new Error(`${command.join(' ')} failed`);
  return { cpu, wall, memory };
}

function median(costs: readonly Cost[], key: keyof Cost): number {
  const sorted = costs.map((cost) => cost[key]).sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 0;
}

function makeCaptures(folder: string): void {
  for (const [name, events] of [
    ['10m.scap', 10_000_000],
    ['2m.scap', 2_000_000],
  ] as const) {
    execFileSync('python3', [join(shared, 'tools/repeat-capture.py'), source, join(folder, name), String(events)]);
  }
  execFileSync('gzip', ['-6', '-k', join(folder, '10m.scap')]);
}

function compare(folder: string, row: Row): boolean {
  const file = join(folder, row.input);
  const [own, theirs] = work[row.work];
  const output = join(folder, 'output');
  const ours: Cost[] = [];
  const peers: Cost[] = [];
  for (let round = 0; round < rounds; round++) {
    ours.push(measure(output, [program, 'read', file, ...own]));
    peers.push(measure(output, ['sysdig', '-r', file, ...theirs]));
  }
  const cpu = median(peers, 'cpu') / median(ours, 'cpu');
  const wall = median(peers, 'wall') / median(ours, 'wall');
  const memory = Math.max(...ours.map((cost) => cost.memory));
  const met = cpu >= row.cpu && wall >= (row.wall ?? 0) && memory <= MOST_MEMORY;
  const seconds = (key: 'cpu' | 'wall') => `${median(ours, key).toFixed(2)} / ${median(peers, key).toFixed(2)}`;
  const bar = row.wall === undefined ? `${row.cpu}` : `${row.cpu}, wall ${row.wall}`;
  const cells = [row.input, row.work, seconds('cpu'), cpu.toFixed(2), seconds('wall'), wall.toFixed(2), bar];
  console.log(`| ${cells.join(' | ')} | ${memory.toFixed(0)} | ${met ? 'met' : 'missed'} |`);
  return met;
}

function bench(): void {
  const folder = mkdtempSync(join(tmpdir(), 'waspglass-speed-'));
  try {
    makeCaptures(folder);
    console.log(`Node ${process.version}, ${availableParallelism()} × ${cpus()[0]?.model ?? '?'}, ${rounds} rounds\n`);
    console.log('| input | work | CPU s ours / sysdig | ratio | wall s | ratio | bar | MiB | |');
    console.log('|---|---|---|---|---|---|---|---|---|');
    const chosen = rows.filter((row) => `${row.input} ${row.work}`.includes(word));
    const met = chosen.filter((row) => compare(folder, row)).length;
    console.log(`\n${met} of ${chosen.length} bars met`);
    if (met < chosen.length) process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (!existsSync(source) || spawnSync('sysdig', ['--version']).status !== 0) {
  console.log('skipped: the shared captures or sysdig are missing');
} else bench();

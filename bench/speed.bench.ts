/**
 * `waspglass read` against sysdig on the same captures, in turns: CPU seconds (user and system) and wall seconds of the
 * whole process, medians, and our peak memory. Debian's sysdig 0.29.3 reads a capture with enter and exit events, 0.41 of
 * Debian sid that and one of today's form. Prints a Markdown table with the bars of docs/performance.md.
 *
 * Usage: node bench/speed.bench.ts [ROUNDS] [WORD] [--make-sid]. With WORD only rows whose name has it. The captures (about
 * 1.6 GB) are made once and kept in the temporary directory, where --make-sid also makes the root of sid when WASPGLASS_SID
 * names none; without one its rows are left out. WASPGLASS_PROGRAM names another program than bin/waspglass.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Cost, measure, median } from './measure.ts';
import { asFilter } from './rules-conditions.ts';
import { inSid, sidRoot } from './sid.ts';

const root = join(import.meta.dirname, '..');
const shared = process.env.WASPGLASS_SHARED ?? join(root, '../shared');
const program = process.env.WASPGLASS_PROGRAM ?? join(root, 'apps/cli/bin/waspglass');
const words = process.argv.slice(2).filter((word) => !word.startsWith('-'));
const rounds = Number(words[0] ?? 3);
const wanted = words[1] ?? '';
const folder = join(tmpdir(), 'waspglass-bench');
const MOST_MEMORY = 200;

/** What is done with each input: the words behind the capture's name, the same for all programs. */
const work = {
  'full state': ['-q'],
  execve: ['evt.type=execve'],
  spy_users: ['-c', 'spy_users'],
  '25 conditions': [asFilter()],
  'default print': [],
} as const;

/** The captures: what is repeated, and how often. */
const inputs = {
  '10m.scap': ['sf-httpd-prefork-full.scap', 10_000_000],
  '10m.scap.gz': ['sf-httpd-prefork-full.scap', 10_000_000],
  '2m.scap': ['sf-httpd-prefork-full.scap', 2_000_000],
  'today-10m.scap': ['honeypot-load.scap.gz', 10_000_000],
} as const;

const peers = {
  '0.29.3': (file: string, args: readonly string[]) => ['sysdig', '-r', join(folder, file), ...args],
  '0.41': (file: string, args: readonly string[]) => inSid(sid ?? '', folder, 'sysdig', '-r', `/mnt/${file}`, ...args),
} as const;

interface Row {
  readonly input: keyof typeof inputs;
  readonly work: keyof typeof work;
  readonly peer?: keyof typeof peers;
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
  { input: '10m.scap', work: 'full state', peer: '0.41', cpu: 2 },
  { input: '10m.scap', work: 'execve', peer: '0.41', cpu: 3 },
  { input: 'today-10m.scap', work: 'full state', peer: '0.41', cpu: 2 },
  { input: 'today-10m.scap', work: 'execve', peer: '0.41', cpu: 3 },
  { input: 'today-10m.scap', work: '25 conditions', peer: '0.41', cpu: 5 },
  { input: '2m.scap', work: 'default print', peer: '0.41', cpu: 4 },
];

const sid = sidRoot(folder, process.argv.includes('--make-sid'));

function makeCapture(name: keyof typeof inputs): void {
  const target = join(folder, name);
  if (existsSync(target)) return;
  mkdirSync(folder, { recursive: true });
  const plain = target.replace(/\.gz$/, '');
  const [source, events] = inputs[name];
  if (!existsSync(plain)) {
    const from = join(shared, 'captures', source);
    execFileSync('python3', [join(shared, 'tools/repeat-capture.py'), from, plain, String(events)], {
      stdio: 'ignore',
    });
  }
  if (plain !== target) execFileSync('gzip', ['-6', '-k', plain]);
}

function compare(row: Row): boolean {
  makeCapture(row.input);
  const { peer = '0.29.3' } = row;
  const args = work[row.work];
  const output = join(folder, 'output');
  const ours: Cost[] = [];
  const theirs: Cost[] = [];
  for (let round = 0; round < rounds; round++) {
    ours.push(measure(output, [program, 'read', join(folder, row.input), ...args]));
    theirs.push(measure(output, peers[peer](row.input, args)));
  }
  const cpu = median(theirs, 'cpu') / median(ours, 'cpu');
  const wall = median(theirs, 'wall') / median(ours, 'wall');
  const memory = Math.max(...ours.map((cost) => cost.memory));
  const met = cpu >= row.cpu && wall >= (row.wall ?? 0) && memory <= MOST_MEMORY;
  const seconds = (key: 'cpu' | 'wall') => `${median(ours, key).toFixed(2)} / ${median(theirs, key).toFixed(2)}`;
  const bar = row.wall === undefined ? `${row.cpu}` : `${row.cpu}, wall ${row.wall}`;
  const cells = [row.input, row.work, peer, seconds('cpu'), cpu.toFixed(2), seconds('wall'), wall.toFixed(2), bar];
  console.log(`| ${cells.join(' | ')} | ${memory.toFixed(0)} | ${met ? 'met' : 'missed'} |`);
  return met;
}

function bench(): void {
  const machine = `${availableParallelism()} × ${cpus()[0]?.model ?? '?'}, Linux ${release()}, load ${loadavg()[0]?.toFixed(1)}`;
  console.log(`Node ${process.version}, ${machine}, ${rounds} rounds\n`);
  if (sid === undefined) console.log('sysdig 0.41 left out: no root of Debian sid (--make-sid makes one)\n');
  console.log('| input | work | sysdig | CPU s ours / theirs | ratio | wall s | ratio | bar | MiB | |');
  console.log('|---|---|---|---|---|---|---|---|---|---|');
  const chosen = rows.filter(
    (row) =>
      `${row.input} ${row.work} ${row.peer ?? ''}`.includes(wanted) && (row.peer === undefined || sid !== undefined),
  );
  const met = chosen.filter(compare).length;
  console.log(`\n${met} of ${chosen.length} bars met`);
  if (met < chosen.length) process.exitCode = 1;
}

const source = join(shared, 'captures', inputs['10m.scap'][0]);
if (!existsSync(source) || spawnSync('sysdig', ['--version']).status !== 0) {
  console.log('skipped: the shared captures or sysdig are missing');
} else bench();

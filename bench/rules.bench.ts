/**
 * Reading, state and 25 rules over five million events: CPU seconds of the whole process, ours against Debian's
 * sysdig with the same conditions as one filter, in turns.
 *
 * Usage: node bench/rules.bench.ts [ROUNDS] [EVENTS]. The capture is made once and kept in the temporary directory.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { asFilter, asRules } from './rules-conditions.ts';

const root = join(import.meta.dirname, '..');
const shared = process.env.WASPGLASS_SHARED ?? join(root, '../shared');
const source = join(shared, 'captures/sf-httpd-prefork-full.scap');
const rounds = Number(process.argv[2] ?? 5);
const events = Number(process.argv[3] ?? 5_000_000);
/** The most that we may cost, as a share of what sysdig costs. */
const BAR = 0.5;

interface Cost {
  readonly cpu: number;
  readonly wall: number;
  readonly lines: number;
}

if (!existsSync(source) || spawnSync('sysdig', ['--version']).status !== 0) {
  console.log('skipped: the shared captures or sysdig are missing');
} else bench();

function bench(): void {
  const folder = join(tmpdir(), 'waspglass-bench');
  mkdirSync(folder, { recursive: true });
  const capture = join(folder, `httpd-${events}.scap`);
  if (!existsSync(capture)) {
    execFileSync('python3', [join(shared, 'tools/repeat-capture.py'), source, capture, String(events)], {
      stdio: 'inherit',
    });
  }
  const rules = join(folder, 'rules.yaml');
  writeFileSync(rules, asRules());
  const ours = [join(root, 'apps/cli/bin/waspglass'), 'detect', capture, '-r', rules];
  const theirs = ['sysdig', '-r', capture, asFilter()];
  console.log(
    `${events} events, ${rounds} rounds, Node ${process.version}, ${availableParallelism()} × ${cpus()[0]?.model ?? '?'}`,
  );
  measure(ours);
  measure(theirs);
  const pairs = Array.from({ length: rounds }, () => [measure(ours), measure(theirs)] as const);
  console.log('| round | ours CPU s | sysdig CPU s | ratio | ours wall s | sysdig wall s |\n|---|---|---|---|---|---|');
  for (const [i, [a, b]] of pairs.entries()) console.log(row(String(i + 1), a, b));
  const a = median(pairs.map(([x]) => x));
  const b = median(pairs.map(([, x]) => x));
  console.log(row('median', a, b));
  console.log(`alerts ${a.lines}, lines of sysdig ${b.lines}`);
  const ratio = a.cpu / b.cpu;
  console.log(`ratio ${ratio.toFixed(3)}, bar ${BAR}: ${ratio <= BAR ? 'ok' : 'too slow'}`);
  if (ratio > BAR || a.lines !== b.lines) process.exitCode = 1;
}

/** bash times the command and all that it started. */
function measure(command: readonly string[]): Cost {
  const script = 'TIMEFORMAT="waspglass-time %U %S %R"; time "$@"';
  const { stdout, stderr, status } = spawnSync('bash', ['-c', script, 'bash', ...command], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    env: { ...process.env, LC_ALL: 'C.UTF-8' },
  });
  const found = /waspglass-time ([\d.]+) ([\d.]+) ([\d.]+)/.exec(stderr);
  if (status !== 0 || !found) throw new Error(`${command.join(' ')} failed: ${stderr}`);
  return { cpu: Number(found[1]) + Number(found[2]), wall: Number(found[3]), lines: stdout.split('\n').length - 1 };
}

function median(costs: readonly Cost[]): Cost {
  const sorted = costs.toSorted((x, y) => x.cpu - y.cpu);
  const middle = sorted[sorted.length >> 1];
  if (!middle) throw new Error('no rounds');
  return middle;
}

function row(name: string, a: Cost, b: Cost): string {
  const cells = [a.cpu, b.cpu, a.cpu / b.cpu, a.wall, b.wall].map((n) => n.toFixed(2));
  return `| ${name} | ${cells.join(' | ')} |`;
}

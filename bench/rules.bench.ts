/**
 * `waspglass detect` over ten million events, CPU seconds of whole processes, medians of rounds in turns: Falco's 25 core
 * rules against sysdig with the same conditions as one filter (0.29.3 on a capture with enter and exit events, 0.41 of
 * Debian sid on one of today), and against them all 93 rules of Falco and our own pack. Prints a Markdown table with
 * the bars of docs/performance.md.
 *
 * Usage: node bench/rules.bench.ts [ROUNDS] [EVENTS] [--make-sid]. Captures are made once and kept in the temporary directory,
 * where --make-sid also makes the root of sid when WASPGLASS_SID names none.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { availableParallelism, cpus, release, tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { loadRules, readRuleFiles } from '@waspglass/rules';
import { type Cost, measure, median } from './measure.ts';
import { acceptsBy, peerFilter } from './peer-filter.ts';
import { inSid, sidRoot } from './sid.ts';

const root = join(import.meta.dirname, '..');
const shared = process.env.WASPGLASS_SHARED ?? join(root, '../shared');
const numbers = process.argv.slice(2).filter((word) => /^\d+$/.test(word));
const rounds = Number(numbers[0] ?? 3);
const events = Number(numbers[1] ?? 10_000_000);
const folder = join(tmpdir(), 'waspglass-bench');
const output = join(folder, 'output');

const rules = {
  core: join(shared, 'rules/current/falco_rules.yaml'),
  all: join(shared, 'rules/current'),
  own: join(root, 'rules'),
} as const;
const inputs = { classic: 'sf-httpd-prefork-full.scap', today: 'honeypot-load.scap.gz' } as const;
type Input = keyof typeof inputs;

interface Row {
  readonly name: string;
  readonly input: Input;
  /** What is compared with the core rules on the same input. */
  readonly command: readonly string[];
  /** `least`: times that it must cost what we do with the core rules; `most`: times that it may. */
  readonly least?: number;
  readonly most?: number;
}

const captureOf = (input: Input): string => join(folder, `${input}-${events}.scap`);
const ours = (input: Input, files: string): string[] => [
  join(root, 'apps/cli/bin/waspglass'),
  'detect',
  captureOf(input),
  '-r',
  files,
];

function makeCaptures(): void {
  mkdirSync(folder, { recursive: true });
  for (const input of Object.keys(inputs) as Input[]) {
    const target = captureOf(input);
    const source = join(shared, 'captures', inputs[input]);
    if (existsSync(target)) continue;
    execFileSync('python3', [join(shared, 'tools/repeat-capture.py'), source, target, String(events)]);
  }
}

function rowsOf(): Row[] {
  const small = join(shared, 'captures/cat_write.scap');
  const conditions = loadRules(readRuleFiles([rules.core])).rules.filter((r) => r.enabled && r.source === 'syscall');
  const asts = conditions.map((rule) => rule.condition);
  const told = (name: string, { comparisons, without }: ReturnType<typeof peerFilter>) =>
    console.log(`${name}: ${without.length} of ${comparisons} comparisons are unknown to it and never hold\n`);
  const rows: Row[] = [];
  if (spawnSync('sysdig', ['--version']).status === 0) {
    const filter = peerFilter(asts, acceptsBy(['sysdig', '-r', small]));
    told('sysdig of this machine', filter);
    const read = ['sysdig', '-r', captureOf('classic')];
    rows.push({ name: 'sysdig 0.29.3, core as a filter', input: 'classic', command: [...read, filter.text], least: 5 });
    const exits = `evt.dir = < and (${filter.text})`;
    rows.push({ name: 'the same, spared the enter events', input: 'classic', command: [...read, exits] });
  }
  const sid = sidRoot(folder, process.argv.includes('--make-sid'));
  if (sid !== undefined) {
    const at = (capture: string) => `/mnt/${basename(capture)}`;
    const filter = peerFilter(asts, acceptsBy(inSid(sid, dirname(small), 'sysdig', '-r', at(small))));
    told('sysdig of sid', filter);
    const read = inSid(sid, folder, 'sysdig', '-r', at(captureOf('today')));
    rows.push({ name: 'sysdig 0.41.4, core as a filter', input: 'today', command: [...read, filter.text], least: 4 });
    rows.push({ name: 'sysdig 0.41.4, state alone', input: 'today', command: [...read, '-w', '/dev/null'] });
  }
  for (const input of ['classic', 'today'] as const) {
    rows.push({ name: 'all 93 rules', input, command: ours(input, rules.all), most: 1.6 });
    rows.push({ name: 'our own rules', input, command: ours(input, rules.own), most: 1.5 });
  }
  return rows;
}

/** What `detect` starts from, as after `npm start`. */
function makeBundle(): void {
  const vite = join(root, 'node_modules/vite/bin/vite.js');
  execFileSync(process.execPath, [vite, 'build', join(root, 'apps/cli')], { cwd: root, stdio: 'ignore' });
}

function bench(): void {
  makeCaptures();
  makeBundle();
  const rows = rowsOf();
  console.log(
    `${events} events, ${rounds} rounds, Node ${process.version}, ${availableParallelism()} × ${cpus()[0]?.model ?? '?'}, Linux ${release()}\n`,
  );
  const costs = rows.map(() => ({ core: [] as Cost[], other: [] as Cost[] }));
  for (let round = 0; round < rounds; round++)
    for (const [i, { input, command }] of rows.entries()) {
      costs[i]?.core.push(measure(output, ours(input, rules.core)));
      costs[i]?.other.push(measure(output, command));
    }
  console.log('| compared with our core rules | capture | CPU s core / other | ratio | wall s | MiB | bar | |');
  console.log('|---|---|---|---|---|---|---|---|');
  const met = rows.filter((row, i) => print(row, costs[i]?.core ?? [], costs[i]?.other ?? [])).length;
  console.log(`\n${met} of ${rows.length} bars met`);
  if (met < rows.length) process.exitCode = 1;
}

function print({ name, input, least, most }: Row, core: readonly Cost[], other: readonly Cost[]): boolean {
  const ratio = median(other, 'cpu') / median(core, 'cpu');
  const met = ratio >= (least ?? 0) && ratio <= (most ?? Number.POSITIVE_INFINITY);
  const pair = (key: keyof Cost, digits: number) =>
    `${median(core, key).toFixed(digits)} / ${median(other, key).toFixed(digits)}`;
  const bar = least !== undefined ? `≥ ${least}` : most !== undefined ? `≤ ${most}` : '';
  const cells = [name, input, pair('cpu', 2), ratio.toFixed(2), pair('wall', 2), pair('memory', 0), bar];
  console.log(`| ${cells.join(' | ')} | ${bar === '' ? '' : met ? 'met' : 'missed'} |`);
  return met;
}

if (!existsSync(rules.core)) console.log('skipped: the shared rules and captures are missing');
else bench();

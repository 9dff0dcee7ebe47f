/**
 * `npm run conformance`: what we print of the captures in ../shared against what sysdig printed, 0.41.4 as it is, 0.29.3
 * with --enter. Prints the share of equal values per capture and field, and every value that differs and is no known
 * difference; fails when there is one, and when a row of known differences explains nothing. Words after `--` choose: a
 * tool, a capture, a job, a field.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { liveAndDie } from '../../packages/state/test/lives.ts';
import { Comparer, type Comparison, type Subject } from './compare.ts';
import { hasShared, isUsable, isWhole, jobs, type Run, records, runs, shared, tools } from './expected.ts';
import { type Known, known as knownRows } from './known.ts';

const FLOOR = 0.999;
const LIVES = 1_000_000;
/** Rows that may be in use at once while processes live and die one after the other. */
const ROWS = 16;
const SHOWN = 12;

const words = process.argv.slice(2);
const limit = Number(words.find((word) => /^\d+$/.test(word)) ?? SHOWN);
const chosen = words.filter((word) => !/^\d+$/.test(word));

/** Whether a name is chosen among those of its kind: all of them when none of the kind is named. */
function isChosen(name: string, kind: readonly string[]): boolean {
  const named = chosen.filter((word) => kind.includes(word));
  return named.length === 0 || named.includes(name);
}

function subjects(): Subject[] {
  const all = runs();
  const captures = [...new Set(all.map((run) => run.capture))];
  return tools.flatMap((tool) =>
    jobs.flatMap((job) =>
      all
        .filter((run) => run.tool === tool && run.job === job && isUsable(run))
        .filter((run) => isChosen(tool, tools) && isChosen(job, jobs) && isChosen(run.capture, captures))
        .flatMap((run) => subject(run, tool, job)),
    ),
  );
}

function subject(run: Run, tool: Subject['tool'], job: Subject['job']): Subject[] {
  const lines = records(run, job);
  const path = join(shared, 'captures', run.capture);
  if (lines === undefined || !existsSync(path)) return [];
  return [{ tool, capture: run.capture, path, job, records: lines, whole: isWhole(run) }];
}

function percent(share: number): string {
  const floored = Math.floor(share * 100_000) / 1000;
  return share === 1 ? '100' : floored.toFixed(floored < 99 ? 1 : 3);
}

interface Failure {
  readonly subject: Subject;
  readonly field: string;
  readonly share: number;
}

class Report {
  readonly failures: Failure[] = [];
  readonly unused: Known[] = [];
  /** Values that differ and that no row of `known.ts` explains. */
  unexplained = 0;
  private readonly known = new Map<Known, number>();
  private heading = '';

  add(of: Subject, { scores, differences, known }: Comparison): void {
    const heading = `${of.tool} ${of.job}`;
    if (heading !== this.heading) console.log(`\n${heading}\n${'capture'.padEnd(40)}${'lines'.padStart(8)}  equal, %`);
    this.heading = heading;
    const cells: string[] = [];
    for (const [field, { equal, known: explained, total }] of scores) {
      const share = (equal + explained) / total;
      if (share < FLOOR) this.failures.push({ subject: of, field, share });
      const note = explained === 0 ? '' : `+${explained}`;
      if (share < 1 || explained > 0)
        cells.push(`${field} ${percent(equal / total)}${note}${share < FLOOR ? ' !' : ''}`);
    }
    const lines = scores.get('line')?.total ?? 0;
    console.log(`${of.capture.padEnd(40)}${String(lines).padStart(8)}  ${cells.join(', ') || 'all 100'}`);
    this.unexplained += differences.length;
    for (const [row, count] of known) this.known.set(row, (this.known.get(row) ?? 0) + count);
    this.show(differences);
  }

  private show(differences: Comparison['differences']): void {
    const fields = [...new Set(differences.map(({ field }) => field))];
    for (const field of fields) {
      if (!isChosen(field, fields)) continue;
      const all = differences.filter((d) => d.field === field);
      for (const { num, type, ours, theirs } of all.slice(0, limit)) {
        console.log(`  ${field} #${num} ${type} (${all.length})\n    ours   ${ours}\n    theirs ${theirs}`);
      }
    }
  }

  end(): void {
    console.log('\nknown differences (docs/differences.md)');
    for (const [row, count] of this.known) console.log(`${String(count).padStart(8)}  ${row.name}: ${row.reason}`);
    this.unused.push(...knownRows.filter((row) => row.live !== true && !this.known.has(row)));
    for (const row of chosen.length > 0 ? [] : this.unused) console.log(`explains nothing: ${row.name}`);
    console.log(`\nnot explained: ${this.unexplained} values; below ${percent(FLOOR)} %: ${this.failures.length}`);
    for (const { subject: of, field, share } of this.failures) {
      console.log(`  ${of.tool} ${of.job} ${of.capture} ${field}: ${percent(share)}`);
    }
  }
}

if (!hasShared) {
  console.log('conformance: no ../shared/expected, nothing compared');
} else {
  const report = new Report();
  for (const one of subjects()) report.add(one, await new Comparer(one).run());
  report.end();
  const isWhole = chosen.length > 0 || (report.unused.length === 0 && staysFlat());
  process.exitCode = report.failures.length === 0 && report.unexplained === 0 && isWhole ? 0 : 1;
}

/** A million processes that end leave no rows behind. */
function staysFlat(): boolean {
  const { threads, symbols } = liveAndDie(LIVES);
  console.log(`\n${LIVES} short-lived processes: ${threads.end} rows, ${symbols.used} symbols`);
  return threads.end < ROWS;
}

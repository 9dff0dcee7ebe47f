/**
 * The print suite of the shared material: command lines of sysdig with what 0.29.3 and 0.41.4 print. `read` follows
 * 0.41.4, with --enter 0.29.3. An output is the same byte for byte, or each line that differs is explained by a row of
 * `print-known.ts`.
 */
import { join } from 'node:path';
import { read } from '../../apps/cli/src/commands/read.ts';
import { type Run, runCommand } from '../../apps/cli/test/run.ts';
import { sharedFolder, sharedText } from '../../apps/cli/test/shared.ts';
import { hashOf, kindOf, linesOf, type PrintCase } from './print-cases.ts';
import { lineKinds, refusals } from './print-known.ts';
import { compareLines } from './print-lines.ts';

export interface PrintResult {
  readonly test: PrintCase;
  readonly run: Run;
  /** Same output, and both succeed or both fail. */
  readonly same: boolean;
  /** How many lines each kind of difference explains. */
  readonly kinds: ReadonlyMap<string, number>;
  /** The first thing that nothing explains. */
  readonly unexplained?: string;
}

export async function runCase(test: PrintCase): Promise<PrintResult> {
  const file = join(sharedFolder, test.capture);
  const args = test.args.map((arg, i) => (test.args[i - 1] === '-r' ? file : arg));
  const run = await runCommand(read, test.tool === 'sysdig-0.29.3' ? ['--enter', ...args] : args);
  const kinds = new Map<string, number>();
  const isSame = hashOf(run.out) === test.stdout_sha256 && (run.code === 0) === (test.exit_code === 0);
  if (isSame) return { test, run, same: true, kinds };
  const expected = linesOf(test.stdout_file === undefined ? '' : sharedText(test.stdout_file));
  const unexplained = await compareLines({ test, run, file, expected, found: linesOf(run.out) }, kinds);
  return { test, run, same: false, kinds, ...(unexplained !== undefined && { unexplained }) };
}

interface Row {
  same: number;
  explained: number;
  total: number;
}

export interface PrintReport {
  readonly unexplained: readonly PrintResult[];
  /** Rows of `print-known.ts` that explained nothing. */
  readonly unused: readonly string[];
}

/** Runs cases and says a table by version and kind of option, then one of kinds of differences. */
export async function comparePrints(cases: readonly PrintCase[], say: (line: string) => void): Promise<PrintReport> {
  const rows = new Map<string, Row>();
  const kinds = new Map<string, { cases: number; lines: number }>();
  const unexplained: PrintResult[] = [];
  for (const test of cases) {
    const result = await runCase(test);
    const name = `${test.tool} ${kindOf(test)}`;
    const row = rows.get(name) ?? { same: 0, explained: 0, total: 0 };
    rows.set(name, row);
    row.total++;
    if (result.unexplained !== undefined) unexplained.push(result);
    else if (result.same) row.same++;
    else row.explained++;
    for (const [kind, lines] of result.kinds) {
      const known = kinds.get(kind) ?? { cases: 0, lines: 0 };
      kinds.set(kind, { cases: known.cases + 1, lines: known.lines + lines });
    }
  }
  say('cases                  total  equal  but for known kinds  unexplained');
  for (const [name, { same, explained, total }] of [...rows].toSorted()) {
    say(
      `${name.padEnd(22)}${cell(total, 6)}${cell(same, 7)}${cell(explained, 21)}${cell(total - same - explained, 13)}`,
    );
  }
  say(' cases   lines  kind');
  for (const [kind, { cases: count, lines }] of [...kinds].toSorted(([, a], [, b]) => b.cases - a.cases)) {
    say(`${cell(count, 6)}${cell(lines, 8)}  ${kind}`);
  }
  const unused = [...refusals, ...lineKinds].map(({ kind }) => kind).filter((kind) => !kinds.has(kind));
  return { unexplained, unused };
}

const cell = (value: number, width: number) => String(value).padStart(width);

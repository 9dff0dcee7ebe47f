/**
 * The print suite of the shared material: command lines of sysdig with what 0.29.3 and 0.41.4 print. `read` follows
 * 0.41.4, with --enter 0.29.3.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { read } from '../src/commands/read.ts';
import { reasonFor } from './print-known.ts';
import { type Run, runCommand } from './run.ts';
import { sharedFolder, sharedText } from './shared.ts';

export interface PrintCase {
  readonly id: string;
  readonly tool: 'sysdig-0.29.3' | 'sysdig-0.41.4';
  readonly capture: string;
  readonly args: readonly string[];
  readonly command: string;
  readonly exit_code: number;
  readonly stderr: string;
  readonly stdout_lines: number;
  readonly stdout_sha256: string;
  readonly stdout_part: string;
  readonly stdout_file?: string;
}

export interface PrintResult {
  readonly test: PrintCase;
  readonly run: Run;
  /** Same output, and both succeed or both fail. */
  readonly same: boolean;
  /** Lines of the recorded output and as many of ours as it has. */
  readonly expected: readonly string[];
  readonly found: readonly string[];
  readonly equalLines: number;
}

export function printCases(): PrintCase[] {
  const index = readFileSync(join(sharedFolder, 'suites', 'sysdig-print', 'index.json'), 'utf8');
  return (JSON.parse(index) as { cases: PrintCase[] }).cases;
}

/** The option that a case is about, or `filter`. */
export function kindOf({ args }: PrintCase): string {
  const option = args.find((arg, i) => i > 1 && arg.startsWith('-') && arg !== '-n');
  return option ?? (args.includes('-n') ? '-n' : 'filter');
}

export async function runCase(test: PrintCase): Promise<PrintResult> {
  const files = join(sharedFolder, test.capture);
  const args = test.args.map((arg, i) => (test.args[i - 1] === '-r' ? files : arg));
  const run = await runCommand(read, test.tool === 'sysdig-0.29.3' ? ['--enter', ...args] : args);
  const expected = ordered((test.stdout_file === undefined ? '' : sharedText(test.stdout_file)).split('\n'));
  const all = ordered(run.out.split('\n'));
  const whole = test.stdout_part === 'whole' || test.stdout_part === 'empty';
  const found = whole ? all : all.slice(0, expected.length - 1).concat('');
  const sameText =
    createHash('sha256').update(run.out).digest('hex') === test.stdout_sha256 ||
    (whole && found.join('\n') === expected.join('\n'));
  const same = sameText && (run.code === 0) === (test.exit_code === 0);
  const equalLines = expected.filter((line, i) => line === found[i]).length;
  return { test, run, same, expected, found, equalLines };
}

/** Runs cases and says a table by version and kind of option. Returns what nothing explains. */
export async function comparePrints(
  cases: readonly PrintCase[],
  say: (line: string) => void,
): Promise<readonly PrintResult[]> {
  const rows = new Map<string, { same: number; total: number; reasons: Map<string, number> }>();
  const unexplained: PrintResult[] = [];
  for (const test of cases) {
    const result = await runCase(test);
    const name = `${test.tool} ${kindOf(test)}`;
    const row = rows.get(name) ?? { same: 0, total: 0, reasons: new Map() };
    rows.set(name, row);
    row.total++;
    if (result.same) {
      row.same++;
      continue;
    }
    const reason = reasonFor(result) ?? 'NOT EXPLAINED';
    row.reasons.set(reason, (row.reasons.get(reason) ?? 0) + 1);
    if (reason === 'NOT EXPLAINED') unexplained.push(result);
  }
  for (const [name, { same, total, reasons }] of [...rows].toSorted()) {
    const others = [...reasons].map(([reason, count]) => `${count}: ${reason}`).join('; ');
    say(`${name.padEnd(22)} ${same}/${total} ${others}`.trimEnd());
  }
  return unexplained;
}

/** Lines of the summary of -S in one order: sysdig's is random where counts are equal. */
function ordered(lines: string[]): string[] {
  const at = lines.findIndex((line) => line.startsWith('Event  '));
  return at < 0 ? lines : [...lines.slice(0, at), ...lines.slice(at).toSorted()];
}

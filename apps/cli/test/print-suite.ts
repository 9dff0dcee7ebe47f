/**
 * The print suite of the shared material: command lines of sysdig with what 0.29.3 and 0.41.4 print. `read` follows
 * 0.41.4, with --enter 0.29.3.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { read } from '../src/commands/read.ts';
import { type Run, runCommand } from './run.ts';
import { sharedFolder, sharedText } from './shared.ts';

export interface PrintCase {
  readonly id: string;
  readonly tool: 'sysdig-0.29.3' | 'sysdig-0.41.4';
  readonly capture: string;
  readonly args: readonly string[];
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
  readonly same: boolean;
  /** First line that differs: expected, found. */
  readonly difference?: readonly [expected: string, found: string];
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
  const found = ordered(run.out.split('\n'));
  const same =
    createHash('sha256').update(run.out).digest('hex') === test.stdout_sha256 ||
    (test.stdout_part === 'whole' && found.join('\n') === expected.join('\n'));
  if (same) return { test, run, same, equalLines: expected.length };
  const at = expected.findIndex((line, i) => line !== found[i]);
  const equalLines = expected.filter((line, i) => line === found[i]).length;
  return {
    test,
    run,
    same,
    equalLines,
    difference: at < 0 ? ['(end)', found[expected.length - 1] ?? ''] : [expected[at] ?? '', found[at] ?? '(none)'],
  };
}

/** Lines of the summary of -S in one order: sysdig's is random where counts are equal. */
function ordered(lines: string[]): string[] {
  const at = lines.findIndex((line) => line.startsWith('Event  '));
  return at < 0 ? lines : [...lines.slice(0, at), ...lines.slice(at).toSorted()];
}

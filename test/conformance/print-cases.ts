/** The cases of the print suite, and what is stored of their outputs. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sharedFolder } from '../../apps/cli/test/shared.ts';

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

export function printCases(): PrintCase[] {
  const index = readFileSync(join(sharedFolder, 'suites', 'sysdig-print', 'index.json'), 'utf8');
  return (JSON.parse(index) as { cases: PrintCase[] }).cases;
}

/** The option that a case is about, or `filter`. */
export function kindOf({ args }: PrintCase): string {
  const option = args.find((arg, i) => i > 1 && arg.startsWith('-') && arg !== '-n');
  return option ?? (args.includes('-n') ? '-n' : 'filter');
}

export function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

export function linesOf(text: string): string[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

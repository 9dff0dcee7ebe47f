/** The shared material beside the checkout: captures and what the original tools print for them. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

const ROOT = join(import.meta.dirname, '..', '..', '..');
export const sharedFolder = process.env.WASPGLASS_SHARED ?? join(ROOT, '..', 'shared');

/** For the `skip` of tests: a message when the material is missing. */
export const sharedMissing = existsSync(join(sharedFolder, 'captures'))
  ? false
  : `no shared material in ${sharedFolder}`;

export interface ExpectedRun {
  readonly tool: string;
  readonly capture: string;
  readonly job: string;
  readonly exit_code: number;
  readonly stdout_lines: number;
  readonly stdout_part: string;
  readonly stdout_file?: string;
  readonly stdout_head_file?: string;
  readonly stdout_tail_file?: string;
}

export function expectedRuns(tool: string, job: string): ExpectedRun[] {
  const index = JSON.parse(readFileSync(join(sharedFolder, 'expected', 'index.json'), 'utf8')) as {
    runs: ExpectedRun[];
  };
  return index.runs.filter((run) => run.tool === tool && run.job === job);
}

export function capturePath(name: string): string {
  return join(sharedFolder, 'captures', name);
}

/** Text of a file of the shared material, inflated when its name says so. */
export function sharedText(path: string): string {
  const bytes = readFileSync(join(sharedFolder, path));
  return (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
}

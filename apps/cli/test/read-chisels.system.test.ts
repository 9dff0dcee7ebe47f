/** Chisels of which no output is recorded, against Debian's sysdig run on the same captures. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { read } from '../src/commands/read.ts';
import { withoutTies } from './chisel-runs.ts';
import { runCommand } from './run.ts';
import { capturePath, sharedMissing } from './shared.ts';

const found = spawnSync('sysdig', ['--version'], { encoding: 'utf8' }).status === 0;
const skip = sharedMissing || (found ? false : 'sysdig is not installed');

const captures = [
  'curl_google.scap',
  'sf-setns.scap',
  'sf-nginx.scap',
  'inspect-502error.scap',
  'sf-httpd-event-cold.scap',
];
const calls: readonly (readonly string[])[] = [
  ['topprocs_errors'],
  ['topprocs_net'],
  ['topprocs_file'],
  ['topfiles_errors'],
  ['topfiles_time'],
  ['topports_server'],
  ['scallslower', '1'],
  ['fileslower', '0'],
  ['netlower', '0'],
  ['httptop'],
  ['httptop', 'time'],
  ['iobytes'],
  ['iobytes_file'],
  ['iobytes_net'],
  ['proc_exec_time'],
  ['fdbytes_by', 'fd.type'],
  ['fdtime_by', 'evt.type'],
  ['spy_port', '80'],
  ['spy_logs'],
  ['stderr'],
];
/** Share of lines that must be equal: ties of rankings, and times that other rules round, differ. */
const FLOOR = 0.9;

// biome-ignore lint/suspicious/noControlCharactersInRegex: colours are control sequences
const COLOUR = /\u001b\[\d+m/g;

function linesOf(text: string): string[] {
  return text
    .replace(COLOUR, '')
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '');
}

for (const call of calls) {
  test(`${call.join(' ')} prints what sysdig prints`, { skip }, async (t) => {
    let [equal, total] = [0, 0];
    for (const name of captures) {
      const file = capturePath(name);
      const { stdout } = spawnSync('sysdig', ['-r', file, '-c', ...call], { encoding: 'utf8', maxBuffer: 1 << 28 });
      const { out } = await runCommand(read, [file, '-c', ...call]);
      const ranked = call[0]?.startsWith('top') ? withoutTies : (lines: string[]) => lines;
      const ours = new Set([...linesOf(out), ...ranked(linesOf(out))]);
      const theirs = linesOf(stdout);
      const tied = ranked(theirs);
      const missing = theirs.filter((line, i) => !ours.has(line) && !ours.has(tied[i] ?? line));
      equal += theirs.length - missing.length;
      total += theirs.length;
      if (missing.length > 0) t.diagnostic(`${name}: ${missing.length} of ${theirs.length}: ${missing[0]}`);
    }
    assert.ok(equal >= total * FLOOR, `${equal} of ${total} lines`);
  });
}

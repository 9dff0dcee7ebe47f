/**
 * Compares `read` line by line with what sysdig 0.41.4 prints for the shared captures. Lines are matched by event
 * number. The table of equal lines is printed; the floor is what has been reached, so that nothing is lost again.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { read } from '../src/commands/read.ts';
import { runCommand } from './run.ts';
import { capturePath, type ExpectedRun, expectedRuns, sharedMissing, sharedText } from './shared.ts';

const FIELDS =
  '*%evt.num|%evt.rawtime|%evt.cpu|%evt.dir|%evt.type|%evt.args|%proc.name|%proc.pid|%proc.ppid|%proc.cmdline|' +
  '%proc.cwd|%user.name|%proc.loginshellid|%fd.num|%fd.typechar|%fd.name';

/** Share of lines that are equal, per job and capture; captures that are not named: the last one. */
const floors: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  default: { other: 0 },
  fields: { other: 0 },
};

const numberOf = (line: string) => /^\d+/.exec(line)?.[0];

function expectedLines(run: ExpectedRun): string[] {
  const parts = run.stdout_file === undefined ? [run.stdout_head_file, run.stdout_tail_file] : [run.stdout_file];
  return parts.flatMap((part) => (part === undefined ? [] : sharedText(`expected/${part}`).split('\n')));
}

async function compare(run: ExpectedRun, extra: readonly string[]) {
  const expected = expectedLines(run).filter((line) => numberOf(line) !== undefined);
  const big = run.stdout_lines > 500_000;
  const wanted = big ? expected.slice(0, 1500) : expected;
  const limit = big ? ['-n', numberOf(wanted.at(-1) ?? '') ?? '1'] : [];
  const { out, code } = await runCommand(read, [capturePath(run.capture), ...extra, ...limit]);
  const ours = new Map(out.split('\n').map((line) => [numberOf(line), line]));
  const equal = wanted.filter((line) => ours.get(numberOf(line)) === line).length;
  return { capture: run.capture, equal, total: wanted.length, extra: big ? 0 : ours.size - 1 - run.stdout_lines, code };
}

for (const [job, extra] of [
  ['default', []],
  ['fields', ['-p', FIELDS]],
] as const) {
  test(`read prints what sysdig 0.41.4 prints: ${job}`, { skip: sharedMissing }, async (t) => {
    const rows = [];
    for (const run of expectedRuns('sysdig-0.41.4', job))
      if (run.stdout_lines > 0) rows.push(await compare(run, extra));
    for (const { capture, equal, total, extra } of rows) {
      t.diagnostic(`${job} ${capture.padEnd(40)} ${equal}/${total}${extra === 0 ? '' : `, ${extra} lines more`}`);
    }
    for (const { capture, equal, total } of rows) {
      const floor = floors[job]?.[capture] ?? floors[job]?.other ?? 1;
      assert.ok(
        equal >= Math.floor(floor * total),
        `${job} ${capture}: ${equal} of ${total} lines are equal, floor ${floor}`,
      );
    }
  });
}

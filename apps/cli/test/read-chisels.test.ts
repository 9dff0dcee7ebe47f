/** Compares chisels with what sysdig 0.29.3 and 0.41.4 printed for the shared captures and prints a table. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { known, reasonFor } from './chisel-known.ts';
import { type ChiselResult, chiselRuns, compareChisel } from './chisel-runs.ts';
import { sharedMissing } from './shared.ts';

async function compareAll(say: (line: string) => void): Promise<readonly ChiselResult[]> {
  const results: ChiselResult[] = [];
  for (const tool of ['sysdig-0.29.3', 'sysdig-0.41.4']) {
    for (const run of chiselRuns(tool)) results.push(await compareChisel(run));
  }
  const rows = Map.groupBy(results, ({ tool, chisel }) => `${tool.padEnd(14)} ${chisel.padEnd(18)}`);
  for (const [name, of] of rows) {
    const sum = (value: (result: ChiselResult) => number) => of.reduce((total, result) => total + value(result), 0);
    const same = of.filter(isSame).length;
    const lines = `${sum((r) => r.equal)}/${sum((r) => r.total)}`;
    const reasons = new Set(of.filter((r) => !isSame(r)).map((r) => reasonFor(r) ?? 'NOT EXPLAINED'));
    say(`${name} runs ${same}/${of.length}, lines ${lines} ${[...reasons].join('; ')}`.trimEnd());
  }
  return results;
}

const isSame = ({ equal, total, extra }: ChiselResult) => equal === total && extra.length === 0;

test('chisels print what sysdig prints', { skip: sharedMissing }, async (t) => {
  const results = await compareAll((line) => t.diagnostic(line));
  for (const result of results) {
    if (isSame(result)) continue;
    const { tool, chisel, capture, equal, total, missing, extra } = result;
    assert.ok(
      reasonFor(result),
      `${tool} ${chisel} ${capture}: ${equal} of ${total} lines; missing ${missing[0]}; instead ${extra[0]}`,
    );
  }
  const reasons = new Set(results.flatMap((result) => (isSame(result) ? [] : (reasonFor(result) ?? '').split(' + '))));
  for (const { reason } of known) assert.ok(reasons.has(reason), `explains nothing: ${reason}`);
});

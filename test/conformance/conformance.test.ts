/** A quick part of `npm run conformance`: small captures of old and new writers, every value of every line. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { Comparer } from './compare.ts';
import { hasShared, isUsable, isWhole, jobs, records, runs, shared, tools } from './expected.ts';

const captures = [
  'cat_write.scap',
  'single_ipv6_conn.scap',
  'libs-sample.scap',
  'sf-filesat.scap',
  'sf-rename.scap',
  'sf-setns.scap',
  'sf-tcp-client-server.scap',
  'control_char.scap',
  'trunc_in_event.scap',
];
const skip = hasShared ? false : 'no ../shared/expected';

for (const tool of tools) {
  test(`values agree with ${tool}, but for known differences`, { skip }, async () => {
    const chosen = runs().filter((run) => run.tool === tool && captures.includes(run.capture) && isUsable(run));
    let values = 0;
    for (const job of jobs) {
      for (const run of chosen.filter((row) => row.job === job)) {
        const path = join(shared, 'captures', run.capture);
        const lines = records(run, job);
        if (lines === undefined) continue;
        const { scores, differences } = await new Comparer({
          tool,
          capture: run.capture,
          path,
          job,
          records: lines,
          whole: isWhole(run),
        }).run();
        assert.deepEqual(
          differences.map(({ num, field, ours, theirs }) => ({ num, field, ours, theirs })),
          [],
          run.command,
        );
        for (const { total } of scores.values()) values += total;
      }
    }
    assert.ok(values > 50_000, `${values} values compared`);
  });
}

/**
 * Part of `npm run conformance`: the whole print suite, 0.41.4 in the default rendering and 0.29.3 with --enter. Prints a
 * table by kind of option and the cases that nothing explains; exit code 1 when there is one.
 */
import { comparePrints, printCases } from './print-suite.ts';

const unexplained = await comparePrints(printCases(), (line) => console.log(line));
for (const { test, expected, found, run } of unexplained) {
  const at = expected.findIndex((line, i) => line !== found[i]);
  console.log(`${test.id}: ${test.command}\n  sysdig: ${expected[at] ?? ''}\n  ours:   ${found[at] ?? ''}${run.err}`);
}
console.log(`print suite: ${unexplained.length} cases are not explained`);
process.exitCode = unexplained.length === 0 ? 0 : 1;

/**
 * Part of `npm run conformance`: the whole print suite, 0.41.4 in the default rendering and 0.29.3 with --enter. Prints a
 * table by kind of option, one of kinds of differences, and the cases that nothing explains; exit code 1 when there is one.
 */
import { sharedMissing } from '../../apps/cli/test/shared.ts';
import { printCases } from './print-cases.ts';
import { comparePrints } from './print-suite.ts';

if (sharedMissing !== false) console.log(`print suite: ${sharedMissing}`);
else {
  const chosen = process.argv.slice(2);
  const cases = printCases().filter(({ id }) => chosen.length === 0 || chosen.some((word) => id.includes(word)));
  const { unexplained, unused } = await comparePrints(cases, (line) => console.log(line));
  for (const { test, unexplained: why } of unexplained) console.log(`${test.id}: ${test.command}\n  ${why}`);
  for (const kind of chosen.length > 0 ? [] : unused) console.log(`explains nothing: ${kind}`);
  console.log(`print suite: ${cases.length} cases, ${unexplained.length} not explained`);
  process.exitCode = unexplained.length === 0 && (chosen.length > 0 || unused.length === 0) ? 0 : 1;
}

/**
 * The acceptance suites of Falco's rules and libraries, and Falco's own alerts on the shared captures, against ours: a
 * table per suite, every difference, exit code 1 when one is not explained.
 *
 * Usage: node test/suites/run.ts [--suite NAME] [--verbose]
 */
import { escapeControl } from '@waspglass/kit';
import { expectedOutcomes } from './expected.ts';
import { falcoOutcomes } from './falco-cases.ts';
import { libsOutcomes } from './libs.ts';
import type { Outcome } from './outcome.ts';
import { missing } from './shared.ts';
import { unitOutcomes } from './unit-cases.ts';
import { utf8Outcomes } from './utf8-cases.ts';

const suites: Readonly<Record<string, () => Promise<Outcome[]>>> = {
  'falcosecurity-testing': () => falcoOutcomes('falcosecurity-testing'),
  'falco-avocado': () => falcoOutcomes('falco-avocado'),
  'falco-unit': async () => unitOutcomes(),
  'falco-utf8': utf8Outcomes,
  'libs-tests': libsOutcomes,
  expected: () => expectedOutcomes(),
};

/** Alerts that must be as Falco's. */
const SHARE = 0.999;
const SHOWN = 25;

async function main(): Promise<number> {
  if (missing !== false) {
    console.log(`skipped: ${missing}`);
    return 0;
  }
  const at = process.argv.indexOf('--suite');
  const only = at < 0 ? undefined : process.argv[at + 1];
  const verbose = process.argv.includes('--verbose');
  const outcomes: Outcome[] = [];
  for (const [name, run] of Object.entries(suites))
    if (only === undefined || only === name) outcomes.push(...(await run()));
  console.log(table(outcomes));
  const differ = outcomes.filter(({ state }) => state === 'differ');
  for (const one of differ.slice(0, verbose ? undefined : SHOWN))
    console.log(escapeControl(`differs: ${one.suite}: ${one.id}: ${one.why}`.slice(0, verbose ? undefined : 400)));
  if (!verbose && differ.length > SHOWN) console.log(`… and ${differ.length - SHOWN} more; --verbose tells all`);
  for (const why of verbose ? new Set(outcomes.filter(({ state }) => state === 'explained').map((o) => o.why)) : [])
    console.log(`explained: ${why}`);
  const alerts = outcomes.filter(({ suite }) => suite.startsWith('expected'));
  const bad = differ.filter(({ suite }) => !suite.startsWith('expected')).length;
  const wrong = alerts.filter(({ state }) => state === 'differ').length;
  return bad > 0 || wrong > alerts.length * (1 - SHARE) ? 1 : 0;
}

function table(outcomes: readonly Outcome[]): string {
  const names = [...new Set(outcomes.map(({ suite }) => suite))];
  const count = (suite: string, state?: Outcome['state']) =>
    outcomes.filter((one) => one.suite === suite && (state === undefined || one.state === state)).length;
  const rows = names.map((name) => {
    const runnable = count(name) - count(name, 'unavailable');
    const good = count(name, 'agree') + count(name, 'explained');
    const share = runnable === 0 ? '-' : `${((100 * good) / runnable).toFixed(1)} %`;
    const states = (['agree', 'explained', 'differ', 'unavailable'] as const).map((state) =>
      String(count(name, state)),
    );
    return [name, String(count(name)), String(runnable), ...states, share];
  });
  const all = [['suite', 'cases', 'runnable', 'agree', 'explained', 'differ', 'unavailable', 'share'], ...rows];
  const widths = (all[0] ?? []).map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all
    .map((row) =>
      row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join('  '),
    )
    .join('\n');
}

process.exitCode = await main();

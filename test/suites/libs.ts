/** The tests of Falco's libraries: filters that are accepted, refused, true or false; events of an old capture in today's form. */
import { Inspector } from '@waspglass/inspect';
import { eventId } from '@waspglass/schema';
import { type LibsCase, outcomeOf } from '../../packages/lang/test/libs-cases.ts';
import type { Outcome } from './outcome.ts';
import { inShared, readJson } from './shared.ts';

interface Count {
  readonly id: string;
  readonly capture: string;
  /** `PPME_…`. */
  readonly event: string;
  readonly count_after_conversion: number;
}

interface Index {
  readonly cases: readonly LibsCase[];
  readonly converter_counts: readonly Count[];
}

export async function libsOutcomes(): Promise<Outcome[]> {
  const { cases, converter_counts: counts } = readJson<Index>('suites/libs-tests/index.json');
  const outcomes = cases.map((one) => judged(one.id, outcomeOf(one), one.expect, one.filter));
  for (const one of counts) {
    outcomes.push(judged(one.id, await countOf(one), one.count_after_conversion, one.event));
  }
  const { cases: missing } = readJson<{ cases: readonly { id: string; reason: string }[] }>(
    'suites/libs-tests/unavailable.json',
  );
  return [
    ...outcomes,
    ...missing.map(({ id, reason }) => ({ suite: SUITE, id, state: 'unavailable', why: reason }) as const),
  ];
}

const SUITE = 'libs-tests';

function judged(id: string, found: string | number, expected: string | number, what: string): Outcome {
  if (found === expected) return { suite: SUITE, id, state: 'agree', why: '' };
  return { suite: SUITE, id, state: 'differ', why: `${what}: ${found}, expected ${expected}` };
}

/** How often an event of today's form occurs in a capture. */
async function countOf({ capture, event }: Count): Promise<number> {
  const type = eventId[event.replace(/^PPME_/, '') as keyof typeof eventId];
  let count = 0;
  const inspector = new Inspector();
  inspector.subscribe({ types: [type], onEvent: () => void count++ });
  await inspector.readFiles([inShared(capture)]);
  return count;
}

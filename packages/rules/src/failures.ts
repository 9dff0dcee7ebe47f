/** One error for all that is wrong with rule files. */
import type { WaspglassError } from '@waspglass/kit';
import type { Failure } from './diagnostics.ts';
import { fail } from './errors.ts';

/** The error of one failure, or one that lists all. */
export function joined(failures: readonly Failure[]): WaspglassError {
  const [first] = failures;
  if (first && failures.length === 1) return first.error;
  const list = failures.slice(0, MAX_TOLD).map(({ error }) => error.message);
  if (failures.length > MAX_TOLD) list.push(`… and ${failures.length - MAX_TOLD} more`);
  return fail('WG_RULES_INVALID', { count: failures.length, list });
}

/** Errors that one message lists. */
const MAX_TOLD = 50;

/** Rule files → engines of every source. Captures hold only events, but what is wrong with other rules is said all the same. */
import { hostname } from 'node:os';
import { authFields, captureFields, type EventContext, eventFields } from '@waspglass/fields';
import type { Inspector } from '@waspglass/inspect';
import { SymbolTable } from '@waspglass/kit';
import type { FieldTable } from '@waspglass/lang';
import { type Failure, RuleEngine, type RuleSet, selectRules } from '@waspglass/rules';
import { eventTypes } from '@waspglass/schema';
import type { DetectOptions } from './options.ts';

/** The engine over events; other sources are only checked. With `onFailure` nothing is thrown. */
export function buildEngine(
  ruleSet: RuleSet,
  inspector: Inspector,
  options: DetectOptions,
  onFailure?: (failure: Failure) => void,
): RuleEngine<EventContext> {
  const chosen = selectRules(ruleSet, options.selection);
  const common = { ruleSet: chosen, skipUnknown: options.skipUnknown, ...(onFailure && { onFailure }) };
  const engine = new RuleEngine<EventContext>({
    ...common,
    fields: eventFields,
    symbols: inspector.state.symbols,
    eventTypes,
    time: (c) => c.ev.time,
    hostname: hostname(),
    matching: options.matching,
    ...(options.appendOutput !== '' && { appendOutput: options.appendOutput }),
  });
  const check = <C>(source: string, fields: FieldTable<C>) =>
    new RuleEngine({
      ...common,
      source,
      fields,
      symbols: new SymbolTable(),
      eventTypes: [],
      time: () => 0n,
      hostname: '',
    });
  check('auth', authFields);
  check('capture', captureFields);
  return engine;
}

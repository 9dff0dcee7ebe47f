/** Options of the rules, part of the table in `options.ts`: which files, and which of their rules, as Falco's -D, -T and -t. */
import { parsePriority, priorities, type Selection } from '@waspglass/rules';
import { fail } from '../errors.ts';
import { choice, type Kind, paths, words } from './kinds.ts';

interface Row<T> {
  readonly kind: Kind<T>;
  readonly default: T;
  readonly doc: string;
}

const row = <T>(kind: Kind<T>, value: T, doc: string): Row<T> => ({ kind, default: value, doc });

export const ruleOptions = {
  'rules.files': row(paths, [], 'Falco rule files, in order; [] means the rules that come with Waspglass.'),
  'rules.disable_names': row(
    words,
    [],
    'Rules are off whose name contains one of these, or fits it when it has a * (Falco’s -D).',
  ),
  'rules.disable_tags': row(words, [], 'Rules with one of these tags are off (Falco’s -T).'),
  'rules.only_tags': row(
    words,
    [],
    'Only rules with one of these tags are on, also disabled ones (Falco’s -t); not beside the other two.',
  ),
  'rules.priority': row(choice(priorities), 'Debug', 'Least severe priority of rules that are on.'),
  'rules.matching': row(
    choice(['all', 'first']),
    'all',
    'Whether an event is told by all rules that match it, or by the first as Falco does.',
  ),
} as const;

type RuleConfig = {
  readonly [K in keyof typeof ruleOptions]: (typeof ruleOptions)[K] extends Row<infer T> ? T : never;
};

/** What is done with the rules of the files. */
export interface RuleChoice {
  readonly selection: Selection;
  readonly matching: 'first' | 'all';
}

/** Throws when the options contradict each other. */
export function ruleChoiceOf(config: RuleConfig): RuleChoice {
  const {
    'rules.disable_names': withoutNames,
    'rules.disable_tags': withoutTags,
    'rules.only_tags': onlyTags,
    'rules.priority': priority,
  } = config;
  if (onlyTags.length > 0 && withoutNames.length + withoutTags.length > 0) {
    const found = 'rules.only_tags: found beside rules.disable_names or rules.disable_tags';
    throw fail('WG_CONFIG_WRONG_VALUE', { found, expected: 'only one of these' });
  }
  return {
    selection: { withoutNames, withoutTags, onlyTags, priority: parsePriority(priority) },
    matching: config['rules.matching'] === 'first' ? 'first' : 'all',
  };
}

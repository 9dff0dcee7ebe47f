/** A rule while its parts come together, and what later items may do with each key: one row per key. */
import { didYouMean, type Place } from '@waspglass/kit';
import { ConditionText } from './condition.ts';
import { fail } from './errors.ts';
import { appendExceptions, type Exception, readExceptions } from './exceptions.ts';
import type { Item } from './item.ts';
import { type Priority, parsePriority, priorities } from './priorities.ts';
import type { TextNode } from './yaml-nodes.ts';

export interface Draft {
  readonly name: string;
  readonly desc: string;
  readonly condition: ConditionText;
  readonly output: string;
  readonly outputAt: Place;
  readonly priority: Priority;
  readonly tags: readonly string[];
  readonly source: string;
  readonly enabled: boolean;
  readonly warnEventTypes: boolean;
  readonly skipIfUnknown: boolean;
  readonly exceptions: readonly Exception[];
  readonly capture: boolean;
  readonly captureDuration: number;
  readonly at: Place;
}

export interface RuleKey {
  /** Whether an override may append to it; replace it may always. */
  readonly append: boolean;
  readonly apply: (draft: Draft, item: Item, append: boolean) => Partial<Draft>;
}

export const ruleKeys: Readonly<Record<string, RuleKey>> = {
  desc: { append: true, apply: (draft, item, append) => ({ desc: joined(draft.desc, item.need('desc'), append) }) },
  condition: {
    append: true,
    apply: (draft, item, append) => {
      const piece = item.need('condition');
      return { condition: append ? draft.condition.append(piece) : new ConditionText([piece]) };
    },
  },
  output: {
    append: true,
    apply: (draft, item, append) => {
      const piece = item.need('output');
      return { output: joined(draft.output, piece, append), outputAt: append ? draft.outputAt : piece.at };
    },
  },
  tags: {
    append: true,
    apply: (draft, item, append) => {
      const tags = item.texts('tags')?.map((node) => node.text) ?? [];
      return { tags: append ? [...draft.tags, ...tags] : tags };
    },
  },
  exceptions: {
    append: true,
    apply: (draft, item, append) => {
      const more = readExceptions(item.list('exceptions'), draft.name, append);
      return { exceptions: append ? appendExceptions(draft.exceptions, more, draft.name) : more };
    },
  },
  priority: { append: false, apply: (_, item) => ({ priority: priorityOf(item.need('priority')) }) },
  enabled: { append: false, apply: (draft, item) => ({ enabled: item.flag('enabled') ?? draft.enabled }) },
  warn_evttypes: {
    append: false,
    apply: (draft, item) => ({ warnEventTypes: item.flag('warn_evttypes') ?? draft.warnEventTypes }),
  },
  'skip-if-unknown-filter': {
    append: false,
    apply: (draft, item) => ({ skipIfUnknown: item.flag('skip-if-unknown-filter') ?? draft.skipIfUnknown }),
  },
  capture: {
    append: false,
    apply: (draft, item) => ({ capture: item.flag('capture') ?? draft.capture }),
  },
  capture_duration: {
    append: false,
    apply: (draft, item) => ({ captureDuration: item.number('capture_duration') ?? draft.captureDuration }),
  },
};

function joined(before: string, piece: TextNode, append: boolean): string {
  return append ? `${before} ${piece.text.trim()}` : piece.text.trim();
}

export function priorityOf(node: TextNode): Priority {
  const priority = parsePriority(node.text.trim());
  if (priority) return priority;
  const hint = didYouMean(node.text, priorities);
  throw fail(
    'WG_RULES_ITEM',
    { found: `priority "${node.text}"${hint}`, expected: priorities.join(', ') },
    { at: node.at },
  );
}

/** What rule files say, before it meets a field table. */
import type { Place } from '@waspglass/kit';
import type { Ast } from '@waspglass/lang';
import type { Priority } from './priorities.ts';

export interface Rule {
  readonly name: string;
  readonly desc: string;
  /** With macros, lists and exceptions put in. */
  readonly condition: Ast;
  /** The condition's text, without them. */
  readonly text: string;
  readonly output: string;
  readonly priority: Priority;
  /** Sorted, each once. */
  readonly tags: readonly string[];
  readonly source: string;
  readonly enabled: boolean;
  readonly warnEventTypes: boolean;
  readonly skipIfUnknown: boolean;
  readonly at: Place;
  readonly outputAt: Place;
}

/** Something worth saying that keeps nothing from working. */
export interface Notice {
  readonly text: string;
  readonly at: Place;
}

export interface RuleSet {
  /** In order of definition. */
  readonly rules: readonly Rule[];
  readonly macros: number;
  readonly lists: number;
  readonly notices: readonly Notice[];
}

/** What rule files say, before it meets a field table. */
import type { Place } from '@waspglass/kit';
import type { Ast } from '@waspglass/lang';
import type { ItemName, Notice } from './diagnostics.ts';
import type { Priority } from './priorities.ts';

export interface RuleException {
  readonly name: string;
  readonly fields: readonly { readonly text: string; readonly at: Place }[];
  readonly comps: readonly string[];
  /** What each of its values adds to the condition, as written. */
  readonly terms: readonly Ast[];
}

export interface Rule {
  readonly name: string;
  readonly desc: string;
  /** With macros, lists and exceptions put in. */
  readonly condition: Ast;
  /** As it is written, without them. */
  readonly written: Ast;
  readonly text: string;
  readonly output: string;
  readonly priority: Priority;
  /** Sorted, each once. */
  readonly tags: readonly string[];
  readonly source: string;
  readonly enabled: boolean;
  readonly warnEventTypes: boolean;
  readonly skipIfUnknown: boolean;
  readonly exceptions: readonly RuleException[];
  /** Falco starts a capture when the rule matches; kept for listings. */
  readonly capture: boolean;
  /** ms. */
  readonly captureDuration: number;
  readonly at: Place;
  readonly outputAt: Place;
}

export interface Macro {
  readonly name: string;
  readonly text: string;
  readonly written: Ast;
  readonly condition: Ast;
  /** By a rule, or by what a rule uses. */
  readonly used: boolean;
}

export interface List {
  readonly name: string;
  readonly items: readonly string[];
  readonly used: boolean;
}

export interface RequiredPlugin {
  readonly name: string;
  readonly version: string;
}

export interface RuleSet {
  /** In order of definition. */
  readonly rules: readonly Rule[];
  readonly macros: readonly Macro[];
  readonly lists: readonly List[];
  /** The highest engine version that a file asks for. */
  readonly requiredEngine: string | undefined;
  readonly requiredPlugins: readonly RequiredPlugin[];
  /** Puts macros and lists into a part of a condition. */
  readonly expand: (ast: Ast) => Ast;
  readonly notices: readonly Notice[];
  /** Macros and lists that nothing uses: worth saying only to who writes the files. */
  readonly unused: readonly Notice[];
}

export type { ItemName, Notice };

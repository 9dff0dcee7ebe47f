/**
 * Why a rule matches an event or not: the condition as it is written, macros opened, each part with what it gave for the
 * event and the values that it looked at.
 */
import { compileFormat } from '@waspglass/format';
import { escapeControl } from '@waspglass/kit';
import { type Ast, type Compiler, type FieldTable, print, type Symbols } from '@waspglass/lang';
import { fieldsOf } from './references.ts';
import type { Rule, RuleSet } from './rule-set.ts';

export interface Explained {
  /** What this part is: `and`, `not`, `macro NAME`, `exception NAME`, or a comparison. */
  readonly label: string;
  readonly holds: boolean;
  /** Fields of a comparison with their values. */
  readonly values: readonly string[];
  readonly parts: readonly Explained[];
}

export interface ExplainOptions<C> {
  readonly ruleSet: RuleSet;
  readonly rule: Rule;
  readonly compiler: Compiler<C>;
  readonly fields: FieldTable<C>;
  readonly symbols: Symbols;
}

interface Part<C> {
  readonly label: string;
  readonly test: (c: C, type: number) => boolean;
  readonly values: readonly ((c: C) => string)[];
  readonly parts: readonly Part<C>[];
}

const MOST_LABEL = 160;
const MOST_VALUE = 80;

export class RuleExplainer<C> {
  readonly rule: Rule;
  private readonly options: ExplainOptions<C>;
  private readonly macros: ReadonlyMap<string, Ast>;
  private readonly root: Part<C>;
  /** Parts that must all hold: how many do not says how near an event comes. */
  private readonly steps: readonly Part<C>[];

  constructor(options: ExplainOptions<C>) {
    const { rule, ruleSet } = options;
    this.options = options;
    this.rule = rule;
    this.macros = new Map(ruleSet.macros.map(({ name, written }) => [name, written]));
    const exceptions = rule.exceptions.flatMap(({ name, terms }) =>
      terms.map((term) => holder(`exception ${name}`, this.part(term))),
    );
    const written = this.part(rule.written);
    this.root = exceptions.length === 0 ? written : junction('and', [...stepsOf(written, false), ...exceptions]);
    this.steps = stepsOf(this.root, true);
  }

  /** How many of the parts that must all hold do not; 0 is a match. */
  missing(c: C, type: number): number {
    let missing = 0;
    for (const step of this.steps) if (!step.test(c, type)) missing++;
    return missing;
  }

  explain(c: C, type: number): Explained {
    return explained(this.root, c, type);
  }

  private part(ast: Ast): Part<C> {
    if (ast.kind === 'compare') return this.leaf(ast);
    if (ast.kind === 'macro') {
      const body = this.macros.get(ast.name);
      return body ? holder(`macro ${ast.name}`, this.part(body)) : this.leaf(ast);
    }
    if (ast.kind === 'not') {
      const inner = this.part(ast.child);
      return { label: 'not', parts: [inner], values: [], test: (c, type) => !inner.test(c, type) };
    }
    const parts = ast.children.map((child) => this.part(child));
    return junction(ast.kind, parts);
  }

  private leaf(ast: Ast): Part<C> {
    const { compiler, fields, symbols, ruleSet } = this.options;
    const filter = compiler.compile(ruleSet.expand(ast));
    const tests: (((c: C) => boolean) | null | undefined)[] = [];
    const test = (c: C, type: number) => {
      let known = tests[type];
      if (known === undefined) {
        known = filter.byType(type);
        tests[type] = known;
      }
      return known?.(c) ?? false;
    };
    const values = fieldsOf(ast).map((field) => {
      const write = compileFormat(`*%${field}`, fields, symbols);
      return (c: C) => `${field} is ${shortened(write(c) ?? '', MOST_VALUE)}`;
    });
    return { label: shortened(print(ast), MOST_LABEL), parts: [], values, test };
  }
}

/** One line for each part: what holds, what does not, and what was found. */
export function explainedText({ label, holds, values, parts }: Explained, indent = ''): string {
  const found = values.length === 0 ? '' : `   (${values.join(', ')})`;
  const line = escapeControl(`${indent}${holds ? '✓' : '✗'} ${label}${found}`);
  return [line, ...parts.map((part) => explainedText(part, `${indent}  `))].join('\n');
}

function explained<C>(part: Part<C>, c: C, type: number): Explained {
  return {
    label: part.label,
    holds: part.test(c, type),
    values: part.values.map((value) => value(c)),
    parts: part.parts.map((inner) => explained(inner, c, type)),
  };
}

function junction<C>(kind: 'and' | 'or', parts: readonly Part<C>[]): Part<C> {
  const every = (c: C, type: number) => parts.every((part) => part.test(c, type));
  const some = (c: C, type: number) => parts.some((part) => part.test(c, type));
  return { label: kind, parts, values: [], test: kind === 'and' ? every : some };
}

function holder<C>(label: string, inner: Part<C>): Part<C> {
  return { label, parts: [inner], values: [], test: inner.test };
}

/** The parts of an `and`, also through macros when `deep`. */
function stepsOf<C>(part: Part<C>, deep: boolean): readonly Part<C>[] {
  if (part.label === 'and') return deep ? part.parts.flatMap((inner) => stepsOf(inner, deep)) : part.parts;
  const [inner] = part.parts;
  if (deep && inner && part.label.startsWith('macro ') && part.parts.length === 1) return stepsOf(inner, deep);
  return [part];
}

function shortened(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most)}…`;
}

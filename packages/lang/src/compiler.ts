/**
 * Syntax tree → filter, specialised per event type: what a type decides is folded away, and what can never match on a
 * type is left out of it. The closures made here are the reference for any other back end. Equal comparisons share one
 * test, and so one memory of its answers, across all filters of a compiler.
 */
import type { EventType } from '@waspglass/schema';
import type { Ast, Comparison } from './ast.ts';
import { type CompiledComparison, compileComparison, type Test } from './comparisons.ts';
import { fail } from './errors.ts';
import type { FieldTable, Symbols } from './field.ts';
import { print } from './printer.ts';

export interface Filter<C> {
  /** 1 for every event type on which the filter can match. */
  readonly types: Uint8Array;
  /** The test for events of a type, null when none of them matches. Compiled on first use. */
  byType(type: number): Test<C> | null;
}

const UNKNOWN = 0;
const FALSE = 1;
const TRUE = 2;

/** A node with what each type decides; null: nothing on any. */
interface Plan<C> {
  readonly decided: Uint8Array | null;
  readonly cost: number;
  /** The test on a type that does not decide the node. */
  readonly build: (type: number) => Test<C>;
}

export function compileFilter<C>(
  ast: Ast,
  fields: FieldTable<C>,
  symbols: Symbols,
  eventTypes: readonly EventType[],
): Filter<C> {
  return new Compiler(fields, symbols, eventTypes).compile(ast);
}

/** Compiles several filters over the same fields, symbols and event types. */
export class Compiler<C> {
  readonly fields: FieldTable<C>;
  readonly symbols: Symbols;
  private readonly eventTypes: readonly EventType[];
  private readonly plans = new WeakMap<Ast, Plan<C>>();
  private readonly comparisons = new Map<string, Plan<C>>();
  private readonly always: Test<C> = () => true;

  constructor(fields: FieldTable<C>, symbols: Symbols, eventTypes: readonly EventType[]) {
    this.fields = fields;
    this.symbols = symbols;
    this.eventTypes = eventTypes;
  }

  compile(ast: Ast): Filter<C> {
    const plan = this.plan(ast);
    const { decided } = plan;
    const types = Uint8Array.from(this.eventTypes, (_, i) => (decided?.[i] === FALSE ? 0 : 1));
    const tests = new Map<number, Test<C>>();
    const byType = (type: number) => {
      const verdict = decided?.[type] ?? UNKNOWN;
      if (verdict === FALSE) return null;
      if (verdict === TRUE) return this.always;
      const test = tests.get(type) ?? plan.build(type);
      tests.set(type, test);
      return test;
    };
    return { types, byType };
  }

  private plan(ast: Ast): Plan<C> {
    const plan = this.plans.get(ast) ?? this.makePlan(ast);
    this.plans.set(ast, plan);
    return plan;
  }

  private makePlan(ast: Ast): Plan<C> {
    switch (ast.kind) {
      case 'compare':
        return this.comparison(ast);
      case 'not':
        return negation(this.plan(ast.child));
      case 'macro':
        throw fail(
          'WG_FILTER_UNKNOWN_MACRO',
          { name: ast.name, hint: '; a field has a dot in its name' },
          { at: ast.at },
        );
      default:
        return junction(
          ast.kind,
          ast.children.map((child) => this.plan(child)),
        );
    }
  }

  private comparison(ast: Comparison): Plan<C> {
    const key = print(ast);
    let plan = this.comparisons.get(key);
    if (!plan) {
      const compiled = compileComparison(ast, this);
      plan = { decided: this.decide(compiled), cost: compiled.cost, build: () => compiled.test };
      this.comparisons.set(key, plan);
    }
    return plan;
  }

  private decide({ fold }: CompiledComparison<C>): Uint8Array | null {
    if (!fold) return null;
    const decided = Uint8Array.from(this.eventTypes, (type) => {
      const verdict = fold(type);
      return verdict === undefined ? UNKNOWN : verdict ? TRUE : FALSE;
    });
    return decided.some((verdict) => verdict !== UNKNOWN) ? decided : null;
  }
}

function negation<C>(plan: Plan<C>): Plan<C> {
  const decided = plan.decided?.map((verdict) => (verdict === UNKNOWN ? UNKNOWN : verdict === TRUE ? FALSE : TRUE));
  const build = (type: number): Test<C> => {
    const test = plan.build(type);
    return (c) => !test(c);
  };
  return { decided: decided ?? null, cost: plan.cost, build };
}

function junction<C>(kind: 'and' | 'or', plans: readonly Plan<C>[]): Plan<C> {
  const absorbing = kind === 'and' ? FALSE : TRUE;
  const sorted = [...plans].sort((a, b) => a.cost - b.cost);
  const cost = plans.reduce((sum, plan) => sum + plan.cost, 0);
  const build = (type: number): Test<C> => {
    const tests = sorted.filter((p) => (p.decided?.[type] ?? UNKNOWN) === UNKNOWN).map((p) => p.build(type));
    return kind === 'and' ? conjunction(tests) : disjunction(tests);
  };
  return { decided: combine(plans, absorbing), cost, build };
}

/** One absorbing child decides; otherwise all must be decided. */
function combine<C>(plans: readonly Plan<C>[], absorbing: number): Uint8Array | null {
  const known = plans.map((plan) => plan.decided).filter((decided) => decided !== null);
  const [first] = known;
  if (!first) return null;
  const partial = known.length < plans.length;
  return first.map((_, type) => {
    let verdict = partial ? UNKNOWN : FALSE + TRUE - absorbing;
    for (const decided of known) {
      if (decided[type] === absorbing) return absorbing;
      if (decided[type] === UNKNOWN) verdict = UNKNOWN;
    }
    return verdict;
  });
}

function conjunction<C>(tests: readonly Test<C>[]): Test<C> {
  const [a, b, d, e] = tests;
  if (!a) return () => true;
  if (!b) return a;
  if (!d) return (c) => a(c) && b(c);
  if (!e) return (c) => a(c) && b(c) && d(c);
  if (tests.length === 4) return (c) => a(c) && b(c) && d(c) && e(c);
  const rest = conjunction(tests.slice(3));
  return (c) => a(c) && b(c) && d(c) && rest(c);
}

function disjunction<C>(tests: readonly Test<C>[]): Test<C> {
  const [a, b, d, e] = tests;
  if (!a) return () => false;
  if (!b) return a;
  if (!d) return (c) => a(c) || b(c);
  if (!e) return (c) => a(c) || b(c) || d(c);
  if (tests.length === 4) return (c) => a(c) || b(c) || d(c) || e(c);
  const rest = disjunction(tests.slice(3));
  return (c) => a(c) || b(c) || d(c) || rest(c);
}

/**
 * Syntax tree → filter, specialised per event type: what a type decides is folded away, and what can never match on a
 * type is left out of it. Equal comparisons share one test, and so one memory of its answers, across all filters of a
 * compiler.
 */
import type { EventType } from '@waspglass/schema';
import type { Ast, Comparison } from './ast.ts';
import { closureOf } from './closures.ts';
import type { CompiledComparison, Test } from './comparison.ts';
import { compileComparison } from './comparisons.ts';
import { fail } from './errors.ts';
import type { FieldTable, Symbols } from './field.ts';
import { canGenerate, type GroupTest, generateGroup, generateTest } from './generate.ts';
import { print } from './printer.ts';
import { type Shape, Shapes } from './shape.ts';

export interface Filter<C> {
  /** 1 for every event type on which the filter can match. */
  readonly types: Uint8Array;
  /** The test for events of a type, null when none of them matches. Compiled on first use. */
  byType(type: number): Test<C> | null;
}

/** Several filters judged together. */
export interface FilterGroup<C> {
  /** 1 for every event type on which one of the filters can match. */
  readonly types: Uint8Array;
  /** Types per filter. */
  readonly each: readonly Uint8Array[];
  /** Tells the numbers of the filters that match, in order; null when none can. Compiled on first use. */
  byType(type: number): GroupTest<C> | null;
}

export interface CompilerOptions {
  /** `closures` is the reference; `generated` is faster. Default: generated where the platform allows it. */
  readonly backEnd?: 'closures' | 'generated';
}

const UNKNOWN = 0;
const FALSE = 1;
const TRUE = 2;

/** A node with what each type decides; null: nothing on any. */
interface Plan<C> {
  readonly decided: Uint8Array | null;
  /** The node on a type that does not decide it. */
  readonly shape: (type: number) => Shape<C>;
}

export function compileFilter<C>(
  ast: Ast,
  fields: FieldTable<C>,
  symbols: Symbols,
  eventTypes: readonly EventType[],
  options: CompilerOptions = {},
): Filter<C> {
  return new Compiler(fields, symbols, eventTypes, options).compile(ast);
}

/** Compiles several filters over the same fields, symbols and event types. */
export class Compiler<C> {
  readonly fields: FieldTable<C>;
  readonly symbols: Symbols;
  private readonly eventTypes: readonly EventType[];
  private readonly generated: boolean;
  private readonly shapes = new Shapes<C>();
  private readonly plans = new WeakMap<Ast, Plan<C>>();
  private readonly comparisons = new Map<string, Plan<C>>();
  private readonly always: Test<C> = () => true;

  constructor(
    fields: FieldTable<C>,
    symbols: Symbols,
    eventTypes: readonly EventType[],
    { backEnd = 'generated' }: CompilerOptions = {},
  ) {
    this.fields = fields;
    this.symbols = symbols;
    this.eventTypes = eventTypes;
    this.generated = backEnd === 'generated' && canGenerate;
  }

  compile(ast: Ast): Filter<C> {
    const plan = this.plan(ast);
    const tests = new Map<number, Test<C> | null>();
    const byType = (type: number) => {
      let test = tests.get(type);
      if (test === undefined) {
        test = this.testOf(plan, type);
        tests.set(type, test);
      }
      return test;
    };
    return { types: this.typesOf(plan), byType };
  }

  group(asts: readonly Ast[]): FilterGroup<C> {
    const plans = asts.map((ast) => this.plan(ast));
    const each = plans.map((plan) => this.typesOf(plan));
    const types = Uint8Array.from(this.eventTypes, (_, type) => (each.some((t) => t[type] === 1) ? 1 : 0));
    const tests = new Map<number, GroupTest<C> | null>();
    const byType = (type: number) => {
      let test = tests.get(type);
      if (test === undefined) {
        test = this.groupTest(plans, type);
        tests.set(type, test);
      }
      return test;
    };
    return { types, each, byType };
  }

  private typesOf({ decided }: Plan<C>): Uint8Array {
    const types = new Uint8Array(this.eventTypes.length).fill(1);
    for (let i = 0; decided !== null && i < types.length; i++) if (decided[i] === FALSE) types[i] = 0;
    return types;
  }

  private testOf({ decided, shape }: Plan<C>, type: number): Test<C> | null {
    const verdict = decided?.[type] ?? UNKNOWN;
    if (verdict === FALSE) return null;
    if (verdict === TRUE) return this.always;
    return this.generated ? generateTest(shape(type)) : closureOf(shape(type));
  }

  private groupTest(plans: readonly Plan<C>[], type: number): GroupTest<C> | null {
    const shapes: (readonly [number, Shape<C>])[] = [];
    for (const [index, { decided, shape }] of plans.entries()) {
      const verdict = decided?.[type] ?? UNKNOWN;
      if (verdict !== FALSE)
        shapes.push([index, verdict === TRUE ? this.shapes.leaf(this.always, { cost: 0, likely: 1 }) : shape(type)]);
    }
    if (shapes.length === 0) return null;
    if (this.generated) return generateGroup(shapes);
    const tests = shapes.map(([index, shape]) => [index, closureOf(shape)] as const);
    return (c, hit) => {
      for (const [index, test] of tests) if (test(c) && hit(index)) return;
    };
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
        return this.negation(this.plan(ast.child));
      case 'macro':
        throw fail(
          'WG_FILTER_UNKNOWN_MACRO',
          { name: ast.name, hint: '; a field has a dot in its name' },
          { at: ast.at },
        );
      default:
        return this.junction(
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
      const leaf = this.shapes.leaf(compiled.test, compiled, compiled.symbol, compiled.number);
      plan = { decided: this.decide(compiled), shape: () => leaf };
      this.comparisons.set(key, plan);
    }
    return plan;
  }

  private decide({ fold }: CompiledComparison<C>): Uint8Array | null {
    if (!fold) return null;
    const { eventTypes } = this;
    const decided = new Uint8Array(eventTypes.length);
    let some = false;
    for (const [i, type] of eventTypes.entries()) {
      const verdict = fold(type);
      if (verdict === undefined) continue;
      decided[i] = verdict ? TRUE : FALSE;
      some = true;
    }
    return some ? decided : null;
  }

  private negation(plan: Plan<C>): Plan<C> {
    const decided = plan.decided?.map((verdict) => (verdict === UNKNOWN ? UNKNOWN : verdict === TRUE ? FALSE : TRUE));
    return { decided: decided ?? null, shape: (type) => this.shapes.not(plan.shape(type)) };
  }

  private junction(kind: 'and' | 'or', plans: readonly Plan<C>[]): Plan<C> {
    const shape = (type: number) => {
      const open = plans.filter((plan) => (plan.decided?.[type] ?? UNKNOWN) === UNKNOWN);
      return this.shapes.branch(
        kind,
        open.map((plan) => plan.shape(type)),
      );
    };
    return { decided: combine(plans, kind === 'and' ? FALSE : TRUE), shape };
  }
}

/** One absorbing child decides; otherwise all must be decided. */
function combine<C>(plans: readonly Plan<C>[], absorbing: number): Uint8Array | null {
  const known = plans.map((plan) => plan.decided).filter((decided) => decided !== null);
  const [first] = known;
  if (!first) return null;
  const neutral = known.length < plans.length ? UNKNOWN : FALSE + TRUE - absorbing;
  const out = new Uint8Array(first.length).fill(neutral);
  for (const decided of known) {
    for (let type = 0; type < out.length; type++) {
      const verdict = decided[type];
      if (verdict === absorbing) out[type] = absorbing;
      else if (verdict === UNKNOWN && out[type] !== absorbing) out[type] = UNKNOWN;
    }
  }
  return out;
}

/** The reference back end: a shape as nested closures. It runs everywhere, also where code may not be generated. */
import type { Test } from './comparison.ts';
import type { Shape } from './shape.ts';

export function closureOf<C>(shape: Shape<C>): Test<C> {
  if (shape.kind === 'leaf') return shape.test;
  if (shape.kind === 'not') {
    const test = closureOf(shape.part);
    return (c) => !test(c);
  }
  const tests = shape.parts.map((part) => closureOf(part));
  return shape.kind === 'and' ? conjunction(tests) : disjunction(tests);
}

function conjunction<C>(tests: readonly Test<C>[]): Test<C> {
  const [a, b, d, e] = tests;
  if (!a) return () => true;
  if (!b) return a;
  if (!d) return (c) => a(c) && b(c);
  if (!e) return (c) => a(c) && b(c) && d(c);
  const rest = conjunction(tests.slice(3));
  return (c) => a(c) && b(c) && d(c) && rest(c);
}

function disjunction<C>(tests: readonly Test<C>[]): Test<C> {
  const [a, b, d, e] = tests;
  if (!a) return () => false;
  if (!b) return a;
  if (!d) return (c) => a(c) || b(c);
  if (!e) return (c) => a(c) || b(c) || d(c);
  const rest = disjunction(tests.slice(3));
  return (c) => a(c) || b(c) || d(c) || rest(c);
}

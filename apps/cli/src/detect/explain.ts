/**
 * `detect --explain RULE`: why events match a rule, or why they nearly do: the first that match, else those that miss the
 * fewest of its conditions, each as a tree.
 */
import { type EventContext, eventFields } from '@waspglass/fields';
import type { Inspector } from '@waspglass/inspect';
import { didYouMean, escapeControl } from '@waspglass/kit';
import { Compiler } from '@waspglass/lang';
import { explainedText, RuleExplainer, type RuleSet } from '@waspglass/rules';
import { eventTypes } from '@waspglass/schema';
import { type Io, UsageError } from '../command.ts';
import { Progress } from '../read/progress.ts';
import type { DetectOptions } from './options.ts';

interface Found {
  readonly missing: number;
  readonly text: string;
}

/** Events that are told. */
const MOST = 3;

export async function explain(inspector: Inspector, ruleSet: RuleSet, options: DetectOptions, io: Io): Promise<number> {
  const rule = ruleSet.rules.find(({ name }) => name === options.explain);
  if (!rule) {
    const names = ruleSet.rules.map(({ name }) => name);
    throw new UsageError(`no rule "${options.explain}"${didYouMean(options.explain ?? '', names)}`);
  }
  if (rule.source !== 'syscall') throw new UsageError(`rule "${rule.name}" is about ${rule.source}, not about events`);
  const { symbols } = inspector.state;
  const compiler = new Compiler<EventContext>(eventFields, symbols, eventTypes);
  const explainer = new RuleExplainer({ ruleSet, rule, compiler, fields: eventFields, symbols });
  const head = inspector.compileFormat('*%evt.num %evt.time %proc.name (%proc.pid) %evt.type %evt.args');
  const found: Found[] = [];
  const onEvent = (c: EventContext) => {
    const { type } = c.ev;
    if (options.event !== undefined && inspector.state.num !== options.event) return;
    const missing = explainer.missing(c, type);
    const worst = found.length < MOST ? Number.POSITIVE_INFINITY : (found.at(-1)?.missing ?? 0);
    if (missing >= worst) return;
    const verdict = missing === 0 ? 'matches' : `${missing} of its conditions missing`;
    found.push({ missing, text: `${escapeControl(head(c) ?? '')}\n  ${verdict}\n${tree(explainer, c, type)}` });
    found.sort((a, b) => a.missing - b.missing);
    found.length = Math.min(found.length, MOST);
    if (options.event !== undefined || found.at(-1)?.missing === 0) {
      if (options.event !== undefined || found.length === MOST) inspector.stop();
    }
  };
  const { types } = compiler.compile(rule.condition);
  const list = options.event === undefined ? [...types.keys()].filter((type) => types[type] === 1) : undefined;
  inspector.subscribe({ ...(list && { types: list }), onEvent });
  const progress = new Progress(io);
  try {
    const onProgress = (state: Parameters<Progress['update']>[0]) => progress.update(state);
    await inspector.readFiles(options.files, { limit: options.limit, signal: io.signal, onProgress });
  } finally {
    progress.done();
  }
  if (found.length === 0) io.err(`no event ${options.event ?? 'that the rule is about'} was found\n`);
  else await io.out(`rule "${escapeControl(rule.name)}"\n\n${found.map(({ text }) => text).join('\n\n')}\n`);
  return found.length === 0 ? 1 : 0;
}

function tree(explainer: RuleExplainer<EventContext>, c: EventContext, type: number): string {
  return explainedText(explainer.explain(c, type), '  ');
}

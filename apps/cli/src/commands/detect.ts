/** `waspglass detect`: what Falco does on a capture: judges its events by rules and prints alerts. */
import type { EventContext } from '@waspglass/fields';
import { Inspector } from '@waspglass/inspect';
import { escapeControl, WaspglassError } from '@waspglass/kit';
import {
  type Alert,
  alertJson,
  alertText,
  idleWords,
  loadRules,
  type Notice,
  noticeText,
  type RuleEngine,
  type RuleSet,
  readRuleFiles,
  severityOf,
  validateRules,
} from '@waspglass/rules';
import type { Command, Io } from '../command.ts';
import { readAccounts } from '../detect/accounts.ts';
import { buildEngine } from '../detect/engines.ts';
import { explain } from '../detect/explain.ts';
import { list, tellValidation } from '../detect/listing.ts';
import { type DetectOptions, detectOptions, optionRows } from '../detect/options.ts';
import { LineOutput } from '../read/line-output.ts';
import { Progress } from '../read/progress.ts';

export const detect: Command = {
  name: 'detect',
  summary: 'Runs Falco rules over capture files.',
  usage: 'FILE… [-r RULES]… [-o json|text] [-D NAME] [-T TAG] [-t TAG] [-L | -V | --explain RULE [--event N]]',
  options: optionRows,
  examples: [
    ['waspglass detect FILE', 'alerts of the honeypot rules'],
    ['waspglass detect FILE -r falco_rules.yaml -r local.yaml -o json', 'alerts of other rules as JSON lines'],
    ['waspglass detect -V -r local.yaml', 'check a rule file'],
    ['waspglass detect FILE --explain "Shell under sshd"', 'which conditions of a rule hold for the nearest events'],
  ],
  async run(args, io) {
    const options = detectOptions(args);
    const inspector = new Inspector({ enter: options.enter, containerAccounts: options.containerAccounts });
    if (options.passwd !== undefined)
      for (const account of readAccounts(options.passwd)) inspector.state.users.setOther(account);
    if (options.only === 'check') {
      const compile: Parameters<typeof validateRules>[1] = (ruleSet, onFailure) =>
        buildEngine(ruleSet, inspector, options, onFailure).notices;
      return tellValidation(validateRules(options.rules, compile), options, io);
    }
    const loaded = load(inspector, options, io);
    if (!loaded) return 1;
    const { ruleSet, engine } = loaded;
    for (const line of noticeLines(engine.notices)) io.err(`${escapeControl(line)}\n`);
    if (options.only === 'list') return list(ruleSet, options, io);
    if (options.explain !== undefined) return explain(inspector, ruleSet, options, io);
    return judge(inspector, engine, options, io);
  },
};

interface Loaded {
  readonly ruleSet: RuleSet;
  readonly engine: RuleEngine<EventContext>;
}

/** Loads the rules; when several things are wrong with them, each is said on its own line. */
function load(inspector: Inspector, options: DetectOptions, io: Io): Loaded | undefined {
  try {
    const ruleSet = loadRules(readRuleFiles(options.rules));
    for (const word of idleWords(ruleSet, options.selection)) io.err(`${escapeControl(word)}\n`);
    return { ruleSet, engine: buildEngine(ruleSet, inspector, options) };
  } catch (error) {
    if (!(error instanceof WaspglassError)) throw error;
    io.err(`waspglass: ${error.message.split('\n').map(escapeControl).join('\n')}\n`);
    return undefined;
  }
}

/** Rules of other sources come in hundreds: they are counted. */
function noticeLines(notices: readonly Notice[]): string[] {
  const foreign = notices.filter((notice) => notice.class === 'LOAD_UNKNOWN_SOURCE');
  const rest = notices.filter((notice) => notice.class !== 'LOAD_UNKNOWN_SOURCE').map(noticeText);
  if (foreign.length <= 1) return [...rest, ...foreign.map(noticeText)];
  return [...rest, `${foreign.length} rules are of other sources than are judged here and left out; -V lists them`];
}

interface Count {
  readonly priority: string;
  n: number;
}

async function judge(
  inspector: Inspector,
  engine: RuleEngine<EventContext>,
  options: DetectOptions,
  io: Io,
): Promise<number> {
  const out = new LineOutput(io, () => inspector.stop());
  const counts = new Map<string, Count>();
  const { isoTime } = options;
  const text = (alert: Alert) =>
    options.output === 'json' ? alertJson(alert, { isoTime }) : alertText(alert, { isoTime });
  const onAlert = (alert: Alert) => {
    const { name, priority } = alert.rule;
    const count = counts.get(name);
    if (count) count.n++;
    else counts.set(name, { priority, n: 1 });
    out.line(text(alert));
  };
  inspector.subscribe({ types: engine.typeList(), onEvent: (c) => engine.evaluate(c, c.typeId, onAlert) });
  const progress = new Progress(io);
  try {
    await inspector.readFiles(options.files, {
      limit: options.limit,
      signal: io.signal,
      onProgress: (state) => {
        progress.update(state);
        return out.flush();
      },
    });
  } finally {
    progress.done();
    await out.flush();
    io.err(summary(counts, inspector.events));
  }
  return 0;
}

function summary(counts: ReadonlyMap<string, Count>, events: number): string {
  const total = [...counts.values()].reduce((sum, { n }) => sum + n, 0);
  const rows = [...counts].sort(([a, x], [b, y]) => y.n - x.n || (a < b ? -1 : 1));
  const width = String(rows[0]?.[1].n ?? '').length;
  const lines = rows.map(([name, { n }]) => `  ${String(n).padStart(width)}  ${escapeControl(name)}`);
  const priorities = new Map<string, number>();
  for (const { priority, n } of counts.values()) priorities.set(priority, (priorities.get(priority) ?? 0) + n);
  const byPriority = [...priorities]
    .sort(([a], [b]) => severityOf(a as Alert['rule']['priority']) - severityOf(b as Alert['rule']['priority']))
    .map(([priority, n]) => `${n} ${priority}`);
  const tail = byPriority.length === 0 ? [] : [`by priority: ${byPriority.join(', ')}`];
  return [`${total} alerts in ${events} events`, ...lines, ...tail, ''].join('\n');
}

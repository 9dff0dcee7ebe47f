/** `waspglass detect`: what Falco does on a capture: judges its events by rules and prints alerts. */
import { hostname } from 'node:os';
import { authFields, type EventContext, eventFields } from '@waspglass/fields';
import { Inspector } from '@waspglass/inspect';
import { escapeControl, SymbolTable, WaspglassError } from '@waspglass/kit';
import {
  type Alert,
  alertJson,
  alertText,
  loadRules,
  noticeText,
  RuleEngine,
  type RuleSet,
  readRuleFiles,
} from '@waspglass/rules';
import { eventTypes } from '@waspglass/schema';
import type { Command, Io } from '../command.ts';
import { type DetectOptions, detectOptions, optionRows } from '../detect/options.ts';
import { LineOutput } from '../read/line-output.ts';
import { Progress } from '../read/progress.ts';

export const detect: Command = {
  name: 'detect',
  summary: 'Runs Falco rules over capture files.',
  usage: 'FILE… [-r RULES]… [-o json|text] [-L | -V] [-n N] [--first] [--skip-unknown]',
  options: optionRows,
  examples: [
    ['waspglass detect FILE', 'alerts of the honeypot rules'],
    ['waspglass detect FILE -r falco_rules.yaml -r local.yaml -o json', 'alerts of other rules as JSON lines'],
    ['waspglass detect -V -r local.yaml', 'check a rule file'],
  ],
  async run(args, io) {
    const options = detectOptions(args);
    const inspector = new Inspector();
    const loaded = load(inspector, options, io);
    if (!loaded) return 1;
    const { ruleSet, engine } = loaded;
    for (const notice of engine.notices) io.err(`${escapeControl(noticeText(notice))}\n`);
    if (options.only === 'list') return list(ruleSet, io);
    if (options.only === 'check') return checked(ruleSet, options, io);
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
    const engine = eventEngine(ruleSet, inspector, options);
    checkAuthRules(ruleSet, options);
    return { ruleSet, engine };
  } catch (error) {
    if (!(error instanceof WaspglassError)) throw error;
    io.err(`waspglass: ${error.message.split('\n').map(escapeControl).join('\n')}\n`);
    return undefined;
  }
}

function eventEngine(ruleSet: RuleSet, inspector: Inspector, options: DetectOptions): RuleEngine<EventContext> {
  return new RuleEngine<EventContext>({
    ruleSet,
    fields: eventFields,
    symbols: inspector.state.symbols,
    eventTypes,
    time: (c) => c.ev.time,
    hostname: hostname(),
    skipUnknown: options.skipUnknown,
    matching: options.matching,
  });
}

/** Captures hold no log-in records, but what is wrong with such rules is said all the same. */
function checkAuthRules(ruleSet: RuleSet, { skipUnknown }: DetectOptions): void {
  const none = { eventTypes: [], time: () => 0n, hostname: '' };
  new RuleEngine({ ruleSet, source: 'auth', fields: authFields, symbols: new SymbolTable(), skipUnknown, ...none });
}

async function judge(
  inspector: Inspector,
  engine: RuleEngine<EventContext>,
  options: DetectOptions,
  io: Io,
): Promise<number> {
  const out = new LineOutput(io, () => inspector.stop());
  const counts = new Map<string, number>();
  const text = options.output === 'json' ? alertJson : alertText;
  const onAlert = (alert: Alert) => {
    counts.set(alert.rule.name, (counts.get(alert.rule.name) ?? 0) + 1);
    out.line(text(alert));
  };
  inspector.subscribe({ types: engine.typeList(), onEvent: (c) => engine.evaluate(c, c.ev.type, onAlert) });
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

function summary(counts: ReadonlyMap<string, number>, events: number): string {
  const total = [...counts.values()].reduce((sum, n) => sum + n, 0);
  const rows = [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
  const width = String(rows[0]?.[1] ?? '').length;
  const lines = rows.map(([name, n]) => `  ${String(n).padStart(width)}  ${escapeControl(name)}`);
  return [`${total} alerts in ${events} events`, ...lines, ''].join('\n');
}

async function list(ruleSet: RuleSet, io: Io): Promise<number> {
  const width = Math.max(0, ...ruleSet.rules.map((rule) => rule.name.length));
  for (const { name, priority, source, enabled, tags, desc } of ruleSet.rules) {
    const state = enabled ? '' : ' (disabled)';
    const line = `${name.padEnd(width)}  ${priority.padEnd(13)}  ${source}${state}  ${tags.join(' ')}\n    ${desc.replace(/\s+/g, ' ')}`;
    await io.out(`${line.split('\n').map(escapeControl).join('\n')}\n`);
  }
  return 0;
}

async function checked(ruleSet: RuleSet, { rules }: DetectOptions, io: Io): Promise<number> {
  const counts = `${ruleSet.rules.length} rules, ${ruleSet.macros.length} macros, ${ruleSet.lists.length} lists`;
  await io.out(`${rules.map(escapeControl).join(', ')}: ok, ${counts}\n`);
  return 0;
}

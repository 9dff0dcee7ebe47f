/**
 * The rules over events, log-in records and the capture's growth: one rule set, one engine per source. When a rule file
 * changes, the new rules take over between two events; a broken file keeps the old ones and says so.
 */
import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import {
  type AuthContext,
  authFields,
  type CaptureContext,
  captureFields,
  type EventContext,
  eventFields,
} from '@waspglass/fields';
import { Inspector } from '@waspglass/inspect';
import { type Logger, messageOf, SymbolTable, silentLogger } from '@waspglass/kit';
import type { FieldTable } from '@waspglass/lang';
import {
  type Alert,
  idleWords,
  loadRules,
  noticeText,
  RuleEngine,
  type RuleEngineOptions,
  readRuleFiles,
  type Selection,
  selectRules,
} from '@waspglass/rules';
import { eventTypes } from '@waspglass/schema';

export interface JudgeHandlers {
  readonly onEventAlert: (alert: Alert, c: EventContext) => void;
  readonly onAuthAlert: (alert: Alert, record: AuthContext) => void;
  readonly onGrowthAlert: (alert: Alert, growth: CaptureContext) => void;
}

/** The rule files, and what is done with their rules. */
export interface JudgedRules {
  readonly files: readonly string[];
  readonly selection?: Selection;
  readonly matching?: 'first' | 'all';
}

export interface JudgeOptions extends JudgeHandlers, JudgedRules {
  readonly inspector: Inspector;
  readonly hostname: string;
  readonly logger: Logger;
}

interface Engines {
  readonly events: RuleEngine<EventContext>;
  readonly auth: RuleEngine<AuthContext>;
  readonly growth: RuleEngine<CaptureContext>;
}

const LOOK_MS = 1000;
const NS_PER_MS = 1_000_000n;

export class Judge {
  /** Times that changed rule files were taken up, and times that they were broken. */
  readonly stats = { reloads: 0, refused: 0 };
  private readonly options: JudgeOptions;
  private engines: Engines;
  private unsubscribe: () => void = () => undefined;
  private seen: string;
  private timer: NodeJS.Timeout | undefined;

  /** Loads the rule files; throws what is wrong with them. */
  constructor(options: JudgeOptions) {
    this.options = options;
    this.seen = signature(options.files);
    this.engines = this.load();
    this.listen();
  }

  /** From now on changed rule files are taken up. */
  start(): void {
    this.timer = setInterval(() => this.look(), LOOK_MS);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  judgeLogin(record: AuthContext): void {
    this.engines.auth.evaluate(record, 0, (alert) => this.options.onAuthAlert(alert, record));
  }

  judgeGrowth(growth: CaptureContext): void {
    this.engines.growth.evaluate(growth, 0, (alert) => this.options.onGrowthAlert(alert, growth));
  }

  /** Takes up changed rule files now. */
  look(): void {
    const now = signature(this.options.files);
    if (now === this.seen) return;
    this.seen = now;
    const { logger } = this.options;
    try {
      this.engines = this.load();
      this.listen();
      this.stats.reloads++;
      logger.info(`rules taken up: ${this.engines.events.rules.length} over events`);
    } catch (error) {
      this.stats.refused++;
      logger.error(`changed rules are broken, the old ones stay: ${messageOf(error)}`);
    }
  }

  private load(): Engines {
    const { inspector, files, selection = {}, matching = 'all', hostname, logger } = this.options;
    const loaded = loadRules(readRuleFiles(files));
    for (const word of idleWords(loaded, selection)) logger.warn(word);
    const ruleSet = selectRules(loaded, selection);
    const events = new RuleEngine<EventContext>({
      ruleSet,
      fields: eventFields,
      symbols: inspector.state.symbols,
      eventTypes,
      time: (c) => c.ev.time,
      hostname,
      matching,
    });
    for (const notice of events.notices) logger.warn(noticeText(notice));
    const plain = { ruleSet, hostname, matching };
    return {
      events,
      auth: recordEngine<AuthContext>('auth', authFields, plain, () => Date.now()),
      growth: recordEngine<CaptureContext>('capture', captureFields, plain, (c) => c.time),
    };
  }

  private listen(): void {
    const { inspector, onEventAlert } = this.options;
    const { events } = this.engines;
    this.unsubscribe();
    this.unsubscribe = inspector.subscribe({
      types: events.typeList(),
      onEvent: (c) => events.evaluate(c, c.typeId, (alert) => onEventAlert(alert, c)),
    });
  }
}

/** Throws what is wrong with the rule files. */
export function checkRules(rules: JudgedRules): void {
  const ignore = () => undefined;
  const handlers = { onEventAlert: ignore, onAuthAlert: ignore, onGrowthAlert: ignore };
  new Judge({ inspector: new Inspector(), ...rules, hostname: '', logger: silentLogger, ...handlers });
}

/** An engine over records that are no events; `time` in ms since the epoch. */
function recordEngine<C>(
  source: string,
  fields: FieldTable<C>,
  plain: Pick<RuleEngineOptions<C>, 'ruleSet' | 'hostname' | 'matching'>,
  time: (c: C) => number,
): RuleEngine<C> {
  const inNs = (c: C) => BigInt(time(c)) * NS_PER_MS;
  return new RuleEngine<C>({ ...plain, source, fields, symbols: new SymbolTable(), eventTypes: [], time: inNs });
}

/** Changes whenever a file, or one in a directory that is named, is written, replaced, made or removed. */
function signature(files: readonly string[]): string {
  return files.map(signatureOf).join('\n');
}

function signatureOf(file: string): string {
  const stat = statSync(file, { throwIfNoEntry: false, bigint: true });
  if (stat === undefined) return `${file} -`;
  if (!stat.isDirectory()) return `${file} ${stat.ino} ${stat.size} ${stat.mtimeNs}`;
  return signature(readdirSync(file).map((name) => path.join(file, name)));
}

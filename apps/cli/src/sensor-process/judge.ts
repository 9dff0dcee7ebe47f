/** The rules over events and over log-in records: one rule set, one engine per source. */
import { type AuthContext, authFields, type EventContext, eventFields } from '@waspglass/fields';
import { Inspector } from '@waspglass/inspect';
import { type Logger, SymbolTable, silentLogger } from '@waspglass/kit';
import { type Alert, loadRules, noticeText, RuleEngine, readRuleFiles } from '@waspglass/rules';
import { eventTypes } from '@waspglass/schema';

export interface JudgeOptions {
  readonly inspector: Inspector;
  readonly files: readonly string[];
  readonly hostname: string;
  readonly logger: Logger;
  readonly onEventAlert: (alert: Alert, c: EventContext) => void;
  readonly onAuthAlert: (alert: Alert, record: AuthContext) => void;
}

export class Judge {
  /** Rules in use. */
  readonly rules: number;
  private readonly auth: RuleEngine<AuthContext>;
  private readonly onAuthAlert: JudgeOptions['onAuthAlert'];

  /** Loads the rule files; throws what is wrong with them. */
  constructor({ inspector, files, hostname, logger, onEventAlert, onAuthAlert }: JudgeOptions) {
    const ruleSet = loadRules(readRuleFiles(files));
    const engine = new RuleEngine<EventContext>({
      ruleSet,
      fields: eventFields,
      symbols: inspector.state.symbols,
      eventTypes,
      time: (c) => c.ev.time,
      hostname,
    });
    this.auth = new RuleEngine<AuthContext>({
      ruleSet,
      source: 'auth',
      fields: authFields,
      symbols: new SymbolTable(),
      eventTypes: [],
      time: () => BigInt(Date.now()) * 1_000_000n,
      hostname,
    });
    this.onAuthAlert = onAuthAlert;
    this.rules = engine.rules.length + this.auth.rules.length;
    for (const notice of engine.notices) logger.warn(noticeText(notice));
    inspector.subscribe({
      types: engine.typeList(),
      onEvent: (c) => engine.evaluate(c, c.ev.type, (alert) => onEventAlert(alert, c)),
    });
  }

  judgeLogin(record: AuthContext): void {
    this.auth.evaluate(record, 0, (alert) => this.onAuthAlert(alert, record));
  }
}

/** Throws what is wrong with the rule files. */
export function checkRules(files: readonly string[]): void {
  const ignore = () => undefined;
  new Judge({
    inspector: new Inspector(),
    files,
    hostname: '',
    logger: silentLogger,
    onEventAlert: ignore,
    onAuthAlert: ignore,
  });
}

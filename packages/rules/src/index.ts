export { type Alert, alertJson, alertObject, alertText, clockText, isoText } from './alert.ts';
export { classOf, type Failure, type ItemName, type LoadClass, loadClasses, type Notice } from './diagnostics.ts';
export { noticeText, RuleEngine, type RuleEngineOptions } from './engine.ts';
export { rulesErrors } from './errors.ts';
export { engineVersion, type Loading, loadRules, type RuleText, tryLoadRules } from './loader.ts';
export { type Priority, parsePriority, priorities, severityOf } from './priorities.ts';
export { readRuleFiles } from './read-files.ts';
export type { List, Macro, Rule, RuleException, RuleSet } from './rule-set.ts';
export { yamlLimits } from './yaml-nodes.ts';

export { type Alert, alertJson, alertObject, alertText, clockText, isoText } from './alert.ts';
export { noticeText, RuleEngine, type RuleEngineOptions } from './engine.ts';
export { rulesErrors } from './errors.ts';
export { engineVersion, loadRules, type RuleText } from './loader.ts';
export { type Priority, parsePriority, priorities, severityOf } from './priorities.ts';
export { readRuleFiles } from './read-files.ts';
export type { Notice, Rule, RuleSet } from './rule-set.ts';
export { yamlLimits } from './yaml-nodes.ts';

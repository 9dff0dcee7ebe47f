export { type Alert, type AlertForm, alertJson, alertObject, alertText, clockText, isoText } from './alert.ts';
export { type DescribeOptions, describeRules } from './describe.ts';
export { classOf, type Failure, type ItemName, type LoadClass, loadClasses, type Notice } from './diagnostics.ts';
export { noticeText, RuleEngine, type RuleEngineOptions } from './engine.ts';
export { rulesErrors } from './errors.ts';
export { type Explained, type ExplainOptions, explainedText, RuleExplainer } from './explain.ts';
export { type Loading, loadRules, type RuleText, tryLoadRules } from './loader.ts';
export { type Priority, parsePriority, priorities, severityOf } from './priorities.ts';
export { readRuleFiles } from './read-files.ts';
export { engineVersion } from './requirements.ts';
export type { List, Macro, Rule, RuleException, RuleSet } from './rule-set.ts';
export { idleWords, type Selection, selectRules } from './select.ts';
export {
  type CompileRules,
  type Finding,
  findingText,
  type Validation,
  validateRules,
  validationObject,
} from './validation.ts';
export { yamlLimits } from './yaml-nodes.ts';

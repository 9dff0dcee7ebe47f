/** `detect -L`: rules, macros and lists, for people or as Falco's JSON; `detect -V`: what is wrong or odd in rule files. */
import { eventFields } from '@waspglass/fields';
import { escapeControl, SymbolTable } from '@waspglass/kit';
import { Compiler } from '@waspglass/lang';
import { describeRules, findingText, type RuleSet, type Validation, validationObject } from '@waspglass/rules';
import { eventTypes } from '@waspglass/schema';
import type { Io } from '../command.ts';
import type { DetectOptions } from './options.ts';

export async function list(ruleSet: RuleSet, options: DetectOptions, io: Io): Promise<number> {
  if (options.output === 'json') {
    const compiler = new Compiler(eventFields, new SymbolTable(), eventTypes);
    const eventsOf = (condition: Parameters<typeof compiler.compile>[0]) => {
      const { types } = compiler.compile(condition);
      return [...new Set(eventTypes.filter((_, i) => types[i] === 1).map((type) => type.name))].sort();
    };
    const safely = (condition: Parameters<typeof compiler.compile>[0]) => eventNames(() => eventsOf(condition));
    await io.out(`${JSON.stringify(describeRules(ruleSet, { fields: eventFields, eventsOf: safely }))}\n`);
    return 0;
  }
  const width = Math.max(0, ...ruleSet.rules.map((rule) => rule.name.length));
  for (const { name, priority, source, enabled, tags, desc } of ruleSet.rules) {
    const state = enabled ? '' : ' (disabled)';
    await lines(io, `${name.padEnd(width)}  ${priority.padEnd(13)}  ${source}${state}  ${tags.join(' ')}`, desc);
  }
  for (const { name, text, used } of ruleSet.macros) await lines(io, `macro ${name}${used ? '' : ' (unused)'}`, text);
  for (const { name, items, used } of ruleSet.lists)
    await lines(io, `list ${name}${used ? '' : ' (unused)'}`, items.join(', '));
  return 0;
}

/** Rules of other sources, or with fields that are unknown here, are about no event. */
function eventNames(work: () => string[]): string[] {
  try {
    return work();
  } catch {
    return [];
  }
}

async function lines(io: Io, head: string, body: string): Promise<void> {
  await io.out(`${escapeControl(head)}\n    ${escapeControl(body.replace(/\s+/g, ' '))}\n`);
}

export async function tellValidation(validation: Validation, options: DetectOptions, io: Io): Promise<number> {
  const { ok, files, ruleSet } = validation;
  if (options.output === 'json') {
    await io.out(`${JSON.stringify(validationObject(validation))}\n`);
    return ok ? 0 : 1;
  }
  for (const { findings } of files) for (const finding of findings) io.err(`${findingText(finding)}\n`);
  for (const { file, findings } of files) {
    const errors = findings.filter(({ severity }) => severity === 'error').length;
    const warnings = findings.length - errors;
    const parts = [plural(errors, 'error'), plural(warnings, 'warning')].filter((part) => part !== '');
    await io.out(`${escapeControl(file)}: ${[errors === 0 ? 'ok' : 'refused', ...parts].join(', ')}\n`);
  }
  if (ruleSet === undefined) return 1;
  await io.out(`${ruleSet.rules.length} rules, ${ruleSet.macros.length} macros, ${ruleSet.lists.length} lists\n`);
  return ok ? 0 : 1;
}

function plural(n: number, what: string): string {
  if (n === 0) return '';
  return n === 1 ? `1 ${what}` : `${n} ${what}s`;
}

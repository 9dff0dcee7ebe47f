/** Everything that is wrong or odd in rule files, by file, with the line itself: as lines for people and as Falco's JSON. */
import { escapeControl, formatPlace, type Place, WaspglassError } from '@waspglass/kit';
import { classOf, type Failure, type ItemName, type LoadClass, loadClasses, type Notice } from './diagnostics.ts';
import { type RuleText, tryLoadRules } from './loader.ts';
import { readRuleFiles } from './read-files.ts';
import type { RuleSet } from './rule-set.ts';

export interface Finding {
  readonly severity: 'error' | 'warning';
  readonly class: LoadClass;
  readonly item: ItemName;
  readonly at: Place;
  readonly text: string;
  /** The line of the file. */
  readonly line: string | undefined;
}

export interface FileValidation {
  readonly file: string;
  readonly findings: readonly Finding[];
}

export interface Validation {
  readonly ok: boolean;
  readonly files: readonly FileValidation[];
  readonly ruleSet: RuleSet | undefined;
}

/** Builds the engines of all sources; what is wrong with a rule goes to `onFailure`. Returns their notices. */
export type CompileRules = (ruleSet: RuleSet, onFailure: (failure: Failure) => void) => readonly Notice[];

export function validateRules(paths: readonly string[], compile: CompileRules): Validation {
  const failures: Failure[] = [];
  const texts: RuleText[] = [];
  for (const path of paths) {
    try {
      texts.push(...readRuleFiles([path]));
    } catch (error) {
      if (!(error instanceof WaspglassError)) throw error;
      failures.push({ error, item: { type: 'rules content', name: '' } });
    }
  }
  const loading = tryLoadRules(texts);
  failures.push(...loading.failures);
  const { ruleSet } = loading;
  const compiled = ruleSet ? compile(ruleSet, (failure) => void failures.push(failure)) : loading.notices;
  const notices = [...new Set([...compiled, ...(ruleSet?.unused ?? [])])];
  const lines = new LineSource(texts);
  const findings = [
    ...failures.map((failure) => ({ ...failureFinding(failure), line: lines.of(failure.error.at) })),
    ...notices.map((notice) => ({ ...noticeFinding(notice), line: lines.of(notice.at) })),
  ];
  const names = [...new Set([...texts.map(({ file }) => file), ...failures.map(({ error }) => error.at.file ?? '')])];
  const files = names.map((file) => ({ file, findings: findings.filter((one) => (one.at.file ?? '') === file) }));
  return { ok: failures.length === 0, files, ruleSet };
}

function failureFinding(failure: Failure): Omit<Finding, 'line'> {
  const { error, item } = failure;
  return { severity: 'error', class: classOf(failure), item, at: error.at, text: `${error.code}: ${error.text}` };
}

function noticeFinding({ at, text, class: kind, item }: Notice): Omit<Finding, 'line'> {
  return { severity: 'warning', class: kind, item, at, text };
}

class LineSource {
  private readonly texts: ReadonlyMap<string, string>;
  private readonly split = new Map<string, readonly string[]>();

  constructor(texts: readonly RuleText[]) {
    this.texts = new Map(texts.map(({ file, text }) => [file, text]));
  }

  of({ file, line }: Place): string | undefined {
    const text = file === undefined ? undefined : this.texts.get(file);
    if (file === undefined || text === undefined || line === undefined) return undefined;
    const lines = this.split.get(file) ?? text.split('\n');
    this.split.set(file, lines);
    return lines[line - 1];
  }
}

/** Characters of a line that are shown around a place. */
const SHOWN = 120;

/** One finding in two to three lines: place, class, what, and the line with a mark under the place. */
export function findingText({ severity, class: kind, item, at, text, line }: Finding): string {
  const about = item.name === '' ? item.type : `${item.type} "${item.name}"`;
  const head = escapeControl(`${formatPlace(at)}: ${severity} ${kind}, ${about}: ${text}`);
  if (line === undefined) return head;
  const column = Math.max(0, (at.column ?? 1) - 1);
  const from = Math.max(0, column - SHOWN / 2);
  const shown = escapeControl(line.slice(from, from + SHOWN).replace(/\r$/, ''));
  const before = escapeControl(line.slice(from, column));
  return `${head}\n    ${shown}\n    ${' '.repeat(before.length)}^`;
}

/** The JSON that Falco prints for `-V`. */
export function validationObject({ files }: Validation): unknown {
  return {
    falco_load_results: files.map(({ file, findings }) => ({
      name: file,
      successful: findings.every(({ severity }) => severity !== 'error'),
      errors: findings.filter(({ severity }) => severity === 'error').map((finding) => jsonFinding(file, finding)),
      warnings: findings.filter(({ severity }) => severity === 'warning').map((finding) => jsonFinding(file, finding)),
    })),
  };
}

function jsonFinding(file: string, { class: kind, item, at, text, line }: Finding): unknown {
  const position = { name: file, line: at.line ?? 0, column: at.column ?? 0, offset: at.offset ?? 0 };
  return {
    code: kind,
    codedesc: loadClasses[kind],
    message: text,
    context: { locations: [{ item_type: item.type, item_name: item.name, position }], snippet: line ?? '' },
  };
}

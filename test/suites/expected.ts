/**
 * Our alerts against those that Falco 0.44.1 wrote for the same captures with the same rule files: same order, rule,
 * time (the event), output fields and text.
 */
import { loadRules, readRuleFiles } from '@waspglass/rules';
import { detectIn } from './detection.ts';
import type { Outcome } from './outcome.ts';
import { inShared, parseExact, readJson, readOutput } from './shared.ts';

/** What Falco 0.44 with its container plug-in puts behind every output. */
const APPENDED =
  'container_id=%container.id container_name=%container.name container_image_repository=%container.image.repository ' +
  'container_image_tag=%container.image.tag k8s_pod_name=%k8s.pod.name k8s_ns_name=%k8s.ns.name';

/** Accounts of the machine that Falco ran on, which it asks for users that a capture does not list: as its output names them. */
const ACCOUNTS = { 996: 'sshd', 1000: 'oracle' };

interface Run {
  readonly tool: string;
  readonly capture: string;
  readonly job: string;
  readonly stdout_file?: string | null;
  readonly stdout_part: string;
  readonly rules: readonly string[];
}

interface AlertShape {
  readonly rule: string;
  readonly time: string;
  readonly output_fields: Readonly<Record<string, unknown>>;
}

/** One outcome per alert of either side, of the jobs `stable-json`, `all-json`, `stable-text` and `all-text`. */
export async function expectedOutcomes(only?: string): Promise<Outcome[]> {
  const { runs } = readJson<{ runs: Run[] }>('expected/index.json');
  const outcomes: Outcome[] = [];
  for (const run of runs) {
    if (run.tool !== 'falco-0.44.1' || run.stdout_file == null || !/^(stable|all)-(json|text)$/.test(run.job)) continue;
    if (only !== undefined && !run.capture.includes(only)) continue;
    outcomes.push(...(await compare(run, run.stdout_file)));
  }
  return outcomes;
}

async function compare(run: Run, file: string): Promise<Outcome[]> {
  const ruleSet = loadRules(readRuleFiles(run.rules.map((name) => inShared(`rules/current/${name}`))));
  const detection = await detectIn({
    ruleSet,
    capture: inShared(`captures/${run.capture}`),
    skipUnknown: true,
    appendOutput: APPENDED,
    accounts: ACCOUNTS,
  });
  const lines = readOutput(`expected/${file}`).split('\n');
  const json = run.job.endsWith('json');
  const theirs = lines.filter((line) => (json ? line.startsWith('{') : /^\d\d:\d\d:\d\d\.\d{9}: /.test(line)));
  const suite = `expected ${run.job}`;
  const id = (n: number) => `${run.capture} alert ${n + 1}`;
  if (!json) return pair(theirs, detection.text, textKey, lineDifference, suite, id);
  const parse = (line: string) => parseExact(line) as AlertShape;
  const key = (alert: AlertShape) => `${alert.time} ${alert.rule}`;
  return pair(theirs.map(parse), detection.json.map(parse), key, differences, suite, id);
}

/** The first words that are not the same. */
function lineDifference(a: string, b: string): string {
  if (a === b) return '';
  const theirs = a.split(' ');
  const ours = b.split(' ');
  const at = theirs.findIndex((word, i) => word !== ours[i]);
  const rest = theirs.length === ours.length ? theirs.findIndex((word, i) => i > at && word !== ours[i]) : at;
  const told = `${ours[at]} ≠ ${theirs[at]}`;
  return rest < 0 ? told : `${told} and more: ${b} ≠ ${a}`;
}

const textKey = (line: string) => line.slice(0, 40);

function pair<T>(
  theirs: readonly T[],
  ours: readonly T[],
  key: (value: T) => string,
  differ: (a: T, b: T) => string,
  suite: string,
  id: (n: number) => string,
): Outcome[] {
  const rest = new Map<string, T[]>();
  for (const value of ours) rest.set(key(value), [...(rest.get(key(value)) ?? []), value]);
  const outcomes = theirs.map((value, n): Outcome => {
    const other = rest.get(key(value))?.shift();
    const why = other === undefined ? `missing here: ${key(value)}` : differ(value, other);
    return { suite, id: id(n), state: why === '' ? 'agree' : 'differ', why };
  });
  for (const value of [...rest.values()].flat()) {
    const why = `only here: ${key(value)}`;
    outcomes.push({ suite, id: id(outcomes.length), state: 'differ', why });
  }
  return outcomes;
}

function differences(a: AlertShape, b: AlertShape): string {
  const names = new Set([...Object.keys(a.output_fields), ...Object.keys(b.output_fields)]);
  const fields = [...names].filter(
    (name) => JSON.stringify(a.output_fields[name]) !== JSON.stringify(b.output_fields[name]),
  );
  const told = fields.map(
    (name) => `${name}: ${JSON.stringify(b.output_fields[name])} ≠ ${JSON.stringify(a.output_fields[name])}`,
  );
  if (told.length === 0 && JSON.stringify(sorted(a)) !== JSON.stringify(sorted(b))) {
    return `other keys: ${JSON.stringify(sorted(b))} ≠ ${JSON.stringify(sorted(a))}`;
  }
  return told.join('; ');
}

const sorted = (value: AlertShape) => Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));

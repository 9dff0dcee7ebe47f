/** The command line of `detect`. */
import { fileURLToPath } from 'node:url';
import { parsePriority, priorities, type Selection } from '@waspglass/rules';
import { type CommandOption, UsageError } from '../command.ts';

export interface DetectOptions {
  readonly files: readonly string[];
  readonly rules: readonly string[];
  readonly output: 'json' | 'text';
  /** Only list or only check the rules. */
  readonly only: 'list' | 'check' | undefined;
  readonly matching: 'first' | 'all';
  readonly skipUnknown: boolean;
  readonly limit: number;
  readonly isoTime: boolean;
  /** Judge the enter events of old captures too. */
  readonly enter: boolean;
  /** Names of users in containers are those of the container's accounts, as in Falco. */
  readonly containerAccounts: boolean;
  /** File with accounts for ids that the capture does not list. */
  readonly passwd: string | undefined;
  /** Rules that are on and off beside what their files say. */
  readonly selection: Selection;
  /** Text behind every output; '' for none. */
  readonly appendOutput: string;
  /** Name of the rule to explain. */
  readonly explain: string | undefined;
  /** Number of the event to explain. */
  readonly event: number | undefined;
}

/** What Falco 0.44 puts behind the outputs of rules over system calls. */
const CONTAINER_OUTPUT =
  'container_id=%container.id container_name=%container.name container_image_repository=%container.image.repository ' +
  'container_image_tag=%container.image.tag k8s_pod_name=%k8s.pod.name k8s_ns_name=%k8s.ns.name';

/** The rules that come with waspglass, seen from this file or from the bundle. */
const OWN_RULES = import.meta.url.endsWith('.ts') ? '../../../../rules' : '../../rules';
export const ownRules = fileURLToPath(new URL(OWN_RULES, import.meta.url));

export const optionRows: readonly CommandOption[] = [
  {
    flags: '-r RULES',
    doc: 'rule file or directory; may be repeated, order matters (default: the rules of waspglass)',
  },
  { flags: '-o json|text', doc: 'form of the alerts (default text)' },
  { flags: '-D NAME', doc: 'leave out rules whose name contains NAME, or fits it when it has a *; may be repeated' },
  { flags: '-T TAG', doc: 'leave out rules with this tag; may be repeated' },
  { flags: '-t TAG', doc: 'only rules with this tag, also disabled ones; may be repeated, not with -D and -T' },
  { flags: '--priority P', doc: 'only rules of this priority or a more severe one' },
  { flags: '-L', doc: 'list the rules, macros and lists; reads no capture' },
  { flags: '-V', doc: 'check the rule files: every error and warning with its place and line' },
  { flags: '--explain RULE', doc: 'which conditions of a rule hold for the first events that match it, or nearly do' },
  { flags: '--event N', doc: 'with --explain: for the event of this number' },
  { flags: '--append-output TEXT', doc: 'put TEXT with fields behind every output; "container" stands for Falco’s' },
  { flags: '-n N', doc: 'stop after N events of the files' },
  { flags: '--iso-time', doc: 'times as 2026-01-02T03:04:05.123456789+0000' },
  { flags: '--enter', doc: 'judge the enter events of old captures too, as Falco did before 0.42' },
  {
    flags: '--container-accounts',
    doc: 'name users in containers by the container’s own accounts only, as Falco does (default: by the host’s)',
  },
  { flags: '--passwd FILE', doc: 'name users that the capture does not list by this file (passwd(5))' },
  { flags: '--first', doc: 'only the first rule that matches an event, as Falco does (default: all)' },
  { flags: '--skip-unknown', doc: 'leave out rules with fields that waspglass lacks, instead of refusing them' },
];

type Lists = 'files' | 'rules' | 'withoutNames' | 'withoutTags' | 'onlyTags';
type Draft = { -readonly [K in Exclude<keyof DetectOptions, Lists | 'selection'>]: DetectOptions[K] } & Record<
  Lists,
  string[]
> & { priority: Selection['priority'] };

export function detectOptions(args: readonly string[]): DetectOptions {
  const draft: Draft = {
    files: [],
    rules: [],
    output: 'text',
    only: undefined,
    matching: 'all',
    skipUnknown: false,
    limit: Number.POSITIVE_INFINITY,
    isoTime: false,
    enter: false,
    containerAccounts: false,
    passwd: undefined,
    withoutNames: [],
    withoutTags: [],
    onlyTags: [],
    priority: undefined,
    appendOutput: '',
    explain: undefined,
    event: undefined,
  };
  const words = [...args];
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    const handle = Object.hasOwn(handlers, word) ? handlers[word] : undefined;
    if (handle) handle(draft, words);
    else if (word.length > 1 && word.startsWith('-')) throw new UsageError(`no option "${word}"`);
    else draft.files.push(word);
  }
  const { withoutNames, withoutTags, onlyTags, priority, ...options } = draft;
  if (onlyTags.length > 0 && withoutNames.length + withoutTags.length > 0)
    throw new UsageError('-t says which rules to take, -D and -T which to leave out: expected only one of these');
  if (options.files.length === 0 && options.only === undefined)
    throw new UsageError('expected the name of a capture file');
  if (options.event !== undefined && options.explain === undefined) throw new UsageError('--event needs --explain');
  if (options.rules.length === 0) options.rules.push(ownRules);
  return { ...options, selection: { withoutNames, withoutTags, onlyTags, priority } };
}

const handlers: Readonly<Record<string, (draft: Draft, rest: string[]) => void>> = {
  '-r': (draft, rest) => void draft.rules.push(value('-r', 'a rule file', rest)),
  '-o': (draft, rest) => {
    const form = value('-o', 'json or text', rest);
    if (form !== 'json' && form !== 'text') throw new UsageError(`-o needs json or text, found "${form}"`);
    draft.output = form;
  },
  '-L': (draft) => {
    draft.only = 'list';
  },
  '-V': (draft) => {
    draft.only = 'check';
  },
  '-n': (draft, rest) => {
    draft.limit = count('-n', 'a number of events', rest);
  },
  '-D': (draft, rest) => void draft.withoutNames.push(value('-D', 'a part of a name', rest)),
  '-T': (draft, rest) => void draft.withoutTags.push(value('-T', 'a tag', rest)),
  '-t': (draft, rest) => void draft.onlyTags.push(value('-t', 'a tag', rest)),
  '--priority': (draft, rest) => {
    const text = value('--priority', 'a priority', rest);
    draft.priority = parsePriority(text);
    if (draft.priority === undefined)
      throw new UsageError(`--priority needs one of ${priorities.join(', ')}, found "${text}"`);
  },
  '--explain': (draft, rest) => {
    draft.explain = value('--explain', 'the name of a rule', rest);
  },
  '--event': (draft, rest) => {
    draft.event = count('--event', 'the number of an event', rest);
  },
  '--append-output': (draft, rest) => {
    const text = value('--append-output', 'a text', rest);
    draft.appendOutput = text === 'container' ? CONTAINER_OUTPUT : text;
  },
  '--first': (draft) => {
    draft.matching = 'first';
  },
  '--enter': (draft) => {
    draft.enter = true;
  },
  '--container-accounts': (draft) => {
    draft.containerAccounts = true;
  },
  '--passwd': (draft, rest) => {
    draft.passwd = value('--passwd', 'a file', rest);
  },
  '--iso-time': (draft) => {
    draft.isoTime = true;
  },
  '--skip-unknown': (draft) => {
    draft.skipUnknown = true;
  },
};

function count(option: string, expected: string, rest: string[]): number {
  const text = value(option, expected, rest);
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new UsageError(`${option} needs ${expected}, found "${text}"`);
  return Number(text);
}

function value(option: string, expected: string, rest: string[]): string {
  const word = rest.shift();
  if (word === undefined) throw new UsageError(`${option} needs ${expected}`);
  return word;
}

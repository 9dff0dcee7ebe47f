/**
 * Reads a capture once with the printer of `waspglass read` and compares what it prints of each event with what sysdig
 * printed: records are joined by time, processor and type, then compared value by value.
 */
import { type EventContext, Inspector } from '@waspglass/inspect';
import { TextBuffer } from '@waspglass/kit';
import { type State, T } from '@waspglass/state';
import type { LineOutput } from '../../apps/cli/src/read/line-output.ts';
import { type ReadOptions, readOptions } from '../../apps/cli/src/read/options.ts';
import { createPrinter, shownTypes } from '../../apps/cli/src/read/printers.ts';
import { fieldNames, type JobName, jsonNames, type Record, splitFields, type Tool } from './expected.ts';
import { type Known, knownDifference } from './known.ts';

/** Separates our values: no value holds it, since control characters are escaped. */
const UNIT = '\x1f';

export interface Difference {
  readonly field: string;
  readonly ours: string;
  readonly theirs: string;
  readonly num: string;
  readonly type: string;
  /** What we know of the machine at the event. */
  readonly state: State;
  /** Name that the event's process has given itself. */
  readonly renamed: string | undefined;
}

export interface Score {
  equal: number;
  known: number;
  total: number;
}

export interface Comparison {
  readonly scores: Map<string, Score>;
  readonly differences: Difference[];
  readonly known: Map<Known, number>;
}

export interface Subject {
  readonly tool: Tool;
  readonly capture: string;
  readonly path: string;
  readonly job: JobName;
  readonly records: readonly Record[];
  /** Everything that sysdig printed is stored. */
  readonly whole: boolean;
}

/** Takes what is printed of one event. */
class Printed {
  readonly text = new TextBuffer(1 << 16);
  last: string | undefined;

  line(text: string): void {
    this.last = text;
  }

  end(): void {
    this.last = this.text.since(0);
    this.text.length = 0;
  }
}

function printerOptions(job: JobName, enter: boolean): ReadOptions {
  const lenient = job === 'fields-strict' ? '' : '*';
  const format = fieldNames.map((name) => `%${name}`).join(UNIT);
  const words: { [J in JobName]: string[] } = {
    fields: ['-p', lenient + format],
    'fields-strict': ['-p', format],
    default: [],
    json: ['-j', '-p', `*${jsonNames.map((name) => `%${name}`).join(' ')}`],
  };
  return readOptions(['-', ...(enter ? ['--enter'] : []), ...words[job]]);
}

export class Comparer {
  readonly result: Comparison = { scores: new Map(), differences: [], known: new Map() };
  private readonly subject: Subject;
  private readonly inspector: Inspector;
  private readonly names = new Map<number, string>();
  private readonly args: (c: EventContext) => string | null;
  private renamed: string | undefined;
  private readonly waiting = new Map<string, Record[]>();

  constructor(subject: Subject) {
    this.subject = subject;
    this.inspector = new Inspector({ enter: subject.tool === 'sysdig-0.29.3' });
    this.args = this.inspector.compileFormat('*%evt.args');
    for (const record of subject.records) {
      const same = this.waiting.get(record.key);
      if (same === undefined) this.waiting.set(record.key, [record]);
      else same.push(record);
    }
  }

  async run(): Promise<Comparison> {
    const { inspector } = this;
    const { job, tool, path, whole } = this.subject;
    const enter = tool === 'sysdig-0.29.3';
    const printed = new Printed();
    const print = createPrinter(inspector, printerOptions(job, enter), printed as unknown as LineOutput);
    const keyed = inspector.compileFormat(KEYS[job]);
    inspector.subscribe({
      types: shownTypes(enter),
      onEvent: (c) => {
        this.follow(c);
        const key = keyed(c) ?? '';
        const same = this.waiting.get(key);
        const record = same?.shift();
        if (record === undefined && !whole) return;
        printed.last = undefined;
        print(c);
        printed.text.length = 0;
        this.take(record?.text, printed.last, key);
      },
    });
    await inspector.readFiles([path]).catch(() => undefined);
    for (const records of this.waiting.values()) for (const { text, key } of records) this.take(text, undefined, key);
    return this.result;
  }

  /** Remembers who renamed himself, and whether the event is his. */
  private follow(c: EventContext): void {
    const pid = c.column(T.pid, 0);
    if (c.type?.name === 'prctl') {
      const name = /\bPR_SET_NAME\b.* arg2_str=(\S+)/.exec(this.args(c) ?? '')?.[1];
      if (name !== undefined) this.names.set(pid, name);
    }
    this.renamed = this.names.get(pid);
  }

  /** One event: what sysdig printed and what we did. */
  private take(theirs: string | undefined, ours: string | undefined, key: string): void {
    if (theirs === undefined && ours === undefined) return;
    const num = /^\{.*?"evt.num":(\d+)/.exec(theirs ?? ours ?? '')?.[1] ?? /^\d+/.exec(theirs ?? ours ?? '')?.[0] ?? '';
    const type = key.split('|').at(-1) ?? '';
    const isWhole = theirs !== undefined && ours !== undefined;
    this.score('line', isWhole ? '' : (ours ?? ''), isWhole ? '' : (theirs ?? ''), num, type);
    if (!isWhole) return;
    const { job } = this.subject;
    if (job === 'json') this.takeJson(ours, theirs, num, type);
    else if (job === 'default') this.score('text', ours, theirs, num, type);
    else {
      const values = ours.split(UNIT);
      const given = splitFields(theirs, values);
      for (const [i, name] of fieldNames.entries()) this.score(name, values[i] ?? '', given[i] ?? '', num, type);
    }
  }

  private takeJson(ours: string, theirs: string, num: string, type: string): void {
    const a = parse(ours);
    const b = parse(theirs);
    for (const name of jsonNames) this.score(name, JSON.stringify(a[name]), JSON.stringify(b[name]), num, type);
  }

  private score(field: string, ours: string, theirs: string, num: string, type: string): void {
    const { scores, differences, known } = this.result;
    let score = scores.get(field);
    if (score === undefined) {
      score = { equal: 0, known: 0, total: 0 };
      scores.set(field, score);
    }
    score.total++;
    if (ours === theirs) {
      score.equal++;
      return;
    }
    const difference = { field, ours, theirs, num, type, state: this.inspector.state, renamed: this.renamed };
    const reason = knownDifference(this.subject, difference);
    if (reason !== undefined) {
      score.known++;
      known.set(reason, (known.get(reason) ?? 0) + 1);
    } else differences.push(difference);
  }
}

const KEYS: Readonly<{ [J in JobName]: string }> = {
  fields: '*%evt.rawtime|%evt.cpu|%evt.dir|%evt.type',
  'fields-strict': '*%evt.rawtime|%evt.cpu|%evt.dir|%evt.type',
  default: '*%evt.outputtime|%evt.cpu|%evt.dir|%evt.type',
  json: '*%evt.rawtime|%evt.type',
};

function parse(text: string): { [name: string]: unknown } {
  try {
    return JSON.parse(text.replaceAll(/:(\d{16,})/g, ':"$1"')) as { [name: string]: unknown };
  } catch (cause) {
    return { 'evt.args': `not JSON (${cause instanceof Error ? cause.message : cause}): ${text}` };
  }
}

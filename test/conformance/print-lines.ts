/**
 * Two outputs line by line: lines that are the same, pairs that a row of `print-known.ts` explains, lines that only one of
 * both has and a row explains. Of long outputs the first lines are stored and the checksum of the whole: what the pairs
 * have shown is put into ours, and the checksum must be that of sysdig's.
 */
import { escapeControl } from '@waspglass/kit';
import type { Run } from '../../apps/cli/test/run.ts';
import { EventTable } from './event-table.ts';
import { hashOf, type PrintCase } from './print-cases.ts';
import { type Line, type LineKind, lineKinds, type RefusalKind, refusals } from './print-known.ts';

export interface Outputs {
  readonly test: PrintCase;
  readonly run: Run;
  readonly file: string;
  readonly expected: readonly string[];
  readonly found: readonly string[];
}

/** Longest record, in lines: texts with line feeds. */
const MAX_JOINED = 60;
const SHOWN = 300;

/** Counts the kinds of differences; returns the first thing that none explains. */
export async function compareLines(outputs: Outputs, kinds: Map<string, number>): Promise<string | undefined> {
  const { test, run, file } = outputs;
  const count = (kind: string, lines = 1) => void kinds.set(kind, (kinds.get(kind) ?? 0) + lines);
  const refusal = refusalOf(outputs);
  if (typeof refusal === 'string') return refusal;
  if (refusal !== undefined) count(refusal.kind);
  const isWhole = test.stdout_part !== 'first 500 lines';
  const table = () => EventTable.of(file, test.tool === 'sysdig-0.29.3');
  const comparison = new Alignment(outputs, await table(), count);
  const problem = comparison.run(isWhole && refusal === undefined);
  if (problem !== undefined) return problem;
  if (isWhole) {
    if (kinds.size === 0 && test.args.includes('-S'))
      count('the table of -S has equal counts in another order: sysdig’s is random');
    return undefined;
  }
  if (hashOf(comparison.rewritten()) === test.stdout_sha256) return undefined;
  if (test.args.includes('-S')) {
    count('the table of -S has equal counts in random order: its checksum says nothing');
    return undefined;
  }
  return `beyond the stored lines: ${run.out.split('\n').length - 1} lines, sysdig ${test.stdout_lines}`;
}

/** What makes one of both fail; a text when nothing explains that. */
function refusalOf({ test, run }: Outputs): RefusalKind | string | undefined {
  const ours = run.code === 0;
  const theirs = test.exit_code === 0;
  if (ours === theirs) return undefined;
  const words = test.args.slice(2).join(' ');
  const found = refusals.find(
    (row) =>
      row.ours === !ours &&
      (row.tool ?? test.tool) === test.tool &&
      (row.args?.test(words) ?? true) &&
      row.message.test(ours ? test.stderr : run.err),
  );
  return found ?? `exit ${test.exit_code} and ${run.code}: ${test.stderr} ${run.err}`;
}

class Alignment {
  private readonly expected: readonly string[];
  private readonly found: readonly string[];
  private readonly test: PrintCase;
  private readonly table: EventTable;
  private readonly count: (kind: string) => void;
  private readonly kinds: readonly LineKind[];
  private readonly rewrites = new Map<string, string>();
  /** Of ours: what sysdig's output has in its place, where it is stored. */
  private readonly out: string[] = [];
  private taken = 0;
  private before = '';

  constructor({ test, expected, found }: Outputs, table: EventTable, count: (kind: string) => void) {
    this.test = test;
    this.expected = ordered(expected);
    this.found = ordered(found);
    this.table = table;
    this.count = count;
    const words = test.args.slice(2).join(' ');
    this.kinds = lineKinds.filter(
      (row) =>
        (row.tool ?? test.tool) === test.tool &&
        (row.args?.test(words) ?? true) &&
        (row.captures ?? [base(test)]).includes(base(test)),
    );
  }

  /** `toEnd`: both end together. */
  run(toEnd: boolean): string | undefined {
    const { expected, found } = this;
    let j = 0;
    for (let i = 0; i < expected.length; ) {
      const theirs = expected[i] ?? '';
      const ours = found[j];
      if (theirs === ours) {
        this.take(ours, theirs);
        i++;
        j++;
        continue;
      }
      const joined = ours === undefined ? 0 : this.joins(i, ours);
      if (ours !== undefined && (joined > 1 || this.pairs(theirs, ours))) {
        this.take(ours, expected.slice(i, i + joined).join('\n'));
        i += joined;
        j++;
        continue;
      }
      if (ours !== undefined && this.only(ours, 'ours')) {
        j++;
        continue;
      }
      if (!this.only(theirs, 'theirs')) return `line ${i + 1}\n  sysdig: ${cut(theirs)}\n  ours:   ${cut(ours ?? '')}`;
      this.out.push(theirs);
      i++;
    }
    this.taken = j;
    for (; toEnd && j < found.length; j++) {
      const ours = found[j] ?? '';
      if (!this.only(ours, 'ours')) return `line only here: ${cut(ours)}`;
    }
    return undefined;
  }

  /** Our output with what the pairs have shown in the place of ours. */
  rewritten(): string {
    const rest = this.found.slice(this.taken).flatMap((line) => {
      const facts = this.line(line);
      this.before = line;
      if (this.kinds.some((kind) => kind.only?.({ ...facts, side: 'ours' }) === true)) return [];
      let text = this.kinds.reduce((now, { rewrite }) => rewrite?.({ ...facts, text: now }) ?? now, line);
      for (const [from, to] of this.rewrites) text = text.replaceAll(from, to);
      return [text];
    });
    return `${[...this.out, ...rest].join('\n')}\n`;
  }

  private take(ours: string, theirs: string): void {
    this.out.push(theirs);
    this.before = ours;
    if (ours === theirs || theirs.includes('\n')) return;
    const [from, to] = middle(ours, theirs);
    if (from.length > 8) this.rewrites.set(from, to);
  }

  /** How many of sysdig's lines are one record of ours: its line feeds are escaped here. 1 for a pair of lines. */
  private joins(at: number, ours: string): number {
    if (!ours.includes('\\n')) return 1;
    let text = '';
    for (let n = 1; n <= MAX_JOINED && at + n <= this.expected.length; n++) {
      text += `${n === 1 ? '' : '\n'}${this.expected[at + n - 1]}`;
      const escaped = escapeControl(text);
      if (n > 1 && (sameText(ours, escaped) || this.pairs(escaped.replace(TAIL, ''), ours.replace(TAIL, '')))) {
        this.count('line feeds in texts are escaped');
        return n;
      }
      if (!ours.startsWith(escaped.slice(0, 20))) return 1;
    }
    return 1;
  }

  private pairs(theirs: string, ours: string): boolean {
    const kind = this.kinds.find((row) => row.pair?.({ ...this.line(ours), theirs }) === true);
    if (kind !== undefined) this.count(kind.kind);
    return kind !== undefined;
  }

  private only(text: string, side: 'ours' | 'theirs'): boolean {
    const kind = this.kinds.find((row) => row.only?.({ ...this.line(text), side }) === true);
    if (kind !== undefined) this.count(kind.kind);
    return kind !== undefined;
  }

  private line(text: string): Line {
    const { test, before } = this;
    return { text, event: this.table.event(text), before, test };
  }
}

/** Line feeds and blanks at the end of a record. */
const TAIL = /(\\n| )+$/;

/** Blanks at the ends of records vanish where records are joined. */
function sameText(ours: string, theirs: string): boolean {
  return ours === theirs || ours.replace(TAIL, '') === theirs.replace(TAIL, '');
}

/** What stands between the common beginning and the common end. */
function middle(a: string, b: string): [string, string] {
  let from = 0;
  while (from < a.length && a[from] === b[from]) from++;
  let end = 0;
  while (end < Math.min(a.length, b.length) - from && a.at(-1 - end) === b.at(-1 - end)) end++;
  while (from > 0 && !/[ (]/.test(a[from - 1] ?? '')) from--;
  while (end > 0 && !/[ )]/.test(a.at(-end) ?? '')) end--;
  return [a.slice(from, a.length - end), b.slice(from, b.length - end)];
}

const base = ({ capture }: PrintCase) => capture.split('/').at(-1) ?? capture;
const cut = (text: string) => escapeControl(text.slice(0, SHOWN));

/** Rows of the table of -S. */
function tableOf(lines: readonly string[]): readonly string[] {
  const at = lines.findIndex((line) => line.startsWith('Event  '));
  return at < 0 ? [] : lines.slice(at + 2);
}

/** The table of -S has equal counts in one order: sysdig's is random. */
function ordered(lines: readonly string[]): readonly string[] {
  const rows = tableOf(lines);
  return rows.length === 0 ? lines : [...lines.slice(0, lines.length - rows.length), ...rows.toSorted()];
}

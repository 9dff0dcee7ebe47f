/**
 * What sysdig printed for the captures in ../shared: which outputs are stored (index.json), their lines, and a line's
 * values. A record may span lines (texts hold line feeds), and a value may hold the separator.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { escapeControl } from '@waspglass/kit';

export const shared = process.env.WASPGLASS_SHARED ?? join(import.meta.dirname, '../../../shared');
export const hasShared = existsSync(join(shared, 'expected/index.json'));

export const tools = ['sysdig-0.41.4', 'sysdig-0.29.3'] as const;
export type Tool = (typeof tools)[number];
export const jobs = ['fields', 'fields-strict', 'default', 'json'] as const;
export type JobName = (typeof jobs)[number];

/** A run of index.json. */
export interface Run {
  readonly tool: string;
  readonly capture: string;
  readonly job: string;
  readonly command: string;
  readonly exit_code: number;
  readonly stdout_lines: number;
  readonly stdout_part: string;
  readonly stdout_file?: string;
  readonly stdout_head_file?: string;
  readonly stdout_tail_file?: string;
}

export function runs(): Run[] {
  return (JSON.parse(readFileSync(join(shared, 'expected/index.json'), 'utf8')) as { runs: Run[] }).runs;
}

/** Everything that sysdig printed is stored; what it didn't print after an error says nothing. */
export function isWhole({ stdout_part, exit_code }: Run): boolean {
  return (stdout_part === 'whole' || stdout_part === 'empty') && exit_code === 0;
}

/** Runs that ended in a crash or found the file unreadable tell nothing about values. */
export function isUsable({ exit_code }: Run): boolean {
  return exit_code < 128;
}

/** One record of an output. */
export interface Record {
  readonly text: string;
  /** Time, processor, direction and type, in the form that `joinKey` of the same job gives. */
  readonly key: string;
}

const STARTS: Readonly<{ [J in JobName]: RegExp }> = {
  fields: /^\d+\|\d+\|\d+\|[<>]\|/,
  'fields-strict': /^\d+\|\d+\|\d+\|[<>]\|/,
  default: /^\d+ \d\d:\d\d:\d\d\.\d{9} \d+ /,
  json: /^\{/,
};

/** The stored records of a run; `undefined` when nothing of it is stored. */
export function records(run: Run, job: JobName): Record[] | undefined {
  const files = [run.stdout_file, run.stdout_head_file, run.stdout_tail_file].filter((file) => file !== undefined);
  if (files.length === 0) return run.stdout_lines === 0 ? [] : undefined;
  return files.flatMap((file) => recordsOf(readText(file), job));
}

/** The records of an output of sysdig. */
export function recordsOf(output: string, job: JobName): Record[] {
  const lines = output.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return joinLines(lines, STARTS[job]).map((text) => ({ text, key: keyOf(job, text) }));
}

function readText(file: string): string {
  const bytes = readFileSync(join(shared, 'expected', file));
  return (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
}

/** Puts together what belongs to one record, and makes it printable as we do. */
function joinLines(lines: readonly string[], start: RegExp): string[] {
  const out: string[] = [];
  for (const line of lines) {
    if (start.test(line) || out.length === 0) out.push(line);
    else out[out.length - 1] += `\n${line}`;
  }
  return out.map(escapeControl);
}

function keyOf(job: JobName, text: string): string {
  if (job === 'json') {
    return `${/"evt.rawtime":(\d+)/.exec(text)?.[1]}|${/"evt.type":"([^"]*)"/.exec(text)?.[1]}`;
  }
  if (job === 'default') {
    const [, time, cpu, dir, type] = /^\d+ (\S+) (\d+) .*? \(-?\d+\) ([<>]) (\S+)/.exec(text) ?? [];
    return `${time}|${cpu}|${dir}|${type}`;
  }
  const [, time, cpu, dir, type] = text.split('|', 5);
  return `${time}|${cpu}|${dir}|${type}`;
}

/** Fields of the format that `fields` and `fields-strict` were printed with. */
export const fieldNames = [
  'evt.num',
  'evt.rawtime',
  'evt.cpu',
  'evt.dir',
  'evt.type',
  'evt.args',
  'proc.name',
  'proc.pid',
  'proc.ppid',
  'proc.cmdline',
  'proc.cwd',
  'user.name',
  'proc.loginshellid',
  'fd.num',
  'fd.typechar',
  'fd.name',
] as const;

/** The same for `json`. */
export const jsonNames = [
  'evt.num',
  'evt.rawtime',
  'evt.type',
  'evt.args',
  'proc.name',
  'proc.pid',
  'user.name',
  'fd.num',
  'fd.name',
] as const;

const ID = '(-?\\d+|<NA>)';
const REST = `([^|]*)\\|${ID}\\|${ID}\\|(.*)\\|([^|]*)\\|([^|]*)\\|${ID}\\|${ID}\\|([^|]*)\\|(.*)$`;
const AFTER_ARGS = new RegExp(`^${REST}`, 's');
const WITH_ARGS = new RegExp(`^(.*?)\\|${REST}`, 's');

/** Values of a line of `fields`. Arguments and command lines may hold the separator: ours tell where theirs may end. */
export function splitFields(line: string, ours: readonly string[]): string[] {
  const parts = line.split('|');
  if (parts.length === fieldNames.length) return parts;
  const first = parts.slice(0, 5);
  const rest = parts.slice(5).join('|');
  const args = ours[5] ?? '';
  if (rest.startsWith(`${args}|`)) {
    const found = AFTER_ARGS.exec(rest.slice(args.length + 1));
    if (found !== null) return [...first, args, ...found.slice(1)];
  }
  const found = WITH_ARGS.exec(rest);
  return found === null ? [...first, rest] : [...first, ...found.slice(1)];
}

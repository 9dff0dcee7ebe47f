/** Replays a capture and compares what we say of each event with what sysdig 0.41.4 printed. Used by the conformance test. */
import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { Field } from '@waspglass/lang';
import { readCapture } from '@waspglass/scap';
import { loadDescriptors, loadProcess, loadUsers, State } from '@waspglass/state';
import { EventContext, eventFields } from '../src/index.ts';

/** The format of the stored outputs (index.json has the command line). */
export const FIELDS = [
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

/** Value of a field as text, `<NA>` when there is none. */
export function show(c: EventContext, field: Field<EventContext>): string {
  const out: number[] = [];
  const value = field.get(c, undefined, out);
  switch (field.kind) {
    case 'sym':
      return value === 0 ? '<NA>' : c.state.symbols.text(Number(value));
    case 'num':
      return Number.isNaN(value) ? '<NA>' : String(value);
    case 'bool':
      return value === -1 ? '<NA>' : value === 1 ? 'true' : 'false';
    default:
      return value === null || value === undefined ? '<NA>' : String(value);
  }
}

export interface Comparison {
  /** Per field: equal and compared lines. */
  readonly equal: number[];
  readonly total: number;
  readonly differences: { field: string; ours: string; theirs: string; num: string }[];
  /** Lines of theirs that we had no event for. */
  readonly missing: number;
}

/** Lines of a stored output: whole, or its first part. */
export function expectedLines(shared: string, capture: string): string[] | undefined {
  const dir = `${shared}/expected/sysdig-0.41.4/${capture}`;
  for (const name of ['fields.txt.gz', 'fields.head.txt.gz']) {
    if (existsSync(`${dir}/${name}`)) {
      const lines = gunzipSync(readFileSync(`${dir}/${name}`))
        .toString('utf8')
        .split('\n');
      lines.pop();
      return lines;
    }
  }
  return undefined;
}

export async function compare(shared: string, capture: string, keep = 5): Promise<Comparison> {
  const lines = new Map((expectedLines(shared, capture) ?? []).map((line) => [keyOf(line), line]));
  const rows = FIELDS.map((name) => eventFields[name] as Field<EventContext>);
  const equal = FIELDS.map(() => 0);
  const differences: Comparison['differences'] = [];
  const kept = new Map<string, number>();
  let total = 0;
  await replay(`${shared}/captures/${capture}`, (c) => {
    const key = `${c.ev.time}|${c.ev.cpu}|${(c.ev.type & 1) === 0 ? '>' : '<'}`;
    const line = lines.get(key);
    if (line === undefined) return;
    lines.delete(key);
    total++;
    const ours = rows.map((row) => show(c, row));
    const theirs = splitLine(line, ours);
    for (const [i, name] of FIELDS.entries()) {
      if (ours[i] === theirs[i]) {
        equal[i] = (equal[i] ?? 0) + 1;
        continue;
      }
      const seen = kept.get(name) ?? 0;
      kept.set(name, seen + 1);
      if (seen < keep)
        differences.push({ field: name, ours: ours[i] ?? '', theirs: theirs[i] ?? '', num: theirs[0] ?? '' });
    }
  });
  return { equal, total, differences, missing: lines.size };
}

/** Runs a capture through state and context; `visit` sees every event that isn't hidden. */
export async function replay(path: string, visit: (c: EventContext) => void): Promise<State> {
  const state = new State();
  const context = new EventContext(state);
  await readCapture([path], {
    onProcess: (p) => loadProcess(state, p),
    onDescriptors: (tid, entries) => loadDescriptors(state, tid, entries),
    onUsers: (users, groups) => loadUsers(state, users, groups),
    onEvent: (cursor) => {
      state.before(cursor);
      if (!state.hidden) {
        context.set(cursor);
        visit(context);
      }
      state.after(cursor);
    },
  });
  return state;
}

/** Time, processor and direction identify an event. */
function keyOf(line: string): string {
  const [, time, cpu, dir] = line.split('|', 4);
  return `${time}|${cpu}|${dir}`;
}

/** Values of a line; arguments and command lines may hold the separator, so ours tell where theirs may end. */
function splitLine(line: string, ours: readonly string[]): string[] {
  const parts = line.split('|');
  const first = parts.slice(0, 5);
  const rest = parts.slice(5).join('|');
  const args = rest.startsWith(`${ours[5]}|`) ? (ours[5] ?? '') : undefined;
  const tail = args === undefined ? rest : rest.slice(args.length + 1);
  const pattern =
    args === undefined
      ? /^(.*?)\|([^|]*)\|(-?\d+|<NA>)\|(-?\d+|<NA>)\|(.*)\|([^|]*)\|([^|]*)\|(-?\d+|<NA>)\|(-?\d+|<NA>)\|([^|]*)\|([^|]*)$/
      : /^()([^|]*)\|(-?\d+|<NA>)\|(-?\d+|<NA>)\|(.*)\|([^|]*)\|([^|]*)\|(-?\d+|<NA>)\|(-?\d+|<NA>)\|([^|]*)\|([^|]*)$/;
  const found = pattern.exec(tail);
  if (found === null) return [...first, rest];
  const values = found.slice(1);
  if (args !== undefined) values[0] = args;
  return [...first, ...values];
}

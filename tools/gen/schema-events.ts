/**
 * Makes the event table of @waspglass/schema from the published facts (numbers, names, parameter types). One row per event
 * type; parameters stay one text (split by `;`) that the table unpacks on first use, so that loading takes about a millisecond.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { eventFlag } from '../../packages/schema/src/event-flags.ts';
import type { Generator } from '../gen.ts';

interface ParamFact {
  readonly name: string;
  readonly type: string;
  readonly fmt?: string;
  readonly info?: string;
}
interface EventFact {
  readonly id: number;
  readonly enum: string;
  readonly name: string;
  readonly category: readonly string[];
  readonly flags: readonly string[];
  readonly params: readonly ParamFact[];
}
interface Facts {
  readonly schema_version?: string;
  readonly events: readonly EventFact[];
}

const shared = process.env.WASPGLASS_SHARED ?? join(import.meta.dirname, '../../../shared');

export const schemaEvents: Generator = {
  output: 'packages/schema/src/events.gen.ts',
  async make() {
    const now = await facts('events.json');
    const classic = await facts('events-0.29.3.json');
    return now === undefined || classic === undefined ? undefined : render(now, classic);
  },
};

async function facts(name: string): Promise<Facts | undefined> {
  const text = await readFile(join(shared, 'facts', name), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as Facts);
}

function render(now: Facts, classic: Facts): string {
  const lines = [
    '/** Made by `npm run gen`; the generator (tools/gen/schema-events.ts) describes the format. */',
    `export const schemaVersion = '${now.schema_version}';`,
    '',
    '/** Number of every event type, by its name without `PPME_`. */',
    'export const eventId = {',
    ...now.events.map((e) => `  ${strip(e.enum)}: ${e.id},`),
    '} as const;',
    '',
    '/** Name shown, category, source, flag bits, parameters (`name type format [info]`); index = number. */',
    'export const eventRows: readonly (readonly [string, string, string, number, string])[] = [',
    ...now.events.map((e) => `  ${JSON.stringify(row(e))},`),
    '];',
    '',
    '/** What sysdig 0.29.3 knows: parameter count per type, then its own parameter types where they differ. */',
    `export const classicCounts: readonly number[] = ${JSON.stringify(classic.events.map((e) => e.params.length))};`,
    `export const classicTypes: Readonly<Record<number, string>> = ${JSON.stringify(differing(now, classic), null, 2)};`,
    '',
  ];
  return lines.join('\n');
}

type Row = readonly [name: string, category: string, source: string, flags: number, params: string];

const SOURCES = ['SYSCALL', 'TRACEPOINT', 'METAEVENT', 'PLUGIN', 'ITER'];

function row(e: EventFact): Row {
  const params = e.params.map((p) =>
    [p.name, strip(p.type), strip(p.fmt ?? ''), ...(p.info ? [p.info] : [])].join(' '),
  );
  const categories = e.category.map(strip);
  const category = categories.find((c) => !SOURCES.includes(c)) ?? 'UNKNOWN';
  const source = categories.find((c) => SOURCES.includes(c)) ?? '';
  return [e.name, category, source, flagBits(e.flags), params.join(';')];
}

function flagBits(names: readonly string[]): number {
  let bits = 0;
  for (const name of names.map(strip)) {
    if (name !== 'NONE' && !(name in eventFlag)) throw new Error(`unknown event flag ${name}: add it to eventFlag`);
    bits |= eventFlag[name as keyof typeof eventFlag] ?? 0;
  }
  return bits;
}

function differing(now: Facts, classic: Facts): Record<number, string> {
  const result: Record<number, string> = {};
  for (const e of classic.events) {
    const new_ = now.events[e.id]?.params ?? [];
    const differs = e.params.some((p, i) => p.type !== new_[i]?.type);
    if (differs) result[e.id] = e.params.map((p) => strip(p.type)).join(' ');
  }
  return result;
}

const strip = (name: string) => name.replace(/^(PPME|PT|PF|EC|EF)_/, '');

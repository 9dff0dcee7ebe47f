/**
 * Makes the event table of @waspglass/schema from the published facts (numbers, names, parameter types). One line per
 * event type, fields split by `|`, parameters by `;`, so that the table loads in about a millisecond.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
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
    '/** `enum|name|categories|flags|params`, a parameter is `name type format [info]`; index = number. */',
    'export const eventRows: readonly string[] = [',
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

function row(e: EventFact): string {
  const params = e.params.map((p) =>
    [p.name, strip(p.type), strip(p.fmt ?? ''), ...(p.info ? [p.info] : [])].join(' '),
  );
  return [strip(e.enum), e.name, words(e.category), words(e.flags), params.join(';')].join('|');
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
const words = (names: readonly string[]) =>
  names
    .map(strip)
    .filter((n) => n !== 'NONE')
    .join(' ');

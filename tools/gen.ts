/**
 * Generator runner: `npm run gen` writes every generated file, `npm run gen -- --check` fails when one would change.
 * A generator whose input is missing on this machine (shared facts) is skipped with a message: its output is committed.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { configuration } from './gen/configuration.ts';
import { errors } from './gen/errors.ts';
import { manual } from './gen/manual.ts';
import { rules } from './gen/rules.ts';
import { schemaEvents } from './gen/schema-events.ts';
import { sensorRecords } from './gen/sensor-records.ts';

export interface Generator {
  /** Path below the repository root. */
  readonly output: string;
  /** The file's whole text; undefined when the input is not there. */
  make(): Promise<string | undefined>;
}

const generators: readonly Generator[] = [schemaEvents, ...sensorRecords, configuration, errors, manual, rules];
const root = new URL('..', import.meta.url);

/** Runs all generators; returns the outputs that differ from what is committed (check) or were written (otherwise). */
export async function generate(check: boolean): Promise<string[]> {
  const changed: string[] = [];
  for (const { output, make } of generators) {
    const text = await make();
    if (text === undefined) {
      console.error(`gen: ${output}: input not found, left as it is`);
      continue;
    }
    const file = new URL(output, root);
    const before = await readFile(file, 'utf8').catch(() => '');
    if (before === text) continue;
    changed.push(output);
    if (!check) await writeFile(file, text);
  }
  return changed;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const check = process.argv.includes('--check');
  const changed = await generate(check);
  for (const output of changed)
    console.error(`gen: ${output} ${check ? 'is out of date; run npm run gen' : 'written'}`);
  if (check && changed.length > 0) process.exitCode = 1;
}

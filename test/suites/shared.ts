/** Where the shared suites, captures and recorded outputs are, and how their JSON is read. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

export const shared = process.env.WASPGLASS_SHARED ?? join(import.meta.dirname, '../../../shared');

/** False, or why nothing can be compared here. */
export const missing: string | false = existsSync(join(shared, 'suites'))
  ? false
  : 'the shared folder with the suites is missing';

export function inShared(path: string): string {
  return join(shared, path);
}

export function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(inShared(path), 'utf8')) as T;
}

/** A stored output, plain or gzip. */
export function readOutput(path: string): string {
  const bytes = readFileSync(inShared(path));
  return (bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes).toString('utf8');
}

/** JSON whose integers beyond 2^53 stay exact, as text. */
export function parseExact(text: string): unknown {
  const reviver = (_: string, value: unknown, context?: { source?: string }) =>
    typeof value === 'number' && !Number.isSafeInteger(value) ? (context?.source ?? value) : value;
  return JSON.parse(text, reviver as (key: string, value: unknown) => unknown);
}

/** What the commands that print tables share: `--json`, words to search for, aligned columns. */
import { type Io, UsageError } from './command.ts';

export const listingOptions = [{ flags: '--json', doc: 'JSON, one array' }] as const;

export interface ListingArguments {
  readonly json: boolean;
  /** Options other than --json that were given, of those that are allowed. */
  readonly options: ReadonlySet<string>;
  /** Lower case. */
  readonly words: readonly string[];
}

export function listingArguments(args: readonly string[], allowed: readonly string[] = []): ListingArguments {
  const options = new Set<string>();
  const words: string[] = [];
  for (const arg of args) {
    if (!arg.startsWith('-')) words.push(arg.toLowerCase());
    else if (arg === '--json' || allowed.includes(arg)) options.add(arg);
    else throw new UsageError(`no option "${arg}"`);
  }
  return { json: options.has('--json'), options, words };
}

/** Whether one of the words occurs in one of the texts; without words: true. */
export function matchesWords(words: readonly string[], ...texts: readonly string[]): boolean {
  return words.length === 0 || words.some((word) => texts.some((text) => text.toLowerCase().includes(word)));
}

export async function printJson(value: unknown, io: Io): Promise<number> {
  await io.out(`${JSON.stringify(value, null, 2)}\n`);
  return 0;
}

/** Rows with all columns but the last padded to the widest. */
export function columns(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, i) => {
      widths[i] = Math.max(widths[i] ?? 0, cell.length);
    });
  }
  const line = (row: readonly string[]) =>
    row
      .map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(widths[i] ?? 0)))
      .join('  ')
      .trimEnd();
  return rows.map((row) => `${line(row)}\n`).join('');
}

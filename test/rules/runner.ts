/**
 * Runs lines in the victim: one script per user, typed into a real log-in shell, with the victim's clock read before and
 * after each item. An alert belongs to the item whose time it falls into.
 */
import { FUNCTIONS, type RuleRow, WORKPLACE } from './row.ts';

export type Kind = 'fires' | 'spares';
export type User = 'root' | 'user';

/** Lines that are run together, in a subshell and a directory of their own. */
export interface Item {
  readonly name: string;
  readonly user: User;
  readonly lines: string;
}

/** ns since the epoch, both ends included. */
export interface Span {
  readonly from: bigint;
  readonly to: bigint;
}

/** What is made by root before the items. */
export const PREPARATION = `mkdir -p ${WORKPLACE} && chmod 1777 ${WORKPLACE}
cp /bin/bash /var/tmp/rootsh && chmod 4755 /var/tmp/rootsh
echo 'passwd' > /home/user/.bash_history
`;

const MARK = '@@item';

/** Rows of a kind as items named by their rules. */
export function itemsOf(rows: readonly RuleRow[], kind: Kind): Item[] {
  return rows.map((row) => ({
    name: row.rule,
    user: (kind === 'spares' ? (row.sparesAs ?? row.as) : row.as) ?? 'root',
    lines: row[kind],
  }));
}

/** The script for one user; `label` makes the directories' names differ between scripts. */
export function scriptOf(items: readonly Item[], user: User, label: string): string {
  const mark = (i: number) => `echo "${MARK} ${i} $(date +%s%N)"`;
  const parts = items.flatMap((item, i) => {
    const place = `${WORKPLACE}/${label}${i}`;
    const body = `( mkdir ${place}; cd ${place}\n${item.lines}\n) < /dev/null > /dev/null 2>&1`;
    return item.user === user ? [mark(i), body, mark(i)] : [];
  });
  return `${FUNCTIONS}\n${parts.join('\n')}\nexit 0\n`;
}

/** When each item ran, by its name, from what the script printed. */
export function spansOf(items: readonly Item[], output: string): Map<string, Span> {
  const spans = new Map<string, Span>();
  for (const [, index, time] of output.matchAll(new RegExp(`^${MARK} (\\d+) (\\d+)\\s*$`, 'gm'))) {
    const name = items[Number(index)]?.name ?? '';
    const at = BigInt(time ?? 0);
    spans.set(name, { from: spans.get(name)?.from ?? at, to: at });
  }
  return spans;
}

/** Nanoseconds of an alert's time as Falco writes it. */
export function nanoseconds(time: string): bigint {
  const [seconds = '', fraction = ''] = time.replace(/Z$/, '').split('.');
  return BigInt(Date.parse(`${seconds}Z`)) * 1_000_000n + BigInt(fraction.padEnd(9, '0'));
}

export function within(time: string, { from, to }: Span): boolean {
  const at = nanoseconds(time);
  return at >= from && at <= to;
}

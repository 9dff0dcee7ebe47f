/**
 * Runs rows in the victim: one script per user and kind, typed into a real log-in shell, with the victim's clock read
 * before and after each row. An alert belongs to the row whose time it falls into.
 */
import { FUNCTIONS, type RuleRow, WORKPLACE } from './row.ts';

export type Kind = 'fires' | 'spares';
export type User = 'root' | 'user';

/** ns since the epoch, both ends included. */
export interface Span {
  readonly from: bigint;
  readonly to: bigint;
}

/** What is made by root before the rows. */
export const PREPARATION = `mkdir -p ${WORKPLACE} && chmod 1777 ${WORKPLACE}
cp /bin/bash /var/tmp/rootsh && chmod 4755 /var/tmp/rootsh
echo 'passwd' > /home/user/.bash_history
`;

const MARK = '@@row';

/** Who runs a row's lines of a kind. */
export function userOf(row: RuleRow, kind: Kind): User {
  return (kind === 'spares' ? (row.sparesAs ?? row.as) : row.as) ?? 'root';
}

/** The script for one user: each row in a subshell of its own, which the next one does not depend on. */
export function scriptOf(rows: readonly RuleRow[], kind: Kind, user: User): string {
  const parts = rows.flatMap((row, i) =>
    userOf(row, kind) === user
      ? [
          `echo "${MARK} ${i} $(date +%s%N)"`,
          `( mkdir ${WORKPLACE}/${kind}${i}; cd ${WORKPLACE}/${kind}${i}\n${row[kind]}\n) < /dev/null > /dev/null 2>&1`,
          `echo "${MARK} ${i} $(date +%s%N)"`,
        ]
      : [],
  );
  return `${FUNCTIONS}\n${parts.join('\n')}\nexit 0\n`;
}

/** When each row ran, by its index, from what the script printed. */
export function spansOf(output: string): Map<number, Span> {
  const spans = new Map<number, Span>();
  for (const [, index, time] of output.matchAll(new RegExp(`^${MARK} (\\d+) (\\d+)\\s*$`, 'gm'))) {
    const i = Number(index);
    const at = BigInt(time ?? 0);
    spans.set(i, { from: spans.get(i)?.from ?? at, to: at });
  }
  return spans;
}

/** Nanoseconds of an alert's time as Falco writes it. */
export function nanoseconds(time: string): bigint {
  const [seconds = '', fraction = ''] = time.replace(/Z$/, '').split('.');
  return BigInt(Date.parse(`${seconds}Z`)) * 1_000_000n + BigInt(fraction.padEnd(9, '0'));
}

export const within = (time: string, { from, to }: Span): boolean => {
  const at = nanoseconds(time);
  return at >= from && at <= to;
};

/**
 * Lines of chisels that stay different from sysdig's, each with its reason; docs/differences.md tells users the same. A
 * row explains a line of ours beside one of sysdig's, or one that only one of both has.
 */
import type { ChiselResult } from './chisel-runs.ts';

interface Known {
  readonly chisel: string;
  readonly tool?: string;
  readonly capture?: string;
  readonly reason: string;
  readonly pair?: (ours: string, theirs: string) => boolean;
  readonly onlyOurs?: (line: string) => boolean;
  readonly onlyTheirs?: (line: string) => boolean;
}

const SIZE = /\b(\d+\.\d\d)(KB|M|G)\b/g;

/** Sizes exactly between two hundredths: 0.29.3 rounds them up, 0.41.4 and we to the even side. */
function roundsUp(ours: string, theirs: string): boolean {
  const up = ours.replace(SIZE, (size, value: string, unit: string, at: number) => {
    const next = `${(Number(value) + 0.01).toFixed(2)}${unit}`;
    return Number(value.at(-1)) % 2 === 0 && theirs.slice(at).startsWith(next) ? next : size;
  });
  return up === theirs;
}

/** The ends of a socket in a line of echo_fds or topconns. */
const withoutEnds = (line: string) => line.replace(/ [\d.]+:\d+->[\d.]+:\d+/, '').replace(/ +/g, ' ');
const sameButEnds = (ours: string, theirs: string) => withoutEnds(ours) === withoutEnds(theirs);

export const known: readonly Known[] = [
  {
    chisel: 'list_login_shells',
    reason: 'shells of which the capture only tells that they run are listed, too',
    onlyOurs: (line) => /^\d+$/.test(line),
  },
  {
    chisel: 'stdin',
    capture: 'inspect-502error.scap',
    reason: 'writes to descriptor 0 are no input',
    onlyTheirs: () => true,
  },
  {
    chisel: 'ps',
    tool: 'sysdig-0.29.3',
    reason: 'halves are rounded to the even side, as by 0.41.4; 0.29.3 rounds them up',
    pair: roundsUp,
  },
  {
    chisel: 'topfiles_bytes',
    tool: 'sysdig-0.29.3',
    reason: 'halves are rounded to the even side, as by 0.41.4; 0.29.3 rounds them up',
    pair: roundsUp,
  },
  {
    chisel: 'ps',
    capture: 'inspect-502error.scap',
    reason: 'a process of which only a thread is known is not listed',
    onlyTheirs: (line) => line === '842 842 <NA> 0B 0B - curl',
  },
  {
    chisel: 'topconns',
    capture: 'inspect-502error.scap',
    reason: "a datagram's ends are those it was sent with, not those of a later one",
    pair: sameButEnds,
  },
  {
    chisel: 'topconns',
    capture: 'ping_sendto.scap',
    reason: 'raw sockets have addresses, too',
    onlyOurs: (line) => line === '640B',
  },
  {
    chisel: 'echo_fds',
    tool: 'sysdig-0.29.3',
    reason: "a datagram's ends are those it was sent with; raw sockets have addresses, too",
    pair: (ours, theirs) => ours.startsWith('------ ') && sameButEnds(ours, theirs),
  },
];

/** Why a result may differ, each reason once; undefined when a line is not explained. */
export function reasonFor({ chisel, tool, capture, missing, extra }: ChiselResult): string | undefined {
  const rows = known.filter(
    (row) => row.chisel === chisel && (row.tool ?? tool) === tool && (row.capture ?? capture) === capture,
  );
  const left = [...extra];
  const reasons = new Set<string>();
  for (const theirs of missing) {
    const at = left.findIndex((ours) => rows.some((row) => row.pair?.(ours, theirs)));
    const ours = at < 0 ? undefined : left.splice(at, 1)[0];
    const row = rows.find((one) => (ours === undefined ? one.onlyTheirs?.(theirs) : one.pair?.(ours, theirs)));
    if (row === undefined) return undefined;
    reasons.add(row.reason);
  }
  for (const ours of left) {
    const row = rows.find((one) => one.onlyOurs?.(ours));
    if (row === undefined) return undefined;
    reasons.add(row.reason);
  }
  return [...reasons].join(' + ');
}

/** Chisel outputs that stay different from sysdig's, each with its reason; docs/differences.md tells users the same. */
import type { ChiselResult } from './chisel-runs.ts';

interface Known {
  readonly chisel: string;
  readonly tool?: string;
  readonly capture?: string;
  readonly reason: string;
  readonly explains: (result: ChiselResult) => boolean;
}

const nothingMissing = (result: ChiselResult) => result.equal === result.total;
/** At least this share of lines is equal. */
const most = (share: number) => (result: ChiselResult) => result.equal >= share * result.total;
const always = () => true;

export const known: readonly Known[] = [
  {
    chisel: 'list_login_shells',
    reason: 'shells of which the capture only tells that they run are listed, too',
    explains: nothingMissing,
  },
  {
    chisel: 'stdin',
    reason: 'writes to descriptor 0 are no input',
    capture: 'inspect-502error.scap',
    explains: always,
  },
  {
    chisel: 'ps',
    tool: 'sysdig-0.29.3',
    reason: '0.29.3 rounds halves up, 0.41.4 to the even side; we follow 0.41.4',
    explains: most(0.6),
  },
  { chisel: 'ps', reason: 'a process of which only a thread is known is not listed', explains: most(0.8) },
  {
    chisel: 'topfiles_bytes',
    tool: 'sysdig-0.29.3',
    reason: '0.29.3 rounds halves up, 0.41.4 to the even side; we follow 0.41.4',
    explains: most(0.6),
  },
  {
    chisel: 'topprocs_cpu',
    reason: 'which processes with equal shares fit into the list is random',
    explains: most(0.8),
  },
  {
    chisel: 'topconns',
    capture: 'inspect-502error.scap',
    reason: "a datagram's ends are those it was sent with, not those of a later one",
    explains: most(0.9),
  },
  {
    chisel: 'topconns',
    capture: 'ping_sendto.scap',
    reason: 'raw sockets have addresses, too',
    explains: nothingMissing,
  },
  {
    chisel: 'echo_fds',
    reason: "a datagram's ends are those it was sent with; raw sockets have addresses, too",
    explains: most(0.6),
  },
  {
    chisel: 'lsof',
    reason:
      'unix names in lists of 2016 end in a line feed, shown escaped; descriptors of no known kind are "other"; ' +
      'sockets of IPv6 that carry IPv4 are ipv6',
    explains: (result) => result.missing.every((line) => / unix | <NA>$| ipv4 [\d.]+:\d+->/.test(line)),
  },
];

/** Why a result may differ; undefined when nothing explains it. */
export function reasonFor(result: ChiselResult): string | undefined {
  return known.find(
    (row) =>
      row.chisel === result.chisel &&
      (row.tool ?? result.tool) === result.tool &&
      (row.capture ?? result.capture) === result.capture &&
      row.explains(result),
  )?.reason;
}

/**
 * Connections that were there before the capture began: found by climbing from a process to the sshd that serves it,
 * over what the state knows from the capture's lists.
 */
import type { EventContext } from '@waspglass/fields';
import { T } from '@waspglass/state';
import type { Endpoint } from './event-view.ts';
import { servedClient } from './event-view.ts';
import type { Member, ProcessTree } from './process-tree.ts';

const ANCESTORS = 32;

export interface FoundConnection {
  /** The process that the listener forked. */
  readonly pid: number;
  readonly vpid: number;
  /** ms since the epoch; 0 when not known. */
  readonly started: number;
  readonly client: Endpoint;
  /** From below that process down to the one that was asked for. */
  readonly below: readonly { readonly pid: number; readonly sshd: boolean }[];
}

/** The connection that the process in `row` belongs to, or undefined when no sshd with a client is above it. */
export function findConnection(
  c: EventContext,
  row: number,
  isSshd: (comm: number) => boolean,
): FoundConnection | undefined {
  const rows: number[] = [];
  for (let at = row; at !== 0 && rows.length < ANCESTORS; at = c.state.threads.ancestor(at, 1)) rows.push(at);
  const sshd = rows.map((r) => isSshd(c.of(r, T.comm, 0)));
  const listener = sshd.lastIndexOf(true);
  const root = rows[listener - 1];
  if (root === undefined || sshd[listener - 1] !== true) return undefined;
  const client = servedClient(c, root);
  if (client === undefined) return undefined;
  const pid = c.of(root, T.pid, 0);
  const started = Number(c.big(root, T.start) ?? 0n) / 1e6;
  const below = rows.slice(0, listener - 1).map((r, i) => ({ pid: c.of(r, T.pid, 0), sshd: sshd[i] === true }));
  return { pid, vpid: c.of(root, T.vpid, pid), started, client, below: below.reverse() };
}

/** Puts the processes below a connection's first one into the tree; gives the last of them. */
export function adoptMembers(tree: ProcessTree, { pid, below }: FoundConnection): Member | undefined {
  let member = tree.find(pid);
  for (const process of below) {
    const parent = member;
    if (parent === undefined) return undefined;
    member = tree.find(process.pid) ?? tree.fork(parent, process.pid);
    if (member === undefined || process.sshd) continue;
    if (parent.role === 'sshd') parent.relay = true;
    else member.depth = parent.depth + 1;
    member.role = 'member';
    member.executed = true;
  }
  return member;
}

/**
 * The processes below sshd: which connection each belongs to, and what it is there. A process stays what its birth made
 * it, whatever it calls itself later or whoever adopts it.
 */

import type { CaptureReference } from '@waspglass/logs';
import type { Attempt } from './auth-join.ts';
import type { Endpoint } from './event-view.ts';
import { limits } from './limits.ts';
import type { Session } from './session.ts';
import type { Command } from './session-documents.ts';
import type { MonitorChannel } from './sshd-messages.ts';

/** An attempt with the connection that made it. */
export interface ConnectionAttempt extends Attempt {
  readonly connection: Connection;
  readonly capture: CaptureReference | undefined;
}

/** One client's connection to sshd, from the fork of the listener to the end of the last process below it. */
export interface Connection {
  /** The process that the listener forked. */
  readonly pid: number;
  vpid: number;
  readonly start: number;
  client: Endpoint | undefined;
  version: string | undefined;
  user: string | undefined;
  attempts: number;
  pending: ConnectionAttempt | undefined;
  /** Attempt that was accepted. */
  accepted: ConnectionAttempt | undefined;
  readonly channels: Map<string, MonitorChannel>;
  session: Session | undefined;
  /** The listener was started inside a session: it may be anything that calls itself sshd. */
  readonly nested: boolean;
  /** Live processes. */
  live: number;
}

/**
 * - `sshd`: sshd's own, and helpers that it runs before the log-in is complete;
 * - `leader`: forked by sshd to become the log-in shell (it has called setsid);
 * - `member`: the log-in shell and everything below it.
 */
export type Role = 'sshd' | 'leader' | 'member';

export interface Member {
  readonly pid: number;
  readonly parent: number;
  readonly connection: Connection;
  role: Role;
  /** Serves a shell: what it reads and writes beside the network is the terminal. */
  relay: boolean;
  /** Has run a program since it was forked. */
  executed: boolean;
  /** Programs between it and the log-in shell; -1 for the log-in shell. */
  depth: number;
  command: Command | undefined;
}

/** Ended processes that are remembered, up to twice as many. */
const LATELY = 4096;

export class ProcessTree {
  private readonly members = new Map<number, Member>();
  /** Process → parent, of the last that ended. */
  private ended = new Map<number, number>();
  private endedBefore = new Map<number, number>();
  readonly connections = new Set<Connection>();
  private readonly most: number;

  constructor(most: number = limits.processes) {
    this.most = most;
  }

  /** The process to give up when another one needs room: its end may have been lost. */
  get surplus(): Member | undefined {
    if (this.members.size < this.most && this.connections.size < limits.connections) return undefined;
    const oldest = this.members.values().next();
    return oldest.done ? undefined : oldest.value;
  }

  find(pid: number): Member | undefined {
    return this.members.get(pid);
  }

  get size(): number {
    return this.members.size;
  }

  connect(pid: number, vpid: number, start: number, client: Endpoint | undefined, nested = false): Connection {
    const connection: Connection = {
      pid,
      vpid,
      start,
      client,
      version: undefined,
      user: undefined,
      attempts: 0,
      pending: undefined,
      accepted: undefined,
      channels: new Map(),
      session: undefined,
      nested,
      live: 0,
    };
    this.connections.add(connection);
    this.add({
      pid,
      parent: 0,
      connection,
      role: 'sshd',
      relay: false,
      executed: false,
      depth: -1,
      command: undefined,
    });
    return connection;
  }

  /** A child of a process that is followed. */
  fork(parent: Member, pid: number): Member {
    const { connection, depth } = parent;
    const role = parent.role === 'leader' ? 'member' : parent.role;
    return this.add({
      pid,
      parent: parent.pid,
      connection,
      role,
      relay: false,
      executed: false,
      depth,
      command: undefined,
    });
  }

  /** Whether a process of this parent ended lately: a vfork's parent reports its child after that child's end. */
  endedLately(pid: number, parent: number): boolean {
    return (this.ended.get(pid) ?? this.endedBefore.get(pid)) === parent;
  }

  /** A process ended; true when it was the last of its connection. */
  remove(member: Member): boolean {
    this.members.delete(member.pid);
    if (this.ended.size >= LATELY) {
      this.endedBefore = this.ended;
      this.ended = new Map();
    }
    this.ended.set(member.pid, member.parent);
    if (--member.connection.live > 0) return false;
    this.connections.delete(member.connection);
    return true;
  }

  private add(member: Member): Member {
    this.members.set(member.pid, member);
    member.connection.live++;
    return member;
  }
}

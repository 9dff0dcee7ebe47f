/**
 * Follows every connection to the victim's sshd: its processes, attempts, session, terminal, files and sockets, and
 * tells documents. Fed by an Inspector (a live capture or files: the same code) and by log records.
 *
 * Offline: subscribe, read, `finish`. Live: `start` as well, so that what waits is told in time.
 */
import type { EventContext } from '@waspglass/fields';
import type { Inspector } from '@waspglass/inspect';
import type { AuthRecord, CaptureReference, TailedLine, WaspglassDocument } from '@waspglass/logs';
import { documentId } from '@waspglass/logs';
import type { EventCursor } from '@waspglass/scap';
import { eventTypes } from '@waspglass/schema';
import { fdType, T } from '@waspglass/state';
import { AcceptedClients } from './accepted-clients.ts';
import { acceptAction, connectAction, fileActions } from './activity.ts';
import { adoptMembers, findConnection } from './adoption.ts';
import {
  argumentsOf,
  data,
  exitTypes,
  fdKind,
  fdName,
  number,
  pidOf,
  threadText,
  timeOf,
  tupleOf,
  workingDirectory,
} from './event-view.ts';
import { RunningDigest } from './file-content.ts';
import type { AuthListener } from './log-ins.ts';
import { LogIns } from './log-ins.ts';
import type { Connection, Member } from './process-tree.ts';
import { ProcessTree } from './process-tree.ts';
import { Session, type Traffic } from './session.ts';
import type { Command } from './session-documents.ts';
import { greetingVersion } from './sshd-messages.ts';
import { TypedPasswords } from './typed-passwords.ts';
import { WrittenFiles } from './written-files.ts';

const CLONE_THREAD = 1 << 13;
const TICK_MS = 250;
/** Ended sessions that still learn of failures before them. */
const RECENT = 256;
const PROCEXIT = 186;

export interface SessionTrackerOptions {
  readonly emit: (document: WaspglassDocument) => void;
  /** Name of the victim in the documents. */
  readonly host: string;
  /** Where the event that the cursor points at stands. */
  readonly reference?: (cursor: EventCursor) => CaptureReference | undefined;
  /** What went to and came from a far end of the network so far, as the victim sees it. */
  readonly traffic?: ((address: string, port: number) => Traffic | undefined) | undefined;
}

interface FileOwner {
  readonly session: Session;
  readonly capture: CaptureReference | undefined;
}

type Handler = (c: EventContext) => void;

export class SessionTracker {
  readonly stats = { sessions: 0, ended: 0, givenUp: 0 };
  private readonly emit: (document: WaspglassDocument) => void;
  private readonly host: string;
  private readonly referenceOf: (cursor: EventCursor) => CaptureReference | undefined;
  private readonly traffic: NonNullable<SessionTrackerOptions['traffic']>;
  private readonly tree = new ProcessTree();
  private readonly logIns: LogIns;
  private readonly clients = new AcceptedClients();
  private readonly sessions = new Set<Session>();
  private recent: Session[] = [];
  private readonly sshd: readonly number[];
  private readonly unsubscribe: () => void;
  private readonly files: WrittenFiles<FileOwner>;
  private readonly passwords: TypedPasswords<Session>;
  private timer: NodeJS.Timeout | undefined;

  constructor(inspector: Inspector, options: SessionTrackerOptions) {
    this.emit = options.emit;
    this.host = options.host;
    this.referenceOf = options.reference ?? (() => undefined);
    this.traffic = options.traffic ?? (() => undefined);
    this.sshd = ['sshd', 'sshd-session', 'sshd-auth'].map((name) => inspector.state.symbols.of(name));
    this.logIns = new LogIns({
      host: this.host,
      reference: (c) => this.referenceOf(c.ev),
      tell: (document) => this.emit(document),
      accepted: (connection, time, c) => void this.begin(connection, time, c),
      failed: (address, time) => this.failed(address, time),
    });
    const handlers = this.handlers();
    const types = [...handlers.keys()];
    this.unsubscribe = inspector.subscribe({ types, onEvent: (c) => handlers.get(c.typeId)?.(c) });
    this.passwords = new TypedPasswords<Session>(inspector, {
      owner: (c) => this.ownerOf(c)?.session,
      reference: (c) => this.referenceOf(c.ev),
      tell: (password) => password.owner.typed(password),
    });
    this.files = new WrittenFiles<FileOwner>(inspector, {
      owner: (c) => this.ownerOf(c),
      content: () => new RunningDigest(),
      onFile: (file) => file.owner.session.written(file, file.owner.capture),
    });
  }

  /**
   * Goes on behind what has been told of sessions that are open (see `commandsTold`): the last of it may be about events
   * that were never written to a capture, and no number is given twice.
   */
  goOnBehind(told: ReadonlyMap<string, number>): void {
    for (const { id, counts } of this.sessions) counts.commands = Math.max(counts.commands, told.get(id) ?? 0);
  }

  /** A record of the victim's log, with the line that it stood in. */
  onAuth(record: AuthRecord, line: Pick<TailedLine, 'file' | 'identity' | 'offset'>): void {
    this.logIns.record(record, line);
  }

  /** Hears every log-in attempt once, for rules of source `auth`. */
  onAuthRecord(listener: AuthListener): () => void {
    return this.logIns.onAuthRecord(listener);
  }

  /** Id of the session that the event's process belongs to. */
  sessionOf(c: EventContext): string | undefined {
    return this.tree.find(pidOf(c))?.connection.session?.id;
  }

  /** Counts an alert for the event's session and gives its id. */
  attachAlert(c: EventContext): string | undefined {
    const session = this.tree.find(pidOf(c))?.connection.session;
    session?.alert();
    return session?.id;
  }

  /** Live: tells what waits without needing another event. */
  start(): void {
    this.timer ??= setInterval(() => this.tick(Date.now()), TICK_MS);
  }

  tick(now: number): void {
    this.logIns.expire(now);
    for (const session of this.sessions) session.advance(now);
  }

  /** Tells everything that waits and stops listening. Sessions that go on keep no end. */
  finish(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    this.unsubscribe();
    this.files.finish();
    this.passwords.finish();
    this.logIns.flush();
    for (const session of this.sessions) session.finish();
  }

  get counters() {
    const { size, connections } = this.tree;
    const unknownVersions = [...this.logIns.unknownVersions];
    return { ...this.stats, ...this.logIns.stats, processes: size, connections: connections.size, unknownVersions };
  }

  private handlers(): Map<number, Handler> {
    const map = new Map<number, Handler>();
    const on = (names: readonly string[], handler: Handler) => {
      for (const type of exitTypes(...names)) map.set(type, handler);
    };
    on(['read', 'readv', 'recvfrom', 'recvmsg'], (c) => this.io(c, true));
    on(['write', 'writev', 'sendto', 'sendmsg'], (c) => this.io(c, false));
    on(['clone', 'clone3', 'fork', 'vfork'], (c) => this.forked(c));
    on(['execve', 'execveat'], (c) => this.executed(c));
    on(['setsid'], (c) => this.ledSession(c));
    on(['accept', 'accept4'], (c) => this.accepted(c));
    on(['connect'], (c) => this.connected(c));
    for (const [name, read] of Object.entries(fileActions)) {
      on([name], (c) => {
        const member = this.successOfMember(c);
        const file = member === undefined ? undefined : read(c);
        if (member !== undefined && file !== undefined) member.connection.session?.file(this.act(c), file);
      });
    }
    map.set(PROCEXIT, (c) => this.exited(c));
    return map;
  }

  /** Whose file it is that the event opens: files of sessions are put together, others not. */
  private ownerOf(c: EventContext): FileOwner | undefined {
    const member = this.tree.find(pidOf(c));
    const session = member?.role === 'member' ? member.connection.session : undefined;
    return session === undefined ? undefined : { session, capture: this.referenceOf(c.ev) };
  }

  private io(c: EventContext, reads: boolean): void {
    const pid = pidOf(c);
    let member = this.tree.find(pid);
    if (member === undefined) {
      if (!this.isSshd(c.column(T.comm, 0))) return;
      member = this.adopt(c);
    }
    if (member === undefined || member.role !== 'sshd') return;
    const result = number(c, 'res', -1);
    if (result <= 0) return;
    const { connection } = member;
    const kind = fdKind(c);
    // Once it serves a shell, what it reads from descriptors that we don't know is the attacker's own text.
    if (!member.relay && (kind === fdType.unix || kind === fdType.none))
      this.logIns.monitor(connection, c, reads, result, data(c));
    else if (!reads && connection.version === undefined) this.greeting(connection, c);
    if (!member.relay || connection.session === undefined) return;
    if (kind !== fdType.none && kind !== fdType.pipe && !(kind === fdType.file && fdName(c) === '/dev/ptmx')) return;
    const direction = reads ? 'output' : 'input';
    connection.session.advance(timeOf(c));
    connection.session.wrote(direction, result, data(c), timeOf(c), () => this.referenceOf(c.ev));
  }

  private greeting(connection: Connection, c: EventContext): void {
    const version = greetingVersion(data(c));
    if (version !== undefined) this.logIns.greeted(connection, version);
  }

  private forked(c: EventContext): void {
    const child = number(c, 'res', -1);
    if (child < 0 || (number(c, 'flags', 0) & CLONE_THREAD) !== 0) return;
    if (child > 0) this.clients.forked(pidOf(c), child);
    if (child === 0) this.born(c, pidOf(c), c.column(T.ptid, 0), c.column(T.vpid, 0));
    // In a pid namespace the parent's number for the child means nothing here; the child's own report does.
    else if (c.column(T.vtid, 0) === c.ev.tid && !this.tree.endedLately(child, pidOf(c))) {
      this.born(c, child, pidOf(c), child);
    }
  }

  private born(c: EventContext, pid: number, parentPid: number, vpid: number): void {
    const known = this.tree.find(pid);
    if (known !== undefined) {
      if (known.parent === parentPid || known.connection.pid === pid) {
        if (known.connection.pid === pid) this.logIns.named(known.connection, vpid);
        return;
      }
      this.remove(known, timeOf(c));
    }
    this.makeRoom(timeOf(c));
    if (this.clients.has(parentPid)) {
      const nested = this.tree.find(parentPid) !== undefined;
      const connection = this.tree.connect(pid, vpid, timeOf(c), this.clients.claim(parentPid, vpid), nested);
      this.logIns.named(connection, vpid);
      return;
    }
    const parent = this.tree.find(parentPid) ?? this.adopt(c, c.state.threads.find(parentPid));
    if (parent !== undefined) this.tree.fork(parent, pid);
  }

  private accepted(c: EventContext): void {
    const pid = pidOf(c);
    const member = this.tree.find(pid);
    if (member?.role === 'member') {
      const socket = number(c, 'fd', -1) < 0 ? undefined : acceptAction(c);
      if (socket !== undefined) member.connection.session?.connection(this.act(c), socket);
    }
    if (this.isSshd(c.column(T.comm, 0)) && number(c, 'fd', -1) >= 0) {
      this.clients.took(pid, tupleOf(c, 'tuple')?.near);
    }
  }

  private connected(c: EventContext): void {
    const member = this.tree.find(pidOf(c));
    const session = member?.connection.session;
    if (member === undefined || session === undefined || (member.role === 'sshd' && !member.relay)) return;
    const socket = connectAction(c);
    if (socket !== undefined) session.connection(this.act(c), socket);
  }

  /** sshd's child makes itself the leader of a new session: next it becomes the log-in shell. */
  private ledSession(c: EventContext): void {
    if (number(c, 'res', -1) < 0) return;
    const member = this.tree.find(pidOf(c));
    if (member === undefined || member.role !== 'sshd' || member.executed || member.pid === member.connection.pid)
      return;
    if (!this.isSshd(c.column(T.comm, 0))) return;
    member.role = 'leader';
    const relay = this.tree.find(member.parent);
    if (relay !== undefined) relay.relay = true;
    this.begin(member.connection, timeOf(c), c);
  }

  private executed(c: EventContext): void {
    if (number(c, 'res', -1) !== 0) return;
    const pid = pidOf(c);
    let member = this.tree.find(pid);
    if (member === undefined) {
      const parent = this.tree.find(c.column(T.ptid, 0));
      member = parent === undefined ? this.adopt(c) : this.tree.fork(parent, pid);
    }
    if (member === undefined) return;
    const shell = member.role === 'leader' || (member.role === 'sshd' && this.isImpostor(c, member));
    if (!member.executed && member.role === 'member') member.depth++;
    member.executed = true;
    if (member.role === 'sshd' && !shell) return;
    member.role = 'member';
    const session = this.begin(member.connection, timeOf(c), c);
    if (shell && c.column(T.tty, 0) !== 0) session.learn({ tty: true });
    const { depth } = member;
    member.command = session.command((index) => this.commandOf(c, index, depth, shell));
    session.advance(timeOf(c));
  }

  /** Below a listener that was started inside a session, whatever is run is a command: it may be no sshd at all. */
  private isImpostor(c: EventContext, member: Member): boolean {
    if (!member.connection.nested || this.isSshd(c.column(T.comm, 0))) return false;
    return threadText(c, c.state.thread, T.exepath) !== '/usr/sbin/unix_chkpwd';
  }

  private commandOf(c: EventContext, index: number, depth: number, shell: boolean): Command {
    const parent = c.ancestor(1);
    return {
      index,
      depth: Math.max(0, depth),
      shell,
      time: timeOf(c),
      pid: pidOf(c),
      name: threadText(c, c.state.thread, T.comm),
      executable: threadText(c, c.state.thread, T.exepath),
      args: argumentsOf(c),
      workingDirectory: workingDirectory(c),
      parentPid: c.column(T.ptid, 0),
      parentName: threadText(c, parent, T.comm),
      userId: c.column(T.uid, -1),
      capture: this.referenceOf(c.ev),
    };
  }

  private exited(c: EventContext): void {
    const pid = pidOf(c);
    if (c.ev.tid !== pid) return;
    this.clients.ended(pid);
    const member = this.tree.find(pid);
    if (member === undefined) return;
    const status = number(c, 'status', Number.NaN);
    const signal = status & 0x7f;
    const code = signal === 0 ? (status >> 8) & 0xff : 128 + signal;
    // An end that nobody saw has no status.
    if (member.command !== undefined && !Number.isNaN(status)) member.connection.session?.exited(member.command, code);
    this.remove(member, timeOf(c));
  }

  /** Ends may be lost with the events that told them: the oldest processes go first. */
  private makeRoom(time: number): void {
    for (let old = this.tree.surplus; old !== undefined; old = this.tree.surplus) {
      this.stats.givenUp++;
      this.remove(old, time);
    }
  }

  private remove(member: Member, time: number): void {
    const { connection } = member;
    if (!this.tree.remove(member)) return;
    this.logIns.ended(connection);
    const { session } = connection;
    if (session === undefined) return;
    this.stats.ended++;
    this.sessions.delete(session);
    this.learn(connection, session);
    session.finish(time);
    this.recent.push(session);
    if (this.recent.length > RECENT) this.recent = this.recent.slice(-RECENT / 2);
  }

  /** The connection's session, begun if it has not been. */
  private begin(connection: Connection, time: number, c: EventContext | undefined): Session {
    const known = connection.session;
    if (known !== undefined) {
      this.learn(connection, known);
      return known;
    }
    this.stats.sessions++;
    const session = new Session({
      id: documentId('session', this.host, connection.start, connection.pid),
      host: this.host,
      pid: connection.pid,
      started: time,
      capture: c === undefined ? undefined : this.referenceOf(c.ev),
      emit: this.emit,
      traffic: this.traffic,
    });
    connection.session = session;
    this.sessions.add(session);
    this.learn(connection, session);
    const address = connection.client?.ip;
    session.failuresBefore = address === undefined ? 0 : this.logIns.window.total(address);
    session.tell(time);
    return session;
  }

  private learn(connection: Connection, session: Session): void {
    const { client, accepted, user } = connection;
    session.learn({
      user,
      address: client?.ip,
      port: client?.port,
      method: accepted?.method,
      password: accepted?.password,
    });
  }

  private failed(address: string, time: number): void {
    for (const session of [...this.sessions, ...this.recent]) {
      if (session.address !== address || session.started < time) continue;
      session.failedBefore();
      if (session.ended !== undefined) session.tell(session.ended);
    }
  }

  private successOfMember(c: EventContext): Member | undefined {
    const member = this.tree.find(pidOf(c));
    if (member === undefined || member.role !== 'member') return undefined;
    const names = eventTypes[c.typeId]?.params[0]?.name;
    return number(c, names === 'fd' ? 'fd' : 'res', -1) < 0 ? undefined : member;
  }

  private act(c: EventContext) {
    const name = threadText(c, c.state.thread, T.comm);
    return { time: timeOf(c), pid: pidOf(c), name, capture: this.referenceOf(c.ev) };
  }

  private isSshd(symbol: number): boolean {
    return symbol !== 0 && this.sshd.includes(symbol);
  }

  private adopt(c: EventContext, row = c.main): Member | undefined {
    const found = findConnection(c, row, (symbol) => this.isSshd(symbol));
    if (found === undefined) return undefined;
    const { pid, vpid, started, client } = found;
    const connection = this.tree.find(pid)?.connection ?? this.tree.connect(pid, vpid, started, client);
    this.logIns.named(connection, vpid);
    const member = adoptMembers(this.tree, found);
    if (member?.role === 'member') this.begin(connection, timeOf(c), c);
    return member;
  }
}

/**
 * Makes the documents of one session. Pure: what they say is decided elsewhere. Ids are made of process and time, not of
 * positions: a count that starts anew must not replace documents of an earlier one.
 */
import type {
  AuthDocument,
  CaptureReference,
  CommandDocument,
  ConnectionDocument,
  FileDocument,
  SessionDocument,
  TerminalDocument,
} from '@waspglass/logs';
import { documentId } from '@waspglass/logs';
import type { Endpoint } from './event-view.ts';
import { isoTime } from './event-view.ts';
import type { Session } from './session.ts';
import type { TerminalPiece } from './terminal.ts';
import type { TypedPassword } from './typed-passwords.ts';
import type { WrittenFile } from './written-file.ts';

export interface Command {
  readonly index: number;
  readonly depth: number;
  /** The log-in shell itself. */
  readonly shell: boolean;
  readonly time: number;
  readonly pid: number;
  readonly name: string;
  readonly executable: string;
  readonly args: readonly string[];
  readonly workingDirectory: string;
  readonly parentPid: number;
  readonly parentName: string;
  readonly userId: number;
  readonly capture: CaptureReference | undefined;
}

export interface FileAction {
  readonly action: 'write' | 'create' | 'truncate' | 'rename' | 'remove' | 'make-executable';
  readonly path: string;
  readonly target?: string;
}

export interface SocketAction {
  readonly action: 'connect' | 'accept';
  readonly transport: 'tcp' | 'udp' | 'other';
  readonly source: Endpoint | undefined;
  readonly destination: Endpoint | undefined;
  readonly result: string;
}

/** Who did it, when, and where that stands. */
export interface Act {
  readonly time: number;
  readonly pid: number;
  readonly name: string;
  readonly capture: CaptureReference | undefined;
}

const COMMAND_TEXT = 2000;

export function sessionDocument(s: Session): SessionDocument {
  const { user, address, port, method, password, ended } = s;
  const verb = ended === undefined ? 'logged in' : 'was logged in';
  const minutes = ended === undefined ? '' : ` for ${Math.round((ended - s.started) / 1000)} s`;
  return {
    ...base(s, s.started, `${user ?? 'somebody'} ${verb} from ${address ?? 'an unknown address'}${minutes}`),
    _id: s.id,
    event: {
      dataset: 'honeypot.session',
      category: ['session'],
      action: ended === undefined ? 'start' : 'end',
      outcome: 'success',
    },
    ...(address !== undefined && { source: { ip: address, ...(port !== undefined && { port }) } }),
    ...(user !== undefined && { user: { name: user } }),
    process: { pid: s.pid },
    waspglass: {
      ...from(s.capture),
      started: isoTime(s.started),
      ...(ended !== undefined && { ended: isoTime(ended) }),
      ...(password !== undefined && { password }),
      ...(method !== undefined && { method }),
      tty: s.tty,
      ...s.counts,
      failures_before: s.failuresBefore,
      ...traffic(s),
    },
  };
}

function traffic({ traffic: of }: Session): Pick<SessionDocument['waspglass'], 'network'> {
  if (of === undefined) return {};
  const { packetsIn, bytesIn, packetsOut, bytesOut } = of;
  return {
    network: { packets_in: packetsIn, bytes_in: bytesIn, packets_out: packetsOut, bytes_out: bytesOut },
  };
}

export function commandDocument(s: Session, c: Command, exitCode?: number): CommandDocument {
  const commandLine = c.args.join(' ').slice(0, COMMAND_TEXT * 16);
  return {
    ...base(s, c.time, commandLine.slice(0, COMMAND_TEXT)),
    _id: documentId('command', s.id, c.pid, c.time),
    event: {
      dataset: 'honeypot.command',
      category: ['process'],
      action: c.shell ? 'shell' : 'exec',
      ...(exitCode !== undefined && { outcome: exitCode === 0 ? 'success' : 'failure' }),
    },
    user: { ...(s.user !== undefined && { name: s.user }), id: c.userId },
    process: {
      pid: c.pid,
      name: c.name,
      executable: c.executable,
      command_line: commandLine,
      args: c.args,
      working_directory: c.workingDirectory,
      ...(exitCode !== undefined && { exit_code: exitCode }),
      parent: { pid: c.parentPid, name: c.parentName },
    },
    waspglass: { ...from(c.capture), index: c.index, depth: c.depth },
  };
}

export function terminalDocument(s: Session, piece: TerminalPiece, capture?: CaptureReference): TerminalDocument {
  const text = piece.bytes.toString('utf8');
  return {
    ...base(s, piece.time, text.slice(0, COMMAND_TEXT)),
    _id: documentId('terminal', s.id, piece.direction, piece.time),
    event: { dataset: 'honeypot.terminal', category: ['session'], action: piece.direction },
    waspglass: {
      ...from(capture),
      direction: piece.direction,
      data: piece.bytes.toString('base64'),
      offset_ms: Math.max(0, Math.round(piece.time - s.started)),
      ...(piece.missing > 0 && { missing: piece.missing }),
      ...(piece.truncated && { truncated: true }),
    },
  };
}

export function fileDocument(s: Session, act: Act, file: FileAction): FileDocument {
  const { action, path, target } = file;
  const text = `${act.name}: ${action} ${path}${target === undefined ? '' : ` to ${target}`}`;
  return {
    ...base(s, act.time, text),
    _id: documentId('file', s.id, act.pid, act.time, action, path),
    event: { dataset: 'honeypot.file', category: ['file'], action },
    process: { pid: act.pid, name: act.name },
    file: { path },
    waspglass: { ...from(act.capture), ...(target !== undefined && { target }) },
  };
}

/** A password that somebody of the session gave to su, sudo and their like. */
export function passwordDocument(s: Session, typed: TypedPassword<unknown>): AuthDocument {
  const { program, pid, user, password, missing, accepted, time, capture } = typed;
  const verb = accepted === undefined ? 'Unfinished' : accepted ? 'Accepted' : 'Failed';
  const name = user ?? (program === 'sudo' ? s.user : undefined);
  return {
    _id: documentId('typed', s.id, pid, time, program, name ?? '', password.length),
    '@timestamp': time,
    message: `${verb} ${program} for ${name ?? 'somebody'}`,
    event: {
      dataset: 'system.auth',
      category: ['authentication'],
      action: program,
      outcome: accepted === undefined ? 'unknown' : accepted ? 'success' : 'failure',
    },
    host: { name: s.host },
    session: { id: s.id },
    ...(name !== undefined && { user: { name } }),
    process: { pid, name: program },
    waspglass: { method: program, password, ...(missing > 0 && { password_missing: missing }), ...from(capture) },
  };
}

/** A file that nobody can write any more: what it holds. The last one of a path and opening replaces those before. */
export function writtenDocument(s: Session, file: WrittenFile, capture: CaptureReference | undefined): FileDocument {
  const { path, size, writer, formerPaths } = file;
  const sha256 = file.content.digest();
  const state = file.complete ? '' : ', not whole';
  const unordered = sha256 === undefined ? ['its hash is not known: written out of order'] : [];
  const incomplete = [...file.whatIsMissing, ...unordered];
  return {
    ...base(s, file.lastTime, `${writer.name}: written ${path}, ${size} bytes${state}`),
    _id: documentId('written', s.id, writer.pid, file.time, formerPaths[0] ?? path),
    event: { dataset: 'honeypot.file', category: ['file'], action: 'written' },
    process: writer,
    file: { path, size, ...(sha256 !== undefined && { hash: { sha256 } }) },
    waspglass: { ...from(capture), ...(incomplete.length > 0 && { incomplete }) },
  };
}

export function connectionDocument(s: Session, act: Act, socket: SocketAction): ConnectionDocument {
  const { action, source, destination, transport, result } = socket;
  const peer = action === 'connect' ? destination : source;
  const words = action === 'connect' ? 'connect to' : 'connection from';
  return {
    ...base(s, act.time, `${act.name}: ${words} ${peer?.ip ?? '?'} port ${peer?.port ?? '?'}: ${result}`),
    _id: documentId('connection', s.id, act.pid, act.time, action, peer?.ip ?? '', peer?.port ?? 0),
    event: {
      dataset: 'honeypot.connection',
      category: ['network'],
      action,
      outcome: result === 'success' ? 'success' : result === 'EINPROGRESS' ? 'unknown' : 'failure',
    },
    process: { pid: act.pid, name: act.name },
    ...(source !== undefined && { source }),
    ...(destination !== undefined && { destination }),
    waspglass: { ...from(act.capture), transport, result },
  };
}

function base(s: Session, time: number, message: string) {
  return { '@timestamp': isoTime(time), message, host: { name: s.host }, session: { id: s.id } };
}

function from(capture: CaptureReference | undefined): { readonly capture?: CaptureReference } {
  return capture === undefined ? {} : { capture };
}

/**
 * One session: everything from a log-in to the end of its last process. Counts what it did, tells documents, and stops
 * telling (not counting) at the limits.
 */
import type { CaptureReference, WaspglassDocument } from '@waspglass/logs';
import { limits } from './limits.ts';
import type { Act, Command, FileAction, SocketAction } from './session-documents.ts';
import {
  commandDocument,
  connectionDocument,
  fileDocument,
  passwordDocument,
  sessionDocument,
  terminalDocument,
  writtenDocument,
} from './session-documents.ts';
import { Terminal } from './terminal.ts';
import type { TypedPassword } from './typed-passwords.ts';
import type { WrittenFile } from './written-file.ts';

/** How often a running session's own document is told anew when its counts change, ms. */
const REFRESH_MS = 1000;

export interface SessionStart {
  readonly id: string;
  readonly host: string;
  /** The sshd process that serves it. */
  readonly pid: number;
  readonly started: number;
  readonly capture: CaptureReference | undefined;
  readonly emit: (document: WaspglassDocument) => void;
  readonly traffic: (address: string, port: number) => Traffic | undefined;
}

/** What went to and came from one address and port, as the victim sees it. */
export interface Traffic {
  readonly packetsIn: number;
  readonly bytesIn: number;
  readonly packetsOut: number;
  readonly bytesOut: number;
}

export class Session {
  readonly id: string;
  readonly host: string;
  readonly pid: number;
  readonly started: number;
  readonly capture: CaptureReference | undefined;
  readonly terminal: Terminal;
  readonly counts = { commands: 0, alerts: 0, files: 0, connections: 0 };
  user: string | undefined;
  address: string | undefined;
  port: number | undefined;
  method: string | undefined;
  password: string | undefined;
  tty = false;
  failuresBefore = 0;
  ended: number | undefined;
  private readonly trafficOf: SessionStart['traffic'];
  private readonly emit: (document: WaspglassDocument) => void;
  private dirty = true;
  private told = Number.NEGATIVE_INFINITY;
  /** Where the piece of terminal text that is being gathered begins. */
  private terminalCapture: CaptureReference | undefined;

  constructor(start: SessionStart) {
    this.id = start.id;
    this.host = start.host;
    this.pid = start.pid;
    this.started = start.started;
    this.capture = start.capture;
    this.emit = start.emit;
    this.trafficOf = start.traffic;
    this.terminal = new Terminal((piece) => this.emit(terminalDocument(this, piece, this.terminalCapture)));
  }

  /** Of its own connection; undefined when that is not recorded. */
  get traffic(): Traffic | undefined {
    const { address, port } = this;
    return address === undefined || port === undefined ? undefined : this.trafficOf(address, port);
  }

  /** Sets what is known by now; what was known stays. */
  learn(facts: Partial<Pick<Session, 'user' | 'address' | 'port' | 'method' | 'password' | 'tty'>>): void {
    for (const key of ['user', 'address', 'port', 'method', 'password'] as const) {
      if (this[key] === undefined && facts[key] !== undefined) {
        Object.assign(this, { [key]: facts[key] });
        this.dirty = true;
      }
    }
    if (facts.tty === true && !this.tty) {
      this.tty = true;
      this.dirty = true;
    }
  }

  command(make: (index: number) => Command): Command | undefined {
    const index = ++this.counts.commands;
    this.dirty = true;
    if (index > limits.commands) return undefined;
    const command = make(index);
    this.emit(commandDocument(this, command));
    return command;
  }

  exited(command: Command, exitCode: number): void {
    this.emit(commandDocument(this, command, exitCode));
  }

  file(act: Act, file: FileAction): void {
    this.dirty = true;
    if (++this.counts.files <= limits.files) this.emit(fileDocument(this, act, file));
  }

  typed(password: TypedPassword<unknown>): void {
    this.emit(passwordDocument(this, password));
  }

  /** What a file holds that was written in this session. Told, not counted: its opening was. */
  written(file: WrittenFile, capture: CaptureReference | undefined): void {
    if (this.counts.files <= limits.files) this.emit(writtenDocument(this, file, capture));
  }

  connection(act: Act, socket: SocketAction): void {
    this.dirty = true;
    if (++this.counts.connections <= limits.sockets) this.emit(connectionDocument(this, act, socket));
  }

  /** Told later: an attempt of this address before the log-in failed. */
  failedBefore(): void {
    this.failuresBefore++;
    this.dirty = true;
  }

  alert(): void {
    this.counts.alerts++;
    this.dirty = true;
  }

  wrote(
    direction: 'output' | 'input',
    result: number,
    data: Uint8Array,
    time: number,
    capture: () => CaptureReference | undefined,
  ): void {
    if (this.terminal.due === Number.POSITIVE_INFINITY) this.terminalCapture = capture();
    this.terminal.add(direction, result, data, time);
  }

  /** Tells what is due. */
  advance(time: number): void {
    this.terminal.advance(time);
    if (this.dirty && time - this.told >= REFRESH_MS) this.tell(time);
  }

  /** The last of its processes ended, or the input did: then without an end. */
  finish(ended?: number): void {
    this.terminal.advance(Number.POSITIVE_INFINITY);
    if (ended !== undefined) this.ended = ended;
    if (this.dirty || ended !== undefined) this.tell(ended ?? this.told);
  }

  tell(time: number): void {
    this.dirty = false;
    this.told = time;
    this.emit(sessionDocument(this));
  }
}

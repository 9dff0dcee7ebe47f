/**
 * Search documents: what the sensor's side hands to the collector and what the store keeps. Names follow the Elastic
 * Common Schema (ECS 8); what ECS lacks stands under `waspglass`. One JSON object per line in the document queue.
 *
 * Every document can be traced: `waspglass.capture` names the capture file and event number, `log` the file and offset.
 * `_id` is unique and the same when the same input is read again, so a document delivered twice is stored once.
 */

/** Where a document comes from. */
export interface CaptureReference {
  /** Name of the capture file, without folder. */
  readonly file: string;
  /** Number of the event in that file, from 1. */
  readonly event: number;
}

export interface LogReference {
  readonly file: string;
  readonly offset: number;
}

interface Base<D extends string> {
  readonly _id: string;
  /** ISO 8601 with milliseconds, UTC. */
  readonly '@timestamp': string;
  /** One line for people. */
  readonly message: string;
  readonly event: {
    readonly dataset: D;
    readonly category?: readonly string[];
    readonly action?: string;
    readonly outcome?: 'success' | 'failure' | 'unknown';
    /** 0 (emergency) to 7 (debug), as syslog. */
    readonly severity?: number;
  };
  readonly host: { readonly name: string };
  readonly source?: { readonly ip?: string; readonly port?: number };
  readonly destination?: { readonly ip?: string; readonly port?: number };
  readonly user?: { readonly name?: string; readonly id?: number };
  readonly process?: {
    readonly pid?: number;
    readonly name?: string;
    readonly executable?: string;
    readonly command_line?: string;
    readonly args?: readonly string[];
    readonly working_directory?: string;
    readonly exit_code?: number;
    readonly parent?: { readonly pid?: number; readonly name?: string };
  };
  readonly file?: { readonly path?: string; readonly size?: number; readonly hash?: { readonly sha256?: string } };
  readonly session?: { readonly id: string };
  readonly log?: { readonly file: { readonly path: string }; readonly offset: number };
}

interface From {
  readonly capture?: CaptureReference;
}

/** One attempt to log in: password tried (from the sensor) joined with the log line's outcome. */
export interface AuthDocument extends Base<'system.auth'> {
  readonly waspglass: From & {
    /** `password`, `publickey`, `keyboard-interactive/pam`, `none` … as sshd names it. */
    readonly method?: string;
    /** The password as typed; missing when it was not seen. Control characters are data here: escape on output. */
    readonly password?: string;
    /** Bytes of the password beyond what the capture kept. */
    readonly password_missing?: number;
    /** Whether the user exists in the victim. */
    readonly user_valid?: boolean;
  };
}

/** Start or end of a session: everything from a log-in to the end of its last process. Same `_id` for both: the later replaces. */
export interface SessionDocument extends Base<'honeypot.session'> {
  readonly session: { readonly id: string };
  readonly waspglass: From & {
    readonly started: string;
    /** Missing while it lasts. */
    readonly ended?: string;
    readonly password?: string;
    readonly method?: string;
    readonly tty?: boolean;
    readonly commands: number;
    readonly alerts: number;
    readonly files: number;
    readonly connections: number;
    /** Failed attempts by the same address before this log-in. */
    readonly failures_before: number;
    /** Its own connection on the wire, in: to the victim; missing when packets are not recorded. */
    readonly network?: {
      readonly packets_in: number;
      readonly bytes_in: number;
      readonly packets_out: number;
      readonly bytes_out: number;
    };
  };
}

/** A program that was run inside a session, in order. */
export interface CommandDocument extends Base<'honeypot.command'> {
  readonly session: { readonly id: string };
  readonly waspglass: From & {
    /** Position in the session, from 1. */
    readonly index: number;
    /** 0: the log-in shell itself (action `shell`) and its own children (action `exec`); each program between adds one. */
    readonly depth: number;
  };
}

/** Bytes that went over the session's terminal or the shell's standard descriptors. */
export interface TerminalDocument extends Base<'honeypot.terminal'> {
  readonly session: { readonly id: string };
  readonly waspglass: From & {
    readonly direction: 'output' | 'input';
    /** The bytes, base64. */
    readonly data: string;
    /** ms since the session's start. */
    readonly offset_ms: number;
    /** Bytes that went over the terminal here but that the capture doesn't hold. */
    readonly missing?: number;
    /** The session's last piece: more is not kept. */
    readonly truncated?: true;
  };
}

/** A file written, renamed, removed or made executable inside a session. */
export interface FileDocument extends Base<'honeypot.file'> {
  readonly session: { readonly id: string };
  readonly waspglass: From & {
    readonly target?: string;
    /** Of action `written`, which has size and hash: why these are not those of the whole file; missing: they are. */
    readonly incomplete?: readonly string[];
  };
}

/** A connection that the session tried or took. */
export interface ConnectionDocument extends Base<'honeypot.connection'> {
  readonly session?: { readonly id: string };
  readonly waspglass: From & { readonly transport: 'tcp' | 'udp' | 'other'; readonly result?: string };
}

export interface AlertDocument extends Base<'falco.alerts'> {
  readonly rule: { readonly name: string; readonly id?: string };
  readonly tags: readonly string[];
  readonly waspglass: From & {
    readonly priority: string;
    readonly output: string;
    readonly output_fields: Readonly<Record<string, string | number | boolean | null>>;
    /** Milliseconds from the event to the alert. */
    readonly latency_ms?: number;
  };
}

/** What a capture grew in one minute of the clock. */
export interface GrowthDocument extends Base<'capture.growth'> {
  readonly waspglass: { readonly events: number; readonly bytes: number; readonly lost: number };
}

/** A capture file was closed. */
export interface CaptureFileDocument extends Base<'capture.file'> {
  readonly waspglass: { readonly events: number; readonly bytes: number; readonly sealed: boolean };
}

/** Packets that the containment refused, as counted by the kernel. */
export interface ContainmentDocument extends Base<'honeypot.containment'> {
  readonly waspglass: { readonly dropped_packets: number; readonly dropped_bytes: number };
}

/** A line of the victim's logs that is no log-in record. */
export interface LogDocument extends Base<'system.syslog'> {
  readonly waspglass: { readonly program?: string };
}

export type WaspglassDocument =
  | AuthDocument
  | SessionDocument
  | CommandDocument
  | TerminalDocument
  | FileDocument
  | ConnectionDocument
  | AlertDocument
  | GrowthDocument
  | CaptureFileDocument
  | ContainmentDocument
  | LogDocument;

export type Dataset = WaspglassDocument['event']['dataset'];

/**
 * The victim's logs, followed from outside: sshd's lines become log-in records, all others documents. Where each log has
 * been read to is kept, so a restart reads on from there.
 */
import { type Logger, messageOf, readTextIfThere, writeFileAtomic } from '@waspglass/kit';
import {
  type AuthRecord,
  authRecord,
  documentId,
  type LogDocument,
  parseSyslogLine,
  type SyslogLine,
  type TailedLine,
  Tailer,
  type TailerPosition,
} from '@waspglass/logs';

export interface VictimLogsOptions {
  /** The victim's root on this machine. */
  readonly root: string;
  readonly host: string;
  /** Tells this victim's files from those of one before it, whose log had the same inode. */
  readonly machine: string;
  readonly positionFile: string;
  readonly emit: (document: LogDocument) => void;
  readonly onAuth: (record: AuthRecord, line: TailedLine) => void;
  readonly logger: Logger;
}

const FILES = ['/var/log/auth.log', '/var/log/syslog'] as const;
const SAVE_MS = 1000;

export class VictimLogs {
  private readonly options: VictimLogsOptions;
  private readonly tailers: readonly Tailer[];
  private timer: NodeJS.Timeout | undefined;
  private saved = '';

  constructor(options: VictimLogsOptions) {
    this.options = options;
    const positions = this.load();
    this.tailers = FILES.map((file) => {
      const position = positions[file];
      return new Tailer({
        path: file,
        root: options.root,
        ...(position !== undefined && { position }),
        onLine: (line) => this.line(line),
        onLost: ({ reason, bytes, detail }) => options.logger.warn(`${file}: ${reason}: ${detail} (${bytes} bytes)`),
      });
    });
  }

  start(): void {
    for (const tailer of this.tailers) tailer.start();
    this.timer = setInterval(() => this.save(), SAVE_MS);
  }

  stop(): void {
    clearInterval(this.timer);
    for (const tailer of this.tailers) tailer.look();
    this.save();
    for (const tailer of this.tailers) tailer.stop();
  }

  private line(line: TailedLine): void {
    const parsed = parseSyslogLine(line.text);
    const record = parsed === undefined ? undefined : authRecord(parsed);
    const identity = `${this.options.machine}:${line.identity}`;
    if (record !== undefined) this.options.onAuth(record, { ...line, identity });
    if (record?.kind === 'failed' || record?.kind === 'accepted') return;
    this.options.emit(this.document({ ...line, identity }, parsed));
  }

  private document(line: TailedLine, parsed: SyslogLine | undefined): LogDocument {
    const { host } = this.options;
    return {
      _id: documentId('log', host, line.file, line.identity, line.offset),
      '@timestamp': new Date(parsed?.time ?? Date.now()).toISOString(),
      message: parsed?.message ?? line.text,
      event: { dataset: 'system.syslog', category: ['host'] },
      host: { name: host },
      log: { file: { path: line.file }, offset: line.offset },
      ...(parsed?.pid !== undefined && { process: { pid: parsed.pid, name: parsed.program } }),
      waspglass: { ...(parsed !== undefined && { program: parsed.program }) },
    };
  }

  /** What cannot be read back means that logs are read from their start: documents then have the ids that they had. */
  private load(): Partial<Record<string, TailerPosition>> {
    try {
      const { machine, ...positions } = JSON.parse(readTextIfThere(this.options.positionFile) ?? '{}');
      return machine === this.options.machine ? positions : {};
    } catch (error) {
      this.options.logger.warn(`${this.options.positionFile}: ${messageOf(error)}; logs are read from their start`);
      return {};
    }
  }

  private save(): void {
    const positions = Object.fromEntries(FILES.map((file, i) => [file, this.tailers[i]?.position]));
    const text = JSON.stringify({ machine: this.options.machine, ...positions });
    if (text === this.saved) return;
    try {
      writeFileAtomic(this.options.positionFile, text, 0o600);
      this.saved = text;
    } catch (error) {
      this.options.logger.warn(`${this.options.positionFile}: ${messageOf(error)}`);
    }
  }
}

/** The search document of a line of the victim's logs that is no log-in record. */
import { documentId } from './document-id.ts';
import type { LogDocument } from './documents.ts';
import type { SyslogLine } from './syslog-line.ts';
import type { TailedLine } from './tailer.ts';

/** `read` is the time at which the line was read: what counts when the line's own stamp is not understood. */
export function logDocument(host: string, line: TailedLine, parsed: SyslogLine | undefined, read: number): LogDocument {
  const { file, identity, offset, text } = line;
  return {
    _id: documentId('log', host, file, identity, offset, text),
    '@timestamp': new Date(parsed?.time ?? read).toISOString(),
    message: parsed?.message ?? text,
    event: { dataset: 'system.syslog' },
    host: { name: host },
    ...(parsed?.pid !== undefined && { process: { pid: parsed.pid, name: parsed.program } }),
    log: { file: { path: file }, offset },
    waspglass: parsed === undefined ? {} : { program: parsed.program },
  };
}

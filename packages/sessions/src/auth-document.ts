/** Makes the one document of a log-in attempt from whichever of its halves there are. */
import type { AuthDocument } from '@waspglass/logs';
import { documentId } from '@waspglass/logs';
import type { LoggedAttempt } from './auth-join.ts';
import { isoTime } from './event-view.ts';
import type { ConnectionAttempt } from './process-tree.ts';

export interface AuthFacts {
  readonly time: number;
  readonly user: string;
  readonly address: string | undefined;
  readonly port: number | undefined;
  readonly method: string;
  /** Undefined when neither half says. */
  readonly accepted: boolean | undefined;
}

/** What both halves say together. The socket's address goes before the log's, which others can write to. */
export function authFacts(attempt: ConnectionAttempt | undefined, logged: LoggedAttempt | undefined): AuthFacts {
  const record = logged?.record;
  const client = attempt?.connection.client;
  return {
    time: attempt?.time ?? record?.time ?? 0,
    user: attempt?.user ?? record?.user ?? '',
    address: client?.ip ?? record?.address,
    port: client?.port ?? record?.port,
    method: record?.method ?? attempt?.method ?? 'unknown',
    accepted: attempt?.accepted ?? (record === undefined ? undefined : record.kind === 'accepted'),
  };
}

export function authDocument(
  host: string,
  facts: AuthFacts,
  attempt: ConnectionAttempt | undefined,
  logged: LoggedAttempt | undefined,
  session: string | undefined,
): AuthDocument {
  const { user, address, port, method, accepted } = facts;
  const verb = accepted === undefined ? 'Unfinished' : accepted ? 'Accepted' : 'Failed';
  const valid = logged?.record.userValid;
  const from = `from ${address ?? 'an unknown address'}${port === undefined ? '' : ` port ${port}`}`;
  return {
    _id: idOf(host, attempt, logged),
    '@timestamp': isoTime(facts.time),
    message: `${verb} ${method} for ${user} ${from}`,
    event: {
      dataset: 'system.auth',
      category: ['authentication'],
      action: 'ssh_login',
      outcome: accepted === undefined ? 'unknown' : accepted ? 'success' : 'failure',
    },
    host: { name: host },
    ...(address !== undefined && { source: { ip: address, ...(port !== undefined && { port }) } }),
    user: { name: user },
    process: { ...pidOf(attempt, logged), name: logged?.record.program ?? 'sshd' },
    ...(accepted === true && session !== undefined && { session: { id: session } }),
    ...(logged !== undefined && { log: { file: { path: logged.file }, offset: logged.offset } }),
    waspglass: {
      method,
      ...(attempt !== undefined && { password: attempt.password }),
      ...(attempt !== undefined && attempt.missing > 0 && { password_missing: attempt.missing }),
      ...(valid !== undefined && { user_valid: valid }),
      ...(attempt?.capture !== undefined && { capture: attempt.capture }),
    },
  };
}

function pidOf(attempt: ConnectionAttempt | undefined, logged: LoggedAttempt | undefined): { readonly pid?: number } {
  const pid = attempt?.pid ?? logged?.record.pid;
  return pid === undefined ? {} : { pid };
}

function idOf(host: string, attempt: ConnectionAttempt | undefined, logged: LoggedAttempt | undefined): string {
  if (attempt !== undefined) {
    const { start, pid } = attempt.connection;
    return documentId('auth', host, start, pid, attempt.index);
  }
  return documentId('auth', host, logged?.identity ?? '', logged?.offset ?? 0, logged?.repetition ?? 0);
}

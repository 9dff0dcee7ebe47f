/** Alerts by HTTP(S) POST over one kept connection: JSON as Falco sends it, or the shapes of Slack and Telegram. */
import { readFileSync } from 'node:fs';
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest, Agent as TlsAgent } from 'node:https';
import { fail } from './errors.ts';
import { unlessAborted } from './limited.ts';
import { Later, Refused, type Transport } from './queued-output.ts';

export interface WebhookOptions {
  readonly url: string;
  /** Body of a request. */
  readonly body: (items: readonly string[]) => string;
  /** Default `application/json`. */
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** File with certificates of authorities to trust instead of the system's. */
  readonly caFile?: string;
  /** What errors call the receiver: URLs may hold secrets. */
  readonly label?: string;
}

/** Bytes of an answer that are read; the rest is not waited for. */
const ANSWER_LIMIT = 64 * 1024;
/** Statuses that may be another next time. */
const PASSING: readonly number[] = [408, 425, 429];

export function openWebhook(options: WebhookOptions): Transport {
  const url = new URL(options.url);
  const tls = url.protocol === 'https:';
  const ca = options.caFile === undefined ? {} : { ca: readFileSync(options.caFile) };
  const agent = tls
    ? new TlsAgent({ keepAlive: true, maxSockets: 1, ...ca })
    : new Agent({ keepAlive: true, maxSockets: 1 });
  const where = options.label ?? url.origin;
  return {
    async deliver(items, signal) {
      const body = Buffer.from(options.body(items));
      const headers = {
        'content-type': options.type ?? 'application/json',
        'content-length': body.length,
        'user-agent': 'waspglass',
        ...options.headers,
      };
      const answer = new Promise<IncomingMessage>((resolve, reject) => {
        const request = (tls ? httpsRequest : httpRequest)(url, { method: 'POST', agent, headers, signal }, resolve);
        request.on('error', reject);
        request.end(body);
      });
      judge(await unlessAborted(signal, answer.then(drained)), where);
    },
    close: () => agent.destroy(),
  };
}

/** The answer, once its body is read as far as it is wanted: then the connection serves the next alert. */
async function drained(answer: IncomingMessage): Promise<IncomingMessage> {
  let read = 0;
  for await (const chunk of answer) {
    read += (chunk as Buffer).length;
    if (read > ANSWER_LIMIT) {
      answer.destroy();
      break;
    }
  }
  return answer;
}

function judge({ statusCode: status = 0, headers }: IncomingMessage, where: string): void {
  if (status >= 200 && status < 300) return;
  const error = fail('WG_ALERTS_HTTP', { where, status });
  const seconds = Number(headers['retry-after']);
  if (PASSING.includes(status) && seconds > 0) throw new Later(error.message, seconds * 1000);
  if (status >= 400 && status < 500 && !PASSING.includes(status)) throw new Refused(error.message);
  throw error;
}

/** One alert as an object, several as an array. */
export function jsonBody(items: readonly string[]): string {
  return items.length === 1 ? (items[0] ?? '') : `[${items.join(',')}]`;
}

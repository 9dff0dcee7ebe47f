/**
 * Downloads over HTTP: GET and HEAD are asked again by a client of our own, at the address that the victim meant (never
 * one that a name of its choice leads to); the object is stored by its hash as it is passed on. Bodies never go out.
 */
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { EgressLog } from './log.ts';
import type { ObjectStore } from './objects.ts';
import { isForbidden } from './policy.ts';
import type { Destination } from './record.ts';

export interface HttpOptions {
  readonly log: EgressLog;
  readonly objects: ObjectStore;
}

const METHODS = new Set(['GET', 'HEAD']);
const ANSWER_LIMIT = 30_000;
const MAX_HEADER = 16_384;
const MAX_HEADERS = 64;
/** What describes one connection, or could make more of a request than one. */
const NOT_PASSED = /^(connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|content-length|expect)$/i;

export class HttpMediator {
  private readonly options: HttpOptions;
  private readonly server: Server;
  private readonly destinations = new WeakMap<Socket, Destination>();

  constructor(options: HttpOptions) {
    this.options = options;
    this.server = createServer({ maxHeaderSize: MAX_HEADER, requestTimeout: ANSWER_LIMIT }, (question, answer) =>
      this.take(question, answer),
    );
    this.server.maxHeadersCount = MAX_HEADERS;
    this.server.on('clientError', (_error, socket) => socket.destroy());
  }

  connection(socket: Socket, to: Destination): void {
    this.destinations.set(socket, to);
    this.server.emit('connection', socket);
  }

  private take(question: IncomingMessage, answer: ServerResponse): void {
    const { log } = this.options;
    const to = this.destinations.get(question.socket);
    if (to === undefined) return void answer.destroy();
    const { method = '', url = '', headers } = question;
    const said = { ...to, method, host: headers.host ?? '', url, agent: headers['user-agent'] ?? '' };
    const hasBody = headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;
    if (!METHODS.has(method) || hasBody || isForbidden(to.address)) {
      this.refuse(question, answer, said);
      return;
    }
    const fields = passed(question.rawHeaders);
    const options = { host: to.address, port: to.port, method, path: url, setHost: false, timeout: ANSWER_LIMIT };
    const ours = request({ ...options, agent: false, headers: fields, maxHeaderSize: MAX_HEADER }, (from) =>
      this.store(from, answer, said),
    );
    ours.on('timeout', () => ours.destroy(new Error('no answer in time')));
    ours.on('error', (error) => {
      if (!answer.headersSent) log.note('http', { ...said, outcome: 'failed', failure: error.message });
      answer.destroy();
    });
    answer.on('close', () => ours.destroy());
    ours.end();
  }

  private store(from: IncomingMessage, answer: ServerResponse, said: Readonly<Record<string, unknown>>): void {
    const { log, objects } = this.options;
    const writer = objects.begin();
    const status = from.statusCode ?? 502;
    answer.sendDate = false;
    answer.writeHead(status, from.statusMessage ?? '', kept(from.rawHeaders));
    from.on('data', (chunk: Buffer) => {
      if (!writer.write(chunk)) {
        from.destroy();
        answer.destroy();
      } else if (!answer.write(chunk)) from.pause();
    });
    answer.on('drain', () => from.resume());
    from.on('end', () => answer.end());
    from.on('error', () => answer.destroy());
    from.on('close', () => {
      const object = writer.end();
      if (object !== undefined) log.addStored(object.bytes);
      const fields = { ...said, status, ...object, whole: from.complete };
      if (object?.cut === true) log.limit('http', fields);
      else log.note('http', { ...fields, outcome: 'stored' });
    });
  }

  /** What the victim wanted to say is kept, up to a limit; it goes nowhere. */
  private refuse(question: IncomingMessage, answer: ServerResponse, said: Readonly<Record<string, unknown>>): void {
    const { log } = this.options;
    const chunks: Buffer[] = [];
    let bytes = 0;
    const end = () => {
      log.note('http', { ...said, outcome: 'refused', bytes, first: log.bytes(Buffer.concat(chunks)) });
      answer.writeHead(503, { connection: 'close' }).end();
    };
    question.on('data', (chunk: Buffer) => {
      if (bytes < 4096) chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > 65_536) question.socket.destroy();
    });
    question.on('end', end);
    question.on('error', () => answer.destroy());
  }
}

/** The victim's headers in its order and spelling, without what is between two neighbours only. */
function passed(raw: readonly string[]): string[] {
  const fields: string[] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const [name = '', value = ''] = [raw[i], raw[i + 1]];
    if (!NOT_PASSED.test(name)) fields.push(name, value);
  }
  fields.push('Connection', 'close');
  return fields;
}

function kept(raw: readonly string[]): string[] {
  const fields: string[] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const [name = '', value = ''] = [raw[i], raw[i + 1]];
    if (!NOT_PASSED.test(name) || /^content-length$/i.test(name)) fields.push(name, value);
  }
  fields.push('Connection', 'close');
  return fields;
}

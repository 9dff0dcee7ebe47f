/**
 * Answers the victim's questions: asks our own resolver again with a message of our making, and logs both. Types that
 * carry tunnels (TXT, NULL, …) are refused; so are names beyond a budget of bytes per minute.
 */
import { randomInt } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import type { EgressLog } from './log.ts';
import {
  type Question,
  questionTypes,
  rcodes,
  readAddresses,
  readQuestion,
  writeFailure,
  writeQuestion,
} from './names.ts';

export interface ResolverOptions {
  /** Bound inside the sink. */
  readonly descriptor: number;
  /** Our resolver: `address` or `address:port`. */
  readonly upstream: string;
  readonly log: EgressLog;
  /** Bytes of names per minute. */
  readonly nameBytes?: number;
}

const WAIT = 4000;
const MINUTE = 60_000;
/** Questions that wait for an answer at a time. */
const MOST_OPEN = 32;
const NAME_BYTES = 2048;

export class Resolver {
  private readonly options: ResolverOptions;
  private readonly socket: Socket;
  private open = 0;
  private bytes = 0;
  private minute = 0;

  constructor(options: ResolverOptions) {
    this.options = options;
    this.socket = createSocket('udp4');
    this.socket.on('message', (message, { address, port }) => this.take(message, address, port));
    this.socket.on('error', (error) => options.log.note('dns', { outcome: 'failed', error: error.message }));
    this.socket.bind({ fd: options.descriptor });
  }

  close(): void {
    this.socket.close();
  }

  private take(message: Buffer, address: string, port: number): void {
    const { log } = this.options;
    const question = readQuestion(message);
    if (question === undefined) {
      log.note('dns', { outcome: 'refused', first: log.bytes(message) });
      return;
    }
    const type = questionTypes[question.type];
    const reply = (answer: Buffer) => this.socket.send(answer, port, address, () => undefined);
    const said = { name: question.name, type: type ?? question.type };
    if (type === undefined) {
      log.note('dns', { ...said, outcome: 'refused' });
      reply(writeFailure(question, rcodes.refused));
      return;
    }
    if (!this.spend(question.name.length) || this.open >= MOST_OPEN) {
      log.limit('dns', said);
      reply(writeFailure(question, rcodes.failure));
      return;
    }
    this.open++;
    this.ask(question, (answer) => {
      this.open--;
      const addresses = answer === undefined ? [] : readAddresses(answer, question);
      log.note('dns', { ...said, outcome: answer === undefined ? 'unanswered' : 'answered', addresses });
      reply(answer ?? writeFailure(question, rcodes.failure));
    });
  }

  private spend(bytes: number): boolean {
    const now = Math.floor(Date.now() / MINUTE);
    if (now !== this.minute) [this.minute, this.bytes] = [now, 0];
    this.bytes += bytes;
    return this.bytes <= (this.options.nameBytes ?? NAME_BYTES);
  }

  /** One socket, and so one port, per question; an answer counts when it comes from our resolver and has the number. */
  private ask(question: Question, done: (answer: Buffer | undefined) => void): void {
    const [host = '', port = '53'] = this.options.upstream.split(':');
    const id = randomInt(65_536);
    const query = writeQuestion({ ...question, id });
    const socket = createSocket('udp4');
    let ended = false;
    const end = (answer?: Buffer) => {
      if (ended) return;
      ended = true;
      clearTimeout(timer);
      socket.close();
      done(answer);
    };
    const timer = setTimeout(end, WAIT);
    socket.on('error', () => end());
    socket.on('message', (answer) => {
      // The question must be ours, in the case that we wrote it.
      if (answer.length < query.length || answer.readUInt16BE(0) !== id || (answer[2] ?? 0) < 128) return;
      if (!answer.subarray(12, query.length).equals(query.subarray(12))) return;
      answer.writeUInt16BE(question.id, 0);
      end(answer);
    });
    socket.connect(Number(port), host, () => socket.send(query));
  }
}

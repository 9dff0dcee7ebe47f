/**
 * Server-sent events to every open page. Each client has the number of the last document that it got and pulls what came
 * after it from the store, at the speed at which it reads, so nothing is lost, sent twice or heaped up. A client that
 * does not read at all is cut; when it lives it comes back by itself and resumes.
 */
import type { ServerResponse } from 'node:http';
import { HEARTBEAT_MS, type Item, limits, type StatusResponse, streamEvents } from '@waspglass/api';
import { type Logger, messageOf } from '@waspglass/kit';
import type { Store, Stored } from '@waspglass/store';
import { forStream } from './mask.ts';

const BATCH = 100;
/** ms that a client may take to read what was written for it. */
const SLOW_MS = 10_000;

interface Client {
  readonly response: ServerResponse;
  /** The log-in that opened it. */
  readonly session: string;
  last: number;
  /** The status that it was sent last. */
  status: string;
  pumping: boolean;
  again: boolean;
}

export class StreamHub {
  private readonly store: Store;
  private readonly logger: Logger;
  private readonly clients = new Set<Client>();
  private readonly slowMs: number;
  private readonly heartbeat: NodeJS.Timeout;
  private status = '';

  constructor(store: Store, logger: Logger, slowMs = SLOW_MS) {
    this.store = store;
    this.logger = logger;
    this.slowMs = slowMs;
    this.heartbeat = setInterval(() => this.beat(), HEARTBEAT_MS);
    this.heartbeat.unref();
  }

  get size(): number {
    return this.clients.size;
  }

  /** Takes over a response whose head was written. `last` undefined: from now on. */
  async add(response: ServerResponse, session: string, last: number | undefined): Promise<void> {
    const newest = await this.store.lastSeq();
    const client: Client = {
      response,
      session,
      last: Math.min(last ?? newest, newest),
      status: this.status,
      pumping: false,
      again: false,
    };
    this.clients.add(client);
    response.on('close', () => this.clients.delete(client));
    response.on('error', () => this.clients.delete(client));
    this.write(client, `retry: 1000\n\n${this.status}`);
    this.pump(client);
  }

  /** Documents were stored. */
  notify(): void {
    for (const client of this.clients) this.pump(client);
  }

  sendStatus(status: StatusResponse): void {
    // The time of day alone is no change.
    const text = `event: ${streamEvents.status}\ndata: ${JSON.stringify({ ...status, time: 0 })}\n\n`;
    if (text === this.status) return;
    this.status = text;
    for (const client of this.clients) this.tellStatus(client);
  }

  /** Ends the streams of one log-in. */
  end(session: string): void {
    for (const client of this.clients) if (client.session === session) client.response.end();
  }

  close(): void {
    clearInterval(this.heartbeat);
    for (const client of this.clients) client.response.destroy();
    this.clients.clear();
  }

  private beat(): void {
    for (const client of this.clients) {
      this.tellStatus(client);
      if (!client.response.writableNeedDrain) this.write(client, ':\n\n');
    }
  }

  /** A client that is behind gets the status at a later beat. */
  private tellStatus(client: Client): void {
    if (client.response.writableNeedDrain || client.status === this.status) return;
    client.status = this.status;
    this.write(client, this.status);
  }

  private pump(client: Client): void {
    client.again = true;
    if (client.pumping) return;
    client.pumping = true;
    this.pumpAll(client)
      .catch((error: unknown) => {
        this.logger.error(`stream: ${messageOf(error)}`);
        client.response.destroy();
      })
      .finally(() => {
        client.pumping = false;
      });
  }

  private async pumpAll(client: Client): Promise<void> {
    while (client.again && this.clients.has(client)) {
      client.again = false;
      const newest = await this.store.lastSeq();
      if (newest - client.last > limits.streamBehind) {
        client.last = newest;
        this.write(client, `id: ${newest}\nevent: ${streamEvents.reset}\ndata: {}\n\n`);
      }
      for (let rows = await this.rows(client); rows.length > 0; rows = await this.rows(client)) {
        await this.send(client, rows);
      }
    }
  }

  private async rows(client: Client): Promise<readonly Stored[]> {
    return this.clients.has(client) ? this.store.since(client.last, BATCH) : [];
  }

  private async send(client: Client, rows: readonly Stored[]): Promise<void> {
    for (const { seq, cursor, document } of rows) {
      const item: Item = { seq, cursor, document: forStream(document) };
      this.write(client, `id: ${seq}\nevent: ${streamEvents.document}\ndata: ${JSON.stringify(item)}\n\n`);
      client.last = seq;
      if (client.response.writableNeedDrain && !(await this.drained(client))) return;
    }
  }

  /** False when the client is gone or was too slow. */
  private async drained({ response }: Client): Promise<boolean> {
    const read = await new Promise<boolean>((resolve) => {
      const end = (value: boolean) => {
        clearTimeout(timer);
        response.off('drain', go).off('close', go);
        resolve(value);
      };
      const go = () => end(true);
      const timer = setTimeout(() => end(false), this.slowMs);
      response.once('drain', go).once('close', go);
    });
    if (!read) {
      this.logger.warn('a page that did not read its stream was cut');
      response.destroy();
    }
    return read && !response.destroyed;
  }

  private write(client: Client, text: string): void {
    if (!client.response.destroyed) client.response.write(text);
  }
}

/**
 * Server-sent events to every open page. Each client has the number of the last document that it got and pulls what came
 * after it from the store, so nothing is lost or sent twice however it reconnects. A client that does not read fast
 * enough is cut; it comes back by itself and resumes.
 */
import type { ServerResponse } from 'node:http';
import { HEARTBEAT_MS, type Item, limits, type StatusResponse, streamEvents } from '@waspglass/api';
import { type Logger, messageOf } from '@waspglass/kit';
import type { Store, Stored } from '@waspglass/store';
import { forStream } from './mask.ts';

const BATCH = 200;

interface Client {
  readonly response: ServerResponse;
  /** The log-in that opened it. */
  readonly session: string;
  last: number;
  pumping: boolean;
  again: boolean;
}

export class StreamHub {
  private readonly store: Store;
  private readonly logger: Logger;
  private readonly clients = new Set<Client>();
  private readonly heartbeat: NodeJS.Timeout;
  private status = '';

  constructor(store: Store, logger: Logger) {
    this.store = store;
    this.logger = logger;
    this.heartbeat = setInterval(() => this.beat(), HEARTBEAT_MS);
    this.heartbeat.unref();
  }

  get size(): number {
    return this.clients.size;
  }

  /** Takes over a response whose head was written. `last` undefined: from now on. */
  async add(response: ServerResponse, session: string, last: number | undefined): Promise<void> {
    const newest = await this.store.lastSeq();
    const client: Client = { response, session, last: Math.min(last ?? newest, newest), pumping: false, again: false };
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
    for (const client of this.clients) this.write(client, text);
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
    for (const client of this.clients) this.write(client, ':\n\n');
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
      for (let rows = await this.rows(client); rows.length > 0; rows = await this.rows(client)) this.send(client, rows);
    }
  }

  private async rows(client: Client): Promise<readonly Stored[]> {
    return this.clients.has(client) ? this.store.since(client.last, BATCH) : [];
  }

  private send(client: Client, rows: readonly Stored[]): void {
    let text = '';
    for (const { seq, cursor, document } of rows) {
      const item: Item = { seq, cursor, document: forStream(document) };
      text += `id: ${seq}\nevent: ${streamEvents.document}\ndata: ${JSON.stringify(item)}\n\n`;
      client.last = seq;
    }
    this.write(client, text);
  }

  private write(client: Client, text: string): void {
    client.response.write(text);
    if (client.response.writableLength <= limits.streamBytes) return;
    this.logger.warn('a stream was too slow and was cut');
    this.clients.delete(client);
    client.response.destroy();
  }
}

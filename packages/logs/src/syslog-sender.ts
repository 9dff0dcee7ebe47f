/**
 * Sends alerts to syslog: the machine's own socket, or UDP or TCP. Never throws and never blocks: what cannot be sent
 * waits in a bounded queue, and what doesn't fit is counted as lost.
 */
import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { hostname } from 'node:os';
import { messageOf } from '@waspglass/kit';
import type { Facility, SyslogIdentity, SyslogMessage } from './syslog-format.ts';
import { formatRfc3164, formatRfc5424 } from './syslog-format.ts';

export type SyslogTarget =
  /** A UNIX datagram socket, usually /dev/log. */
  | { readonly transport: 'unix'; readonly path: string }
  | { readonly transport: 'udp' | 'tcp'; readonly host: string; readonly port: number };

export interface SyslogSenderOptions {
  readonly target: SyslogTarget;
  readonly format?: 'rfc3164' | 'rfc5424';
  readonly facility?: Facility;
  readonly program?: string;
  /** Host name in the messages. */
  readonly host?: string;
  readonly queueLimit?: number;
  readonly retryMs?: number;
}

/** One way to send. `send` calls back exactly once, with whether the message was taken. */
interface Transport {
  send(text: string, done: (taken: boolean) => void): void;
  close(): void;
}

export class SyslogSender {
  readonly stats = { sent: 0, lost: 0, failed: 0, lastError: '' };
  private readonly options: SyslogSenderOptions;
  private readonly identity: SyslogIdentity;
  private readonly queue: string[] = [];
  private transport: Transport | undefined;
  private sending = false;
  private closed = false;
  private timer: NodeJS.Timeout | undefined;
  private idle: (() => void)[] = [];

  constructor(options: SyslogSenderOptions) {
    this.options = options;
    this.identity = {
      facility: options.facility ?? 'local0',
      host: options.host ?? hostname(),
      program: options.program ?? 'waspglass',
      pid: process.pid,
    };
  }

  send(message: SyslogMessage): void {
    if (this.closed || this.queue.length >= (this.options.queueLimit ?? 10_000)) {
      this.stats.lost++;
      return;
    }
    this.queue.push(this.text(message));
    this.pump();
  }

  /** Sends what waits for at most `limitMs`, counts the rest as lost and ends. */
  async close(limitMs = 1000): Promise<void> {
    this.closed = true;
    if (this.queue.length > 0) {
      let limit: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => {
        limit = setTimeout(resolve, limitMs);
      });
      await Promise.race([late, new Promise<void>((resolve) => this.idle.push(resolve))]);
      clearTimeout(limit);
    }
    clearTimeout(this.timer);
    this.timer = undefined;
    this.stats.lost += this.queue.splice(0).length;
    this.transport?.close();
    this.transport = undefined;
  }

  private text(message: SyslogMessage): string {
    const { target, format = target.transport === 'unix' ? 'rfc3164' : 'rfc5424' } = this.options;
    return format === 'rfc5424'
      ? formatRfc5424(message, this.identity)
      : formatRfc3164(message, this.identity, target.transport !== 'unix');
  }

  private pump(): void {
    const text = this.queue[0];
    if (this.sending || this.timer !== undefined || text === undefined) return;
    this.sending = true;
    this.open()
      .then((transport) => transport.send(text, (taken) => this.sent(taken)))
      .catch((error: unknown) => {
        this.stats.lastError = messageOf(error);
        this.sent(false);
      });
  }

  private sent(taken: boolean): void {
    this.sending = false;
    if (taken) {
      this.stats.sent++;
      this.queue.shift();
      if (this.queue.length === 0) for (const done of this.idle.splice(0)) done();
      this.pump();
      return;
    }
    this.stats.failed++;
    this.transport?.close();
    this.transport = undefined;
    if (this.queue.length === 0) return;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.pump();
    }, this.options.retryMs ?? 500);
    this.timer.unref();
  }

  private async open(): Promise<Transport> {
    this.transport ??= await openTransport(this.options.target, (error) => {
      this.stats.lastError = messageOf(error);
    });
    return this.transport;
  }
}

async function openTransport(target: SyslogTarget, onError: (error: unknown) => void): Promise<Transport> {
  if (target.transport !== 'unix') return (target.transport === 'udp' ? udp : tcp)(target.host, target.port, onError);
  // Loaded when needed: most users of this package never send.
  const { openUnixDatagram } = await import('./unix-datagram.ts');
  const socket = openUnixDatagram(target.path);
  return {
    send: (text, done) => done(socket?.send(text) ?? false),
    close: () => socket?.close(),
  };
}

function udp(host: string, port: number, onError: (error: unknown) => void): Transport {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  socket.on('error', onError);
  socket.unref();
  return {
    send: (text, done) =>
      socket.send(text, port, host, (error) => {
        if (error) onError(error);
        done(error === null);
      }),
    close: () => socket.close(),
  };
}

/** Messages over TCP with their length in front (RFC 6587, octet counting). */
async function tcp(host: string, port: number, onError: (error: unknown) => void): Promise<Transport> {
  const socket = connect({ host, port });
  socket.unref();
  let gone = false;
  socket.on('error', onError).on('close', () => {
    gone = true;
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve).once('error', reject);
  });
  return {
    send: (text, done) => {
      if (gone) done(false);
      else socket.write(`${Buffer.byteLength(text)} ${text}`, (error) => done(error === null || error === undefined));
    },
    close: () => socket.destroy(),
  };
}

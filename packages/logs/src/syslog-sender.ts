/**
 * Sends alerts to syslog: the machine's own socket, UDP, TCP or TLS. Never throws and never blocks: what cannot be sent
 * waits in a bounded queue and is tried again after growing pauses; what doesn't fit is counted as lost.
 */
import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { connect, isIP, type Socket } from 'node:net';
import { hostname } from 'node:os';
import { connect as connectTls } from 'node:tls';
import { messageOf } from '@waspglass/kit';
import type { Facility, SyslogIdentity, SyslogMessage } from './syslog-format.ts';
import { formatRfc3164, formatRfc5424 } from './syslog-format.ts';

export type SyslogTarget =
  /** A UNIX datagram socket, usually /dev/log. */
  | { readonly transport: 'unix'; readonly path: string }
  | { readonly transport: 'udp' | 'tcp'; readonly host: string; readonly port: number }
  /** RFC 5425. `caFile`: certificates of authorities to trust instead of the system's. */
  | { readonly transport: 'tls'; readonly host: string; readonly port: number; readonly caFile?: string };

export interface SyslogSenderOptions {
  readonly target: SyslogTarget;
  readonly format?: 'rfc3164' | 'rfc5424';
  readonly facility?: Facility;
  readonly program?: string;
  /** Host name in the messages. */
  readonly host?: string;
  readonly queueLimit?: number;
  /** First pause after a failure; each next one is twice as long, up to half a minute. */
  readonly retryMs?: number;
  /** A message that is not taken within this time has failed. */
  readonly timeoutMs?: number;
}

const LONGEST_MS = 30_000;

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
  private pauseMs: number;

  constructor(options: SyslogSenderOptions) {
    this.options = options;
    this.pauseMs = options.retryMs ?? 500;
    this.identity = {
      facility: options.facility ?? 'local0',
      host: options.host ?? hostname(),
      program: options.program ?? 'waspglass',
      pid: process.pid,
    };
  }

  /** Messages that wait. */
  get waiting(): number {
    return this.queue.length;
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
      .then((transport) => transport.send(text, this.once()))
      .catch((error: unknown) => {
        this.stats.lastError = messageOf(error);
        this.sent(false);
      });
  }

  /** Hears of the message once: when it is taken or not, or when nobody took it in time. */
  private once(): (taken: boolean) => void {
    const timeoutMs = this.options.timeoutMs ?? 10_000;
    let told = false;
    const tell = (taken: boolean) => {
      clearTimeout(timer);
      if (!told) this.sent(taken);
      told = true;
    };
    const timer = setTimeout(() => {
      this.stats.lastError = `not taken within ${timeoutMs / 1000} s`;
      tell(false);
    }, timeoutMs);
    timer.unref();
    return tell;
  }

  private sent(taken: boolean): void {
    this.sending = false;
    if (taken) {
      this.stats.sent++;
      this.pauseMs = this.options.retryMs ?? 500;
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
    }, this.pauseMs);
    this.pauseMs = Math.min(this.pauseMs * 2, LONGEST_MS);
    this.timer.unref();
  }

  private async open(): Promise<Transport> {
    const onError = (error: unknown) => {
      this.stats.lastError = messageOf(error);
    };
    this.transport ??= await openTransport(this.options.target, onError, this.options.timeoutMs ?? 10_000);
    return this.transport;
  }
}

type OnError = (error: unknown) => void;

async function openTransport(target: SyslogTarget, onError: OnError, timeoutMs: number): Promise<Transport> {
  if (target.transport === 'udp') return udp(target.host, target.port, onError);
  if (target.transport !== 'unix') return stream(target, onError, timeoutMs);
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

type StreamTarget = Exclude<SyslogTarget, { readonly transport: 'unix' }>;

/** Messages over TCP or TLS with their length in front (RFC 6587, octet counting). */
async function stream(target: StreamTarget, onError: OnError, timeoutMs: number): Promise<Transport> {
  const socket = connected(target);
  socket.unref();
  let gone = false;
  socket.on('error', onError).on('close', () => {
    gone = true;
  });
  // Whoever closes its side takes no more messages.
  socket.on('end', () => socket.destroy()).resume();
  await new Promise<void>((resolve, reject) => {
    const late = setTimeout(() => socket.destroy(new Error('no connection in time')), timeoutMs);
    late.unref();
    socket.once(target.transport === 'tls' ? 'secureConnect' : 'connect', resolve).once('error', reject);
    socket.once('close', () => reject(new Error('the connection was closed')));
    const settled = () => clearTimeout(late);
    socket.once('secureConnect', settled).once('connect', settled).once('close', settled);
  });
  return {
    send: (text, done) => {
      if (gone) done(false);
      else socket.write(`${Buffer.byteLength(text)} ${text}`, (error) => done(error === null || error === undefined));
    },
    close: () => socket.destroy(),
  };
}

function connected(target: StreamTarget): Socket {
  const { host, port } = target;
  if (target.transport !== 'tls') return connect({ host, port });
  const ca = target.caFile === undefined ? {} : { ca: readFileSync(target.caFile) };
  const servername = isIP(host) === 0 ? { servername: host } : {};
  return connectTls({ host, port, ...servername, ...ca });
}

/**
 * The process that does for the victim what the policy allows. It runs as a user of its own; its listening sockets are in
 * the sink (sockets.ts made them), its own connections leave from the host, where the kernel lets that user reach only what
 * the policy names. A transparent socket's local address is the one that the victim meant.
 */
import { createServer, type Server, type Socket } from 'node:net';
import { FtpMediator } from './ftp.ts';
import { HttpMediator } from './http.ts';
import type { EgressLog } from './log.ts';
import type { ObjectStore } from './objects.ts';
import { type EgressLimits, type EgressRow, rowOfPort } from './policy.ts';
import { type Destination, record, recordDatagrams } from './record.ts';
import { relay } from './relay.ts';
import { Resolver } from './resolver.ts';
import type { Descriptors } from './sockets.ts';

export interface MediatorOptions {
  readonly descriptors: Descriptors;
  readonly policy: readonly EgressRow[];
  readonly limits: EgressLimits;
  readonly log: EgressLog;
  readonly objects: ObjectStore;
  /** Our resolver. */
  readonly upstream: string;
}

/** Connections at a time. */
const MOST_OPEN = 64;
const IDLE_LIMIT = 60_000;
/** The row of a data connection that the FTP mediator expects. */
const FTP_DATA: EgressRow = { name: 'ftp', action: 'store' };
/** Bytes per second and direction of what is let through at a trickle, and all that it may carry. */
const TRICKLE = { rate: 2048, bytes: 262_144 };

export class Mediator {
  private readonly options: MediatorOptions;
  private readonly server: Server;
  private readonly http: HttpMediator;
  private readonly ftp: FtpMediator;
  private readonly closers: (() => void)[] = [];

  constructor(options: MediatorOptions) {
    this.options = options;
    const { descriptors, policy, upstream, log } = options;
    this.http = new HttpMediator(options);
    this.ftp = new FtpMediator(options);
    this.server = createServer({ allowHalfOpen: true }, (socket) => this.take(socket));
    this.server.maxConnections = MOST_OPEN;
    this.server.on('drop', () => log.limit('tcp', { what: 'connections at a time' }));
    this.server.listen({ fd: descriptors.tcp });
    if (policy.some(({ name }) => name === 'dns')) {
      const resolver = new Resolver({ descriptor: descriptors.dns, upstream, log });
      this.closers.push(() => resolver.close());
    }
    if (policy.some(({ name }) => name === 'tftp')) {
      const datagrams = recordDatagrams(descriptors.tftp, 'tftp', log);
      this.closers.push(() => datagrams.close());
    }
  }

  close(): void {
    this.server.close();
    for (const close of this.closers) close();
  }

  private take(socket: Socket): void {
    const { localAddress: address, localPort: port } = socket;
    socket.on('error', () => undefined);
    socket.setTimeout(IDLE_LIMIT, () => socket.destroy());
    if (address === undefined || port === undefined) return void socket.destroy();
    this.dispatch(socket, { address, port });
  }

  private dispatch(socket: Socket, to: Destination): void {
    const { policy, limits, log } = this.options;
    const row = this.ftp.expects(to) ? FTP_DATA : rowOfPort(policy, to.port);
    if (row === undefined) {
      log.note('tcp', { ...to, outcome: 'refused' });
      socket.destroy();
      return;
    }
    const kind = row.name;
    if (row === FTP_DATA) this.ftp.data(socket, to);
    else if (row.action === 'record') record(socket, kind, to, log);
    else if (row.action === 'relay') relay(socket, to, { kind, log, bytes: limits.bytes });
    else if (row.action === 'trickle') relay(socket, to, { kind, log, ...TRICKLE });
    else if (kind === 'ftp') this.ftp.control(socket, to);
    else this.http.connection(socket, to);
  }
}

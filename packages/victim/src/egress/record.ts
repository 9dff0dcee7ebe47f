/** The sinkhole: takes a connection, says nothing, keeps the first bytes, and closes. Datagrams likewise. */
import { createSocket, type Socket as DatagramSocket } from 'node:dgram';
import type { Socket } from 'node:net';
import type { EgressLog } from './log.ts';

const FIRST_BYTES = 4096;
const LONGEST = 15_000;

export interface Destination {
  readonly address: string;
  readonly port: number;
}

export function record(socket: Socket, kind: string, to: Destination, log: EgressLog): void {
  const chunks: Buffer[] = [];
  let size = 0;
  const timer = setTimeout(() => socket.destroy(), LONGEST);
  socket.on('data', (chunk) => {
    chunks.push(chunk);
    size += chunk.length;
    if (size >= FIRST_BYTES) socket.destroy();
  });
  socket.on('end', () => socket.destroy());
  socket.on('error', () => undefined);
  socket.on('close', () => {
    clearTimeout(timer);
    const first = log.bytes(Buffer.concat(chunks));
    log.note(kind, { ...to, outcome: 'recorded', bytes: size, first });
  });
}

/** Requests of TFTP: the name in them is what the intruder wanted. */
export function recordDatagrams(descriptor: number, kind: string, log: EgressLog): DatagramSocket {
  const socket = createSocket('udp4');
  socket.on('message', (message) =>
    log.note(kind, { outcome: 'recorded', bytes: message.length, first: log.bytes(message) }),
  );
  socket.on('error', () => undefined);
  socket.bind({ fd: descriptor });
  return socket;
}

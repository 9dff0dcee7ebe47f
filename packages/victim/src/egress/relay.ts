/**
 * Passes bytes between a victim's connection and one of our own to the same address and port, within limits: `relay` at
 * full speed for TLS, with the server's name from the first message; `trickle` so slowly that it serves nobody as a tool.
 */
import { connect, type Socket } from 'node:net';
import { serverName } from './client-hello.ts';
import type { EgressLog } from './log.ts';
import { isForbidden } from './policy.ts';
import type { Destination } from './record.ts';

export interface RelayOptions {
  readonly kind: string;
  readonly log: EgressLog;
  /** Bytes in both directions together. */
  readonly bytes: number;
  /** Bytes per second and direction; full speed without. */
  readonly rate?: number;
}

const CONNECT_LIMIT = 10_000;
const IDLE_LIMIT = 60_000;
const FIRST_BYTES = 4096;

export function relay(victim: Socket, to: Destination, options: RelayOptions): void {
  const { kind, log } = options;
  if (isForbidden(to.address)) {
    log.note(kind, { ...to, outcome: 'refused' });
    victim.destroy();
    return;
  }
  const server = connect({ host: to.address, port: to.port, timeout: CONNECT_LIMIT, allowHalfOpen: true });
  let first: Buffer = Buffer.alloc(0);
  let left = options.bytes;
  let [sent, received, over] = [0, 0, false];
  let failure = '';

  const write = (from: Socket, into: Socket, chunk: Buffer) => {
    const kept = chunk.subarray(0, Math.max(0, left));
    left -= chunk.length;
    if (from === victim) sent += kept.length;
    else received += kept.length;
    const ready = into.write(kept);
    if (left >= 0) return ready;
    over = true;
    from.destroy();
    into.destroy();
    return false;
  };
  const pass = (from: Socket, into: Socket) => {
    let [busy, ended] = [false, false];
    const idle = () => {
      busy = false;
      if (ended) into.end();
      else from.resume();
    };
    from.on('data', (chunk) => {
      if (options.rate === undefined) {
        if (!write(from, into, chunk)) from.pause();
        return;
      }
      busy = true;
      from.pause();
      slowly(chunk, options.rate, (part) => !into.destroyed && (write(from, into, part) || !over), idle);
    });
    if (options.rate === undefined) into.on('drain', () => from.resume());
    from.on('end', () => {
      ended = true;
      if (!busy) into.end();
    });
  };
  victim.pause();
  victim.on('data', (chunk) => {
    if (first.length < FIRST_BYTES) first = Buffer.concat([first, chunk]).subarray(0, FIRST_BYTES);
  });
  server.on('connect', () => {
    server.setTimeout(IDLE_LIMIT, () => server.destroy());
    pass(victim, server);
    pass(server, victim);
    victim.resume();
  });
  server.on('timeout', () => server.destroy());
  server.on('error', (error) => {
    failure = error.message;
    victim.destroy();
  });
  victim.on('error', () => server.destroy());
  victim.on('close', () => server.destroy());
  server.on('close', () => {
    victim.destroySoon();
    const name = serverName(first);
    const fields = { ...to, sent, received, ...(name === undefined ? {} : { name }), first: log.bytes(first) };
    if (over) log.limit(kind, fields);
    else log.note(kind, { ...fields, outcome: failure === '' ? 'relayed' : 'failed', ...(failure && { failure }) });
  });
}

/** One part per second; what comes meanwhile stays with the sender, whose window fills. */
function slowly(chunk: Buffer, rate: number, write: (part: Buffer) => boolean, done: () => void): void {
  if (chunk.length === 0) done();
  else if (write(chunk.subarray(0, rate))) {
    const pause = Math.ceil((1000 * Math.min(chunk.length, rate)) / rate);
    setTimeout(() => slowly(chunk.subarray(rate), rate, write, done), pause).unref();
  }
}

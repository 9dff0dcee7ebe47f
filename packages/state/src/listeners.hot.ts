/**
 * Which end of a connection from the lists is the server: /proc tells local and remote end only. The local end is the
 * server's when somebody listens on its port; listening sockets may come later in the list than connections.
 */
import { F, fdFlag } from './columns.ts';
import type { Descriptors } from './descriptors.hot.ts';

/** Connections that are remembered while their port has no listener. */
const LIMIT = 1 << 16;

export class Listeners {
  private readonly descriptors: Descriptors;
  private readonly ports = new Uint8Array(1 << 16);
  private readonly waiting = new Map<number, number[]>();
  private count = 0;

  constructor(descriptors: Descriptors) {
    this.descriptors = descriptors;
  }

  /** Somebody listens on a port. */
  port(port: number): void {
    if (this.ports[port] === 1) return;
    this.ports[port] = 1;
    const pairs = this.waiting.get(port) ?? [];
    this.waiting.delete(port);
    for (let i = 0; i < pairs.length; i += 2) this.turn(pairs[i]!, pairs[i + 1]!);
  }

  /** A connection with this local port. */
  connection(port: number, table: number, fd: number): void {
    if (this.ports[port] === 1) this.turn(table, fd);
    else if (this.count < LIMIT) {
      this.count++;
      const pairs = this.waiting.get(port);
      if (pairs === undefined) this.waiting.set(port, [table, fd]);
      else pairs.push(table, fd);
    }
  }

  /** Forgets what waits: the lists are complete. */
  settle(): void {
    this.waiting.clear();
    this.count = 0;
  }

  /** Makes the local end the server's. */
  private turn(table: number, fd: number): void {
    const entry = this.descriptors.find(table, fd);
    const f = this.descriptors.entries;
    if (entry === 0 || (f[entry]! & fdFlag.connected) === 0) return;
    f[entry] = (f[entry]! & ~fdFlag.client) | fdFlag.server;
    const source = f[entry + F.source]!;
    f[entry + F.source] = f[entry + F.destination]!;
    f[entry + F.destination] = source;
    f[entry + F.ports] = (f[entry + F.ports]! >>> 16) | (f[entry + F.ports]! << 16);
    f[entry + F.name] = 0;
  }
}

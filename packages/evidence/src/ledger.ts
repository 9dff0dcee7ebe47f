/** What was delivered where: one JSON line per file and target, appended and synced, so a restart sends nothing twice. */
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { readTextIfThere } from '@waspglass/kit';
import type { Verification } from './transport.ts';

export interface Delivery {
  readonly name: string;
  readonly target: string;
  readonly sha256: string;
  readonly verified: Verification;
  readonly time: string;
}

export class Ledger {
  private readonly done = new Set<string>();
  private readonly fd: number;

  constructor(file: string) {
    for (const line of (readTextIfThere(file) ?? '').split('\n')) this.load(line);
    this.fd = openSync(file, 'a', 0o640);
  }

  has(name: string, target: string): boolean {
    return this.done.has(key(name, target));
  }

  add(delivery: Delivery): void {
    writeSync(this.fd, `${JSON.stringify(delivery)}\n`);
    fsyncSync(this.fd);
    this.done.add(key(delivery.name, delivery.target));
  }

  get size(): number {
    return this.done.size;
  }

  close(): void {
    closeSync(this.fd);
  }

  /** A line cut by a crash means that its file is sent again, which the transport finds to be present. */
  private load(line: string): void {
    try {
      const { name, target } = JSON.parse(line === '' ? '{}' : line) as Partial<Delivery>;
      if (typeof name === 'string' && typeof target === 'string') this.done.add(key(name, target));
    } catch {
      return;
    }
  }
}

const key = (name: string, target: string): string => `${target}\0${name}`;

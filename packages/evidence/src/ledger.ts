/** What was delivered where: one JSON line per entry and target, appended and synced, so a restart sends nothing twice. */
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

/** A try that was begun: written before the first byte is sent, so that no name on the share is used twice. */
interface Try {
  readonly name: string;
  readonly target: string;
  readonly attempt: number;
}

export class Ledger {
  private readonly done: Map<string, Verification>;
  private readonly attempts: Map<string, number>;
  private readonly fd: number;

  constructor(file: string) {
    ({ done: this.done, attempts: this.attempts } = readLedger(file));
    this.fd = openSync(file, 'a', 0o640);
  }

  has(name: string, target: string): boolean {
    return this.done.has(key(name, target));
  }

  add(delivery: Delivery): void {
    this.append(delivery);
    this.done.set(key(delivery.name, delivery.target), delivery.verified);
  }

  /** Number of the try that begins now, from 1; on disk when this returns. */
  nextAttempt(name: string, target: string): number {
    const attempt = (this.attempts.get(key(name, target)) ?? 0) + 1;
    this.append({ name, target, attempt });
    this.attempts.set(key(name, target), attempt);
    return attempt;
  }

  get size(): number {
    return this.done.size;
  }

  close(): void {
    closeSync(this.fd);
  }

  /** The line break comes first: what follows a line that a kill cut is whole. */
  private append(line: Delivery | Try): void {
    writeSync(this.fd, `\n${JSON.stringify(line)}`);
    fsyncSync(this.fd);
  }
}

/** How an entry reached a target, by what the ledger's file says; undefined: not yet. */
export function deliveriesOf(file: string): (name: string, target: string) => Verification | undefined {
  const { done } = readLedger(file);
  return (name, target) => done.get(key(name, target));
}

function readLedger(file: string): { done: Map<string, Verification>; attempts: Map<string, number> } {
  const done = new Map<string, Verification>();
  const attempts = new Map<string, number>();
  for (const text of (readTextIfThere(file) ?? '').split('\n')) {
    const { name, target, verified, attempt } = parse(text);
    if (typeof name !== 'string' || typeof target !== 'string') continue;
    if (typeof attempt === 'number') attempts.set(key(name, target), attempt);
    else if (verified !== undefined) done.set(key(name, target), verified);
  }
  return { done, attempts };
}

/** A line cut by a crash means that its file is sent again, which the transport finds to be present. */
function parse(text: string): Partial<Delivery & Try> {
  try {
    return JSON.parse(text === '' ? '{}' : text) as Partial<Delivery & Try>;
  } catch {
    return {};
  }
}

const key = (name: string, target: string): string => `${target}\0${name}`;

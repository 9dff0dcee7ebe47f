/**
 * What was delivered where: one JSON line per entry and target, appended and synced, so a restart sends nothing twice. What
 * the spool has freed is forgotten now and then and only counted.
 */
import { closeSync, fsyncSync, openSync, renameSync, writeSync } from 'node:fs';
import { readTextIfThere } from '@waspglass/kit';
import { type Seal, sealFileName } from './seal.ts';
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

/** Deliveries that were forgotten: a line of its own. */
interface Forgotten {
  readonly forgotten: number;
}

/** Entries above which it is worth looking for some to forget. */
const MANY = 4096;

export class Ledger {
  private readonly file: string;
  private done: Map<string, Delivery>;
  private attempts: Map<string, Try>;
  private forgotten: number;
  private fd: number;
  /** Entries at which to look again. */
  private next = MANY;

  constructor(file: string) {
    this.file = file;
    ({ done: this.done, attempts: this.attempts, forgotten: this.forgotten } = readLedger(file));
    this.fd = openSync(file, 'a', 0o640);
  }

  /** There are so many entries that it is worth to `forget` some. */
  get isCrowded(): boolean {
    return this.done.size >= this.next;
  }

  /** Forgets what is about entries that are not among these: they are never sent again. */
  forget(seals: readonly Seal[]): void {
    const names = new Set(seals.map(sealFileName));
    const numbers = new Set(seals.map(({ seq }) => String(seq)));
    const done = [...this.done].filter(([, { name }]) => names.has(name));
    const attempts = [...this.attempts].filter(([, { name }]) => numbers.has(name.split('.')[0] ?? ''));
    this.next = Math.max(MANY, 2 * done.length);
    this.forgotten += this.done.size - done.length;
    this.done = new Map(done);
    this.attempts = new Map(attempts);
    this.rewrite();
  }

  has(name: string, target: string): boolean {
    return this.done.has(key(name, target));
  }

  add(delivery: Delivery): void {
    this.append(delivery);
    this.done.set(key(delivery.name, delivery.target), delivery);
  }

  /** Number of the try that begins now, from 1; on disk when this returns. */
  nextAttempt(name: string, target: string): number {
    const attempt = (this.attempts.get(key(name, target))?.attempt ?? 0) + 1;
    this.append({ name, target, attempt });
    this.attempts.set(key(name, target), { name, target, attempt });
    return attempt;
  }

  /** Deliveries ever. */
  get size(): number {
    return this.done.size + this.forgotten;
  }

  close(): void {
    closeSync(this.fd);
  }

  private rewrite(): void {
    const lines: (Delivery | Try | Forgotten)[] = [{ forgotten: this.forgotten }];
    lines.push(...this.attempts.values(), ...this.done.values());
    const fd = openSync(`${this.file}.new`, 'w', 0o640);
    for (const line of lines) writeSync(fd, `\n${JSON.stringify(line)}`);
    fsyncSync(fd);
    renameSync(`${this.file}.new`, this.file);
    closeSync(this.fd);
    this.fd = fd;
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
  return (name, target) => done.get(key(name, target))?.verified;
}

function readLedger(file: string) {
  const done = new Map<string, Delivery>();
  const attempts = new Map<string, Try>();
  let forgotten = 0;
  for (const text of (readTextIfThere(file) ?? '').split('\n')) {
    const line = parse(text);
    const { name, target, verified, attempt } = line;
    if (typeof line.forgotten === 'number') forgotten = line.forgotten;
    if (typeof name !== 'string' || typeof target !== 'string') continue;
    if (typeof attempt === 'number') attempts.set(key(name, target), { name, target, attempt });
    else if (verified !== undefined) done.set(key(name, target), line as Delivery);
  }
  return { done, attempts, forgotten };
}

/** A line cut by a crash means that its file is sent again, which the transport finds to be present. */
function parse(text: string): Partial<Delivery & Try & Forgotten> {
  try {
    return JSON.parse(text === '' ? '{}' : text) as Partial<Delivery & Try & Forgotten>;
  } catch {
    return {};
  }
}

const key = (name: string, target: string): string => `${target}\0${name}`;

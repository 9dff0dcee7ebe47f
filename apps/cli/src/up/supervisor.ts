/**
 * Keeps the processes of one honeypot running. Children are detached and speak through files (log, status), so they live
 * on when this process is killed; the next supervisor adopts them by their pid files instead of starting them twice.
 * Liveness is polled by pid and start time, which works for own and adopted children alike.
 */
import { spawn } from 'node:child_process';
import { closeSync, openSync, rmSync } from 'node:fs';
import { delay, type Logger } from '@waspglass/kit';
import { identify, isAlive, type ProcessId, readPidFile, terminate, writePidFile } from './process-id.ts';

export interface ChildSpec {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly pidFile: string;
  readonly statusFile: string;
  readonly logFile: string;
  /** Milliseconds between SIGTERM and SIGKILL. */
  readonly grace: number;
}

interface Child {
  readonly spec: ChildSpec;
  id: ProcessId | undefined;
  restarts: number;
  /** performance.now() before which it is not started again. */
  notBefore: number;
  startedAt: number;
  paused: boolean;
}

const POLL_MS = 100;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5000;
/** A child that lived this long starts again without a pause. */
const HEALTHY_MS = 10_000;

export class Supervisor {
  private readonly children: Child[] = [];
  private readonly logger: Logger;
  private stopping = false;
  private loop: Promise<void> | undefined;

  constructor(logger: Logger) {
    this.logger = logger;
  }

  /** Adopts the child when it already runs, else starts it; from now on it is kept running. */
  add(spec: ChildSpec): ProcessId {
    const child: Child = {
      spec,
      id: readPidFile(spec.pidFile),
      restarts: 0,
      notBefore: 0,
      startedAt: performance.now(),
      paused: false,
    };
    if (child.id === undefined) start(child);
    else this.logger.info(`adopted ${spec.name}, process ${child.id.pid}`);
    this.children.push(child);
    this.loop ??= this.watch();
    if (child.id === undefined) throw new Error(`${spec.name} could not be started`);
    return child.id;
  }

  status(): { name: string; pid: number | undefined; restarts: number }[] {
    return this.children.map(({ spec, id, restarts }) => ({ name: spec.name, pid: id?.pid, restarts }));
  }

  /** Ends one child and leaves it so until `resume`. */
  async pause(name: string): Promise<void> {
    const child = this.children.find((c) => c.spec.name === name);
    if (child === undefined) return;
    child.paused = true;
    if (child.id !== undefined) await terminate(child.id, child.spec.grace);
  }

  resume(name: string): void {
    const child = this.children.find((c) => c.spec.name === name);
    if (child === undefined) return;
    child.paused = false;
    child.notBefore = 0;
  }

  /** Ends the children in the order of `names`. */
  async stop(names: readonly string[]): Promise<void> {
    this.stopping = true;
    await this.loop;
    const place = (child: Child) => names.indexOf(child.spec.name);
    for (const child of this.children.sort((a, b) => place(a) - place(b))) await this.end(child);
  }

  private async end(child: Child): Promise<void> {
    if (child.id !== undefined) await terminate(child.id, child.spec.grace);
    rmSync(child.spec.pidFile, { force: true });
    rmSync(child.spec.statusFile, { force: true });
  }

  private async watch(): Promise<void> {
    while (!this.stopping) {
      for (const child of this.children) this.check(child);
      await delay(POLL_MS);
    }
  }

  private check(child: Child): void {
    if (child.id !== undefined && isAlive(child.id)) return;
    const heir = child.id === undefined ? undefined : readPidFile(child.spec.pidFile);
    if (heir !== undefined) {
      this.logger.info(`${child.spec.name}: process ${heir.pid} has taken over from ${child.id?.pid}`);
      child.id = heir;
      child.startedAt = performance.now();
      return;
    }
    const now = performance.now();
    if (child.id !== undefined) {
      const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(child.restarts, 10));
      child.notBefore = now - child.startedAt > HEALTHY_MS ? now : now + pause;
      this.logger.warn(`${child.spec.name} (process ${child.id.pid}) ended; see ${child.spec.logFile}`);
      child.id = undefined;
    }
    if (now < child.notBefore || child.paused || this.stopping) return;
    child.restarts++;
    start(child);
    this.logger.info(`restarted ${child.spec.name}${child.id === undefined ? ': failed' : ''}`);
  }
}

function start(child: Child): void {
  const { spec } = child;
  rmSync(spec.statusFile, { force: true });
  const log = openSync(spec.logFile, 'a', 0o640);
  try {
    const process = spawn(spec.program, spec.args, { detached: true, stdio: ['ignore', log, log], cwd: '/' });
    // A program that cannot be started has no pid; the next look finds that out and tries again.
    process.on('error', () => undefined);
    process.unref();
    child.startedAt = performance.now();
    child.id = process.pid === undefined ? undefined : identify(process.pid);
    if (child.id !== undefined) writePidFile(spec.pidFile, child.id);
  } finally {
    closeSync(log);
  }
}

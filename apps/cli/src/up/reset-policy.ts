/**
 * When a victim starts afresh: on request, when it has been quiet for a time after a visit, at an age, or when its disk has
 * grown. Looks at what the kernel says about the victim from outside; nothing runs inside for it.
 */
import { existsSync, readFileSync, rmSync, statfsSync } from 'node:fs';
import path from 'node:path';
import type { Config } from '../config/options.ts';

const MINUTE = 60_000;
const MIB = 2 ** 20;
/** Established, in /proc/net/tcp. */
const ESTABLISHED = '01';
const SSH = '0016';

/** What decides. */
export interface VictimActivity {
  /** Established connections of the published service. */
  readonly sessions: number;
  /** Bytes on the victim's disk. */
  readonly bytes: number;
  readonly asked: boolean;
}

export class ResetPolicy {
  private readonly config: Config;
  private began: number;
  private lastSession: number | undefined;
  private firstBytes: number | undefined;

  constructor(config: Config, now = Date.now()) {
    this.config = config;
    this.began = now;
  }

  /** The victim is fresh. */
  restart(now = Date.now()): void {
    this.began = now;
    this.lastSession = undefined;
    this.firstBytes = undefined;
  }

  /** Why the victim is to start afresh now; undefined when it is not. */
  due({ sessions, bytes, asked }: VictimActivity, now = Date.now()): string | undefined {
    if (sessions > 0) this.lastSession = now;
    this.firstBytes ??= bytes;
    if (asked) return 'somebody asked for it';
    const quiet = this.config['victim.reset_quiet_minutes'] * MINUTE;
    const age = this.config['victim.reset_hours'] * 60 * MINUTE;
    const growth = this.config['victim.reset_growth_mib'] * MIB;
    if (growth > 0 && bytes - this.firstBytes >= growth) return 'its disk has grown';
    if (this.lastSession === undefined) return undefined;
    if (quiet > 0 && now - this.lastSession >= quiet) return 'it has been quiet since the last session';
    return age > 0 && now - this.began >= age ? 'it is old' : undefined;
  }
}

/** What the kernel says of a victim. */
export function activityOf(initPid: number, stateDirectory: string, request: string): VictimActivity {
  const disk = path.join(stateDirectory, 'victim/disk');
  const { blocks = 0, bfree = 0, bsize = 0 } = existsSync(disk) ? statfsSync(disk) : {};
  return {
    sessions: sessionsIn(textOf(`/proc/${initPid}/net/tcp`)),
    bytes: (blocks - bfree) * bsize,
    asked: existsSync(request),
  };
}

/** Established connections to the victim's port 22, in the words of /proc/net/tcp. */
export function sessionsIn(table: string): number {
  const rows = table.split('\n').map((line) => line.trim().split(/\s+/));
  return rows.filter(([, local = '', , state]) => local.endsWith(`:${SSH}`) && state === ESTABLISHED).length;
}

export function forgetRequest(request: string): void {
  rmSync(request, { force: true });
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}

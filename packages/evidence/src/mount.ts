/**
 * Finds out whether a directory is on the share that should be mounted there. Copies that are written beside a share that
 * is not mounted look shipped, fill the honeypot's own disk and vanish below the mount when it comes.
 */
import { readFileSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { readTextIfThere } from '@waspglass/kit';
import { fail } from './errors.ts';

/** `auto`: what /etc/fstab mounts, and what stands where mounts usually stand. */
export type MountRule = 'auto' | 'yes' | 'no';

export interface MountTables {
  /** Texts as of /etc/fstab and /proc/self/mountinfo. */
  readonly fstab: string;
  readonly mounts: string;
}

const USUAL = ['/mnt', '/media', '/net', '/srv/mnt'];

/** Throws when a share should be mounted at or above the directory and is not. */
export function checkMount(directory: string, rule: MountRule, tables: MountTables = readTables()): void {
  if (rule === 'no') return;
  const place = resolved(directory);
  const mounted = pointsIn(tables.mounts, 4);
  const expected = deepestAbove(place, pointsIn(tables.fstab, 1));
  if (expected !== undefined) {
    if (mounted.includes(expected)) return;
    throw fail('WG_EVIDENCE_NOT_MOUNTED', {
      directory,
      reason: `/etc/fstab mounts ${expected}, and nothing is mounted there`,
    });
  }
  const isUsual = USUAL.some((folder) => place.startsWith(`${folder}/`));
  if (rule === 'auto' && !isUsual) return;
  const mount = deepestAbove(place, mounted);
  if (mount !== undefined && !USUAL.includes(mount)) return;
  throw fail('WG_EVIDENCE_NOT_MOUNTED', {
    directory,
    reason: 'it is on the disk of this machine, nothing is mounted there',
  });
}

function readTables(): MountTables {
  return { fstab: readTextIfThere('/etc/fstab') ?? '', mounts: readFileSync('/proc/self/mountinfo', 'utf8') };
}

/** Mount points in a table, without `/`; the column counts from 0. */
function pointsIn(table: string, column: number): string[] {
  return table
    .split('\n')
    .filter((line) => !line.trimStart().startsWith('#'))
    .map((line) => unescaped(line.trim().split(/\s+/)[column] ?? ''))
    .filter((point) => point.startsWith('/') && point !== '/')
    .map((point) => path.normalize(point).replace(/\/$/, ''));
}

function deepestAbove(place: string, points: readonly string[]): string | undefined {
  return points
    .filter((point) => place === point || place.startsWith(`${point}/`))
    .sort((a, b) => b.length - a.length)[0];
}

/** Both tables write blanks and backslashes as octal numbers. */
function unescaped(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}

/** The path without links, as far as it exists. */
function resolved(directory: string): string {
  try {
    return realpathSync(directory);
  } catch {
    const above = path.dirname(directory);
    return above === directory ? directory : path.join(resolved(above), path.basename(directory));
  }
}

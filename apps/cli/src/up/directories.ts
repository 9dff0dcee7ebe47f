/** The directories of an instance, with owners and modes: one table. */
import { chmodSync, chownSync, cpSync, mkdirSync, rmSync } from 'node:fs';
import { CONSOLE_FILES, type InstancePaths } from './paths.ts';
import type { UserIds } from './user.ts';

interface DirectoryRow {
  readonly path: (paths: InstancePaths) => string;
  readonly owner: 'root' | 'user';
  /** Group is the user's wherever the user may enter. */
  readonly mode: number;
}

const table: readonly DirectoryRow[] = [
  { path: (p) => p.state, owner: 'root', mode: 0o751 },
  { path: (p) => p.run, owner: 'root', mode: 0o751 },
  { path: (p) => p.logs, owner: 'root', mode: 0o750 },
  // Set-group-id: files made here get the user's group, so the shipper may read them.
  { path: (p) => p.captures, owner: 'root', mode: 0o2750 },
  // The collector deletes what it has consumed.
  { path: (p) => p.documents, owner: 'root', mode: 0o2770 },
  { path: (p) => p.store, owner: 'user', mode: 0o700 },
  { path: (p) => p.ship, owner: 'user', mode: 0o750 },
  { path: (p) => p.userRun, owner: 'user', mode: 0o750 },
];

export function makeDirectories(paths: InstancePaths, user: UserIds): void {
  for (const row of table) {
    const directory = row.path(paths);
    mkdirSync(directory, { recursive: true, mode: row.mode });
    chownSync(directory, row.owner === 'root' ? 0 : user.uid, user.gid);
    chmodSync(directory, row.mode);
  }
}

/** What the mediators write: the shipper's group may read it, and nobody else. */
export function makeEgressDirectories(paths: InstancePaths, mediator: UserIds, reader: UserIds): void {
  for (const directory of [paths.egress, paths.objects, paths.egressRun]) {
    mkdirSync(directory, { recursive: true, mode: 0o2750 });
    chownSync(directory, mediator.uid, reader.gid);
    chmodSync(directory, 0o2750);
  }
}

/** The checkout may be in a home directory that the user cannot enter: the console's files are served from a copy. */
export function copyConsole(paths: InstancePaths): void {
  rmSync(paths.console, { recursive: true, force: true });
  cpSync(CONSOLE_FILES, paths.console, { recursive: true });
  chmodSync(paths.console, 0o755);
}

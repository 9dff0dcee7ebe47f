/**
 * The victim's root: overlayfs over the image. What the victim writes goes to a file system of its own in one file of
 * bounded size, so it cannot fill the host's disk, and `df` shows a disk of that size. Mount options are visible in the
 * victim: they hold short relative names (resolved in that file system) and the source is called like a disk.
 */
import { lstat, mkdir, open, readFile, readlink, realpath, rm, stat, symlink } from 'node:fs/promises';
import { resolve } from 'node:path';
import { attempt, run } from './command.ts';

export interface Overlay {
  /** Holds `disk.img`, its mount `disk` (with `lower`, `upper` and `work`) and `merged`. */
  readonly directory: string;
  /** The image's root. */
  readonly image: string;
  /** Bytes of the file system that holds what the victim writes. */
  readonly size: number;
}

export interface MountedOverlay {
  /** Nobody has written to it yet. */
  readonly fresh: boolean;
  /** The block device that the victim's reads and writes go to. */
  readonly device: { readonly major: number; readonly minor: number };
}

/** Mounts `merged`: a fresh one, unless `keep` was asked for and there is one that was made on this image. */
export async function mountOverlay(overlay: Overlay, keep: boolean): Promise<MountedOverlay> {
  const { directory, image } = overlay;
  await unmountBelow(directory);
  const kept = keep && (await mountKept(directory)) && (await readlink(`${directory}/disk/lower`)) === resolve(image);
  if (!kept) await makeDisk(overlay);
  await mkdir(`${directory}/merged`, { recursive: true, mode: 0o755 });
  const options = 'lowerdir=lower,upperdir=upper,workdir=work';
  await run('mount', ['-t', 'overlay', '-o', options, '/dev/vda1', `${directory}/merged`], {
    cwd: `${directory}/disk`,
  });
  return { fresh: !kept, device: deviceNumbers((await stat(`${directory}/disk`)).dev) };
}

/** Names what a fresh victim has; stands when that is whole. */
export const BASELINE = 'baseline.json';

/** Mounts what the last victim wrote; false when there is nothing, or when its making was cut short. */
async function mountKept(directory: string): Promise<boolean> {
  for (const name of ['disk.img', BASELINE]) {
    if ((await lstat(`${directory}/${name}`).catch(() => undefined)) === undefined) return false;
  }
  await mountDisk(directory);
  return (await lstat(`${directory}/disk/lower`).catch(() => undefined)) !== undefined;
}

async function makeDisk({ directory, image, size }: Overlay): Promise<void> {
  await clearOverlay(directory);
  const file = await open(`${directory}/disk.img`, 'wx', 0o600);
  await file.truncate(size);
  await file.close();
  // No blocks kept for root: the victim's root would have them.
  await run('mkfs.ext4', ['-q', '-m', '0', '-E', 'lazy_itable_init=1,lazy_journal_init=1', `${directory}/disk.img`]);
  await mountDisk(directory);
  for (const name of ['upper', 'work']) await mkdir(`${directory}/disk/${name}`, { mode: 0o755 });
  await symlink(resolve(image), `${directory}/disk/lower`);
}

async function mountDisk(directory: string): Promise<void> {
  await mkdir(`${directory}/disk`, { recursive: true, mode: 0o700 });
  await run('mount', ['-o', 'loop,nodev', `${directory}/disk.img`, `${directory}/disk`]);
}

/** As glibc's major() and minor() take them apart. */
function deviceNumbers(device: number): { major: number; minor: number } {
  const [high, low] = [Math.floor(device / 2 ** 32), device % 2 ** 32];
  return { major: ((low >>> 8) & 0xfff) | (high & ~0xfff), minor: (low & 0xff) | ((low >>> 12) & ~0xff) };
}

/** Unmounts everything below `directory`, deepest first; detaches what is still in use. */
export async function unmountBelow(directory: string): Promise<void> {
  const actual = await realpath(directory).catch(() => directory);
  const mounts = (await mountPoints()).filter((path) => path.startsWith(`${actual}/`));
  for (const path of mounts.sort((a, b) => b.length - a.length)) {
    const result = await attempt('umount', [path]);
    if (result.status !== 0) await run('umount', ['--lazy', path]);
  }
}

/** Unmounts and removes what an overlay is made of; immutable files included. */
export async function clearOverlay(directory: string): Promise<void> {
  await unmountBelow(directory);
  for (const name of [BASELINE, 'merged', 'disk', 'disk.img']) await removeTree(`${directory}/${name}`);
}

async function removeTree(path: string): Promise<void> {
  if ((await lstat(path).catch(() => undefined)) === undefined) return;
  try {
    await rm(path, { recursive: true, force: true });
  } catch (_immutable) {
    // Intruders make files immutable; -f: symbolic links have no flags and say so.
    await attempt('chattr', ['-R', '-f', '-i', '-a', path]);
    await rm(path, { recursive: true, force: true });
  }
}

async function mountPoints(): Promise<string[]> {
  const lines = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n');
  return lines.map((line) => unescapeMount(line.split(' ')[4] ?? '')).filter((path) => path !== '');
}

/** mountinfo writes space, tab, newline and backslash in octal. */
function unescapeMount(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

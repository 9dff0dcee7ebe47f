/**
 * The victim's root: overlayfs over the image. Mount options are visible in the victim, so they hold short relative
 * names (resolved in the victim's directory) and the source is called like a disk.
 */
import { lstat, mkdir, readFile, readlink, realpath, rm, symlink } from 'node:fs/promises';
import { resolve } from 'node:path';
import { attempt, run } from './command.ts';

export interface Overlay {
  /** Holds `lower`, `upper`, `work` and `merged`. */
  readonly directory: string;
  /** The image's root. */
  readonly image: string;
}

/**
 * Mounts `merged`. Says whether `upper` is fresh: it is, unless `keep` was asked for and there is one that was made on
 * this image.
 */
export async function mountOverlay({ directory, image }: Overlay, keep: boolean): Promise<{ fresh: boolean }> {
  await unmountBelow(directory);
  const kept = keep && (await readlink(`${directory}/lower`).catch(() => undefined)) === resolve(image);
  if (!kept) await makeDirectories(directory, image);
  const options = 'lowerdir=lower,upperdir=upper,workdir=work';
  await run('mount', ['-t', 'overlay', '-o', options, '/dev/vda1', `${directory}/merged`], { cwd: directory });
  return { fresh: !kept };
}

async function makeDirectories(directory: string, image: string): Promise<void> {
  await clearOverlay(directory);
  for (const name of ['upper', 'work', 'merged']) await mkdir(`${directory}/${name}`, { recursive: true, mode: 0o755 });
  await symlink(resolve(image), `${directory}/lower`);
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
  for (const name of ['upper', 'work', 'lower', 'merged']) await removeTree(`${directory}/${name}`);
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

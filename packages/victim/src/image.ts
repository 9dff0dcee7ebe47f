/**
 * Images: whole Debian root file systems made by debootstrap, once per profile. A directory with its final name is
 * complete; everything else below the images directory is a leftover of a build that was killed.
 *
 * debootstrap runs in mount and pid namespaces of its own that die with this process, so a killed build leaves neither
 * processes nor mounts, only files.
 */
import { createHash } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { lockBuild } from './build-lock.ts';
import { ended, start } from './command.ts';
import { fail } from './errors.ts';
import { finishImage, IMAGE_FORMAT } from './image-files.ts';
import { hostMirror, hostProxy } from './mirror.ts';
import { type Profile, profileOf } from './profiles.ts';
import { type BuildProgress, progressReader } from './progress.ts';
import { checkRequirements, imageTools } from './requirements.ts';

export interface ImageOptions {
  /** Row of the profile table; default `debian-12`. */
  readonly profile?: string;
  /** Where images are kept, such as `STATE/images`. */
  readonly imagesDirectory: string;
  /** Where downloaded packages are kept, so that a later build takes less; none by default. */
  readonly cacheDirectory?: string;
  /** Debian archive; default: the one that this machine's apt uses. */
  readonly mirror?: string;
  readonly onProgress?: (progress: BuildProgress) => void;
}

export interface Image {
  /** The root file system; read-only by agreement. */
  readonly root: string;
  readonly key: string;
  /** False when it was there already. */
  readonly built: boolean;
}

const BUILDING = '.building';
const LINES_KEPT = 12;

/** Gives the profile's image, building it when there is none. */
export async function buildImage(options: ImageOptions): Promise<Image> {
  const name = options.profile ?? 'debian-12';
  const profile = profileOf(name);
  const key = imageKey(name, profile);
  const directory = `${options.imagesDirectory}/${key}`;
  const image = { root: `${directory}/root`, key };
  if (await exists(image.root)) return { ...image, built: false };

  checkRequirements(imageTools);
  const report = options.onProgress ?? (() => undefined);
  await mkdir(options.imagesDirectory, { recursive: true, mode: 0o755 });
  const lock = await lockBuild(`${options.imagesDirectory}/${key}.lock`, () =>
    report({ text: 'waiting for another build of this image', percent: 0 }),
  );
  try {
    if (await exists(image.root)) return { ...image, built: false };
    await removeUnfinished(options.imagesDirectory, key);
    await build(profile, `${directory}${BUILDING}`, options, report);
    await rename(`${directory}${BUILDING}`, directory);
    report({ text: 'done', percent: 100 });
    return { ...image, built: true };
  } finally {
    await lock.release();
  }
}

/** `debian-12-<12 hex>`: changes with anything that changes the image's content. */
export function imageKey(name: string, profile: Profile): string {
  const content = JSON.stringify([IMAGE_FORMAT, process.arch, profile]);
  return `${name}-${createHash('sha256').update(content).digest('hex').slice(0, 12)}`;
}

async function build(
  profile: Profile,
  directory: string,
  options: ImageOptions,
  report: (progress: BuildProgress) => void,
): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  try {
    await debootstrap(profile, `${directory}/root`, options, report);
    await finishImage(`${directory}/root`, profile);
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
}

async function debootstrap(
  profile: Profile,
  root: string,
  options: ImageOptions,
  report: (progress: BuildProgress) => void,
): Promise<void> {
  const mirror = options.mirror ?? (await hostMirror());
  const args = ['--pdeathsig', 'KILL', 'unshare', '--mount', '--pid', '--fork', '--kill-child', 'debootstrap'];
  args.push('--variant=minbase', `--include=${profile.packages.join(',')}`);
  args.push(`--components=${profile.components.join(',')}`);
  if (options.cacheDirectory !== undefined) {
    await mkdir(options.cacheDirectory, { recursive: true });
    args.push(`--cache-dir=${options.cacheDirectory}`);
  }
  args.push(profile.suite, root, ...(mirror === undefined ? [] : [mirror]));

  const child = start('setpriv', args, { env: { ...(await hostProxy()), DEBIAN_FRONTEND: 'noninteractive' } });
  const kept: string[] = [];
  const read = progressReader(report);
  for (const input of [child.stdout, child.stderr]) {
    if (input === null) continue;
    createInterface({ input }).on('line', (line) => {
      read(line);
      if (!/^I: (Retrieving|Validating|Extracting|Unpacking|Configuring) /.test(line)) kept.push(line.slice(0, 300));
      if (kept.length > LINES_KEPT) kept.shift();
    });
  }
  child.stdin?.end();
  const status = await ended(child, 'setpriv');
  if (status !== 0) throw fail('WG_VICTIM_IMAGE_FAILED', { status, output: kept.join('; ') || 'no output' });
}

/** Only under the lock: nobody is writing there. */
async function removeUnfinished(directory: string, key: string): Promise<void> {
  for (const name of await readdir(directory)) {
    if (name === `${key}${BUILDING}`) await rm(`${directory}/${name}`, { recursive: true, force: true });
  }
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

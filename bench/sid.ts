/**
 * sysdig 0.41 is in Debian sid only: a root directory of sid with it, from WASPGLASS_SID or, when asked for, made by
 * debootstrap. Captures are bound to /mnt of it in a mount namespace that ends with the command.
 */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** The root, undefined when there is none and none is to be made. */
export function sidRoot(folder: string, make: boolean): string | undefined {
  const root = process.env.WASPGLASS_SID ?? join(folder, 'sid');
  if (existsSync(join(root, 'usr/bin/sysdig'))) return root;
  if (!make) return undefined;
  const mirror = process.env.WASPGLASS_MIRROR;
  execFileSync('debootstrap', ['--variant=minbase', 'sid', root, ...(mirror === undefined ? [] : [mirror])], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const install = 'apt-get update && apt-get install -y --no-install-recommends sysdig';
  execFileSync('chroot', [root, 'sh', '-c', install], { stdio: ['ignore', 'ignore', 'inherit'] });
  return root;
}

/** The command that runs a program of the root on files of `captures`, which it sees as /mnt. */
export function inSid(root: string, captures: string, ...command: readonly string[]): string[] {
  const script = 'mount --bind "$1" "$2/mnt" && root=$2 && shift 2 && exec chroot "$root" "$@"';
  return ['unshare', '--mount', 'sh', '-c', script, 'sh', captures, root, ...command];
}

/** What the machine must have before anything is made: checked first, so that nothing is left half-started. */
import { accessSync, constants } from 'node:fs';
import { toolMissing } from './command.ts';
import { fail } from './errors.ts';

const DIRECTORIES = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/** The tools that running a victim takes; building an image takes `debootstrap` as well. */
export const victimTools = [
  'runc',
  'nft',
  'ip',
  'tc',
  'nsenter',
  'mount',
  'umount',
  'mkfs.ext4',
  'chroot',
  'perl',
] as const;
export const imageTools = ['debootstrap', 'flock', 'setpriv', 'unshare', 'chroot'] as const;

/** Throws the first thing that is missing: root, then tools by name. */
export function checkRequirements(tools: readonly string[] = victimTools): void {
  if (process.getuid?.() !== 0) throw fail('WG_VICTIM_NOT_ROOT');
  for (const tool of tools) if (!isInstalled(tool)) throw toolMissing(tool);
}

export function isInstalled(tool: string): boolean {
  return DIRECTORIES.some((directory) => isExecutable(`${directory}/${tool}`));
}

/** Instance names become nftables tables, interface names, cgroups and paths: nothing but the plainest letters. */
export function checkInstance(instance: string): void {
  if (!/^[a-z][a-z0-9-]{0,31}$/.test(instance)) throw fail('WG_VICTIM_INSTANCE_BAD', { found: instance });
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch (_missing) {
    return false;
  }
}

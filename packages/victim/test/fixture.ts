/** What the system tests share: where images are kept, names that no other test uses, and what must be gone afterwards. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { cgroupName } from '../src/cgroups.ts';
import { buildImage, type Image } from '../src/index.ts';
import { isInstalled, victimTools } from '../src/requirements.ts';

const CACHE = process.env.WASPGLASS_CACHE ?? '/var/cache/waspglass';
const TOOLS = [...victimTools, 'debootstrap', 'ssh', 'sshpass'];

/** Why system tests cannot run here, or false. */
export function reasonToSkip(): string | false {
  if (process.getuid?.() !== 0) return 'needs root';
  const missing = TOOLS.filter((tool) => !isInstalled(tool));
  return missing.length === 0 ? false : `needs ${missing.join(', ')}`;
}

/** The image, from the cache when it is there. */
export function testImage(): Promise<Image> {
  return buildImage({ imagesDirectory: `${CACHE}/images`, cacheDirectory: `${CACHE}/packages` });
}

export function output(tool: string, ...args: string[]): string {
  return execFileSync(tool, args, { encoding: 'utf8', maxBuffer: 16 << 20 });
}

/** Everything on this machine that carries the name: empty when nothing was left behind. */
export function leftBehind(instance: string, ...directories: string[]): string[] {
  const found = [
    ...linesWith(output('nft', 'list', 'tables'), `inet ${instance}`),
    ...linesWith(output('ip', '-o', 'link'), `${instance}-h`),
    ...linesWith(output('ip', '-o', 'link'), `${instance}-x`),
    ...linesWith(output('ip', 'netns', 'list'), instance),
    ...linesWith(output('ip', 'rule', 'list'), `${instance}-h`),
    ...directories.flatMap((directory) => linesWith(readFileSync('/proc/self/mountinfo', 'utf8'), directory)),
    ...directories.flatMap((directory) => linesWith(output('ps', '-eo', 'args'), directory)),
  ];
  for (const name of ['', ...readdirSync('/sys/fs/cgroup')]) {
    const path = `/sys/fs/cgroup/${name}/${cgroupName(instance)}`;
    if (existsSync(path)) found.push(path);
  }
  return found;
}

function linesWith(text: string, word: string): string[] {
  return text.split('\n').filter((line) => line.includes(word));
}

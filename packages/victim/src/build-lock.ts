/**
 * One builder at a time per image: a child of ours holds the kernel's lock on a file for as long as we live, so a killed
 * builder leaves no lock behind.
 */
import { ended, start, toolMissing } from './command.ts';

export interface BuildLock {
  release(): Promise<void>;
}

/** Waits for the lock on `file`; `onWait` is called once when somebody else has it. */
export async function lockBuild(file: string, onWait: () => void): Promise<BuildLock> {
  const child = start('flock', ['--exclusive', file, 'sh', '-c', 'echo locked; exec cat']);
  const end = ended(child, 'flock');
  const { stdin, stdout } = child;
  if (stdin === null || stdout === null) throw toolMissing('flock');
  const late = setTimeout(onWait, 1000);
  try {
    await Promise.race([new Promise((resolve) => stdout.once('data', resolve)), end]);
  } finally {
    clearTimeout(late);
  }
  return {
    release: async () => {
      stdin.end();
      await end;
    },
  };
}

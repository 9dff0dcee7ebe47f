/** Small files that another process reads while we write: written beside and renamed, so a reader sees old or new. */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { systemCode } from './errors.ts';

export function writeFileAtomic(file: string, content: string | Uint8Array, mode = 0o640): void {
  const beside = `${file}.${process.pid}.tmp`;
  try {
    writeFileSync(beside, content, { mode });
    renameSync(beside, file);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
}

/** The file's text, or undefined when there is none. */
export function readTextIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** How many processors the machine may have: the kernel numbers them up to that, present or not. */
import { cpus } from 'node:os';
import { readProcText } from './proc-files.ts';

export function possibleProcessors(): number {
  const last = /(\d+)\s*$/.exec(readProcText('/sys/devices/system/cpu/possible') ?? '')?.[1];
  return last === undefined ? cpus().length : Number(last) + 1;
}

/** System calls by number, name and capture code (PPM_SC), for x86-64, aarch64 and the 32-bit calls of x86. */
import { syscallRows } from './syscall-table.ts';

export type Arch = 'x86_64' | 'aarch64' | 'i386';

export interface Syscall {
  readonly name: string;
  readonly x86_64: number | undefined;
  readonly aarch64: number | undefined;
  readonly i386: number | undefined;
  /** PPM_SC code; undefined for calls that captures have no code for. */
  readonly code: number | undefined;
}

const number = (text: string | undefined) => (text === undefined || text === '-' ? undefined : Number(text));

export const syscalls: readonly Syscall[] = syscallRows.map((row) => {
  const [name = '', x86_64, aarch64, i386, code] = row.split(' ');
  return { name, x86_64: number(x86_64), aarch64: number(aarch64), i386: number(i386), code: number(code) };
});

const byName = new Map(syscalls.map((s) => [s.name, s]));
const byCode: (Syscall | undefined)[] = [];
const byNumber: Record<Arch, (Syscall | undefined)[]> = { x86_64: [], aarch64: [], i386: [] };
for (const call of syscalls) {
  if (call.code !== undefined) byCode[call.code] = call;
  for (const arch of ['x86_64', 'aarch64', 'i386'] as const) {
    const n = call[arch];
    if (n !== undefined) byNumber[arch][n] = call;
  }
}

export function syscallByName(name: string): Syscall | undefined {
  return byName.get(name);
}

/** The call that a capture's PPM_SC code stands for. */
export function syscallByCode(code: number): Syscall | undefined {
  return byCode[code];
}

export function syscallByNumber(arch: Arch, n: number): Syscall | undefined {
  return byNumber[arch][n];
}

/** Highest number in the table of a processor. */
export function syscallLimit(arch: Arch): number {
  return byNumber[arch].length - 1;
}

/** Byte counts as people read them: `10B`, `3.55KB`, `1.20M`. */

const UNITS = [
  [2 ** 50, 'P'],
  [2 ** 40, 'T'],
  [2 ** 30, 'G'],
  [2 ** 20, 'M'],
  [2 ** 10, 'KB'],
] as const;

export function formatBytes(bytes: number): string {
  for (const [size, unit] of UNITS) if (bytes > size) return `${(bytes / size).toFixed(2)}${unit}`;
  return `${bytes}B`;
}

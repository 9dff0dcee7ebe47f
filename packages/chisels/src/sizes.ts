/** Byte counts and times as people read them: `10B`, `3.55KB`, `1.20M`; `407us`, `1.08ms`, `12ms`. */

const UNITS = [
  [2 ** 50, 'P'],
  [2 ** 40, 'T'],
  [2 ** 30, 'G'],
  [2 ** 20, 'M'],
  [2 ** 10, 'KB'],
] as const;

export function formatBytes(bytes: number): string {
  for (const [size, unit] of UNITS) if (bytes > size) return `${fixed2(bytes / size)}${unit}`;
  return `${bytes}B`;
}

/** Two decimals, exact halves to the even side, as C prints them. */
function fixed2(value: number): string {
  const hundredths = value * 100;
  const low = Math.floor(hundredths);
  return hundredths - low === 0.5 && low % 2 === 0 ? (low / 100).toFixed(2) : value.toFixed(2);
}

const TIMES = [
  [1e9, 's'],
  [1e6, 'ms'],
  [1e3, 'us'],
] as const;

/** Cut, not rounded; from 10 units on, the fraction says little. */
export function formatTime(ns: number): string {
  for (const [size, unit] of TIMES) {
    if (ns < size) continue;
    const value = ns / size;
    return `${value < 10 ? (Math.floor((ns * 100) / size) / 100).toFixed(2) : Math.floor(value)}${unit}`;
  }
  return `${ns}ns`;
}

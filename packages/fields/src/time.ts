/** Times as the tools print them. Nanoseconds since the epoch are bigint; texts are in UTC. */

const SECOND = 1_000_000_000n;

export function pad9(ns: bigint): string {
  return ns.toString().padStart(9, '0');
}

/** `hh:mm:ss`. */
export function clockText(time: bigint): string {
  return iso(time).slice(11, 19);
}

/** `yyyy-mm-dd hh:mm:ss`. */
export function dateText(time: bigint): string {
  return iso(time).slice(0, 19).replace('T', ' ');
}

/** `yyyy-mm-ddThh:mm:ss`. */
export function isoText(time: bigint): string {
  return iso(time).slice(0, 19);
}

export function fraction(time: bigint): string {
  return pad9(time % SECOND);
}

export function seconds(time: bigint): bigint {
  return time / SECOND;
}

/** Largest number of milliseconds that `Date` takes: hostile captures claim any time. */
const LATEST = 8_640_000_000_000_000n;

function iso(time: bigint): string {
  const ms = time / 1_000_000n;
  const text = new Date(Number(ms > LATEST ? LATEST : ms)).toISOString();
  // Years above 9999 have a sign and six digits.
  return text.startsWith('+') ? text.slice(3) : text;
}

/** A duration with its unit: `2.49ms`, from ten units on without a fraction: `24ms`. */
export function durationText(ns: bigint): string {
  const value = Number(ns);
  for (const [unit, size] of UNITS) if (value >= size) return `${trim(value / size)}${unit}`;
  return `${value}ns`;
}

const UNITS: readonly (readonly [string, number])[] = [
  ['s', 1e9],
  ['ms', 1e6],
  ['us', 1e3],
];

function trim(value: number): string {
  return value < 10 ? (Math.floor(value * 100) / 100).toFixed(2) : String(Math.floor(value));
}

/** Waiting for a condition with a limit: the only way in which code and tests here wait for another process. */

export interface WaitOptions {
  /** Milliseconds; afterwards the wait fails. */
  readonly limit: number;
  /** Milliseconds between two looks. */
  readonly every?: number;
  /** What was waited for, for the error. */
  readonly what: string;
}

/** Calls `probe` until it gives something other than `undefined` or `false`, and returns that. */
export async function waitFor<T>(
  probe: () => T | undefined | false | Promise<T | undefined | false>,
  { limit, every = 25, what }: WaitOptions,
): Promise<T> {
  const end = performance.now() + limit;
  for (;;) {
    const value = await probe();
    if (value !== undefined && value !== false) return value;
    if (performance.now() >= end) throw new Error(`gave up after ${limit} ms waiting for ${what}`);
    await delay(every);
  }
}

export function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

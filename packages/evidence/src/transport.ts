/** Where captures go. A transport never overwrites, and says how the copy was checked. */
import type { Seal } from './seal.ts';

/** `hash`: the copy was read back and its SHA-256 is the seal's. `present`: it was there already, with the same hash. */
export type Verification = 'hash' | 'present';

export interface Transport {
  /** For messages and the ledger, without secrets: `/mnt/evidence`, `//server/share`. */
  readonly target: string;
  /** Copies the file and its seal. Throws a WaspglassError when the copy is not there and equal. */
  send(file: string, seal: Seal, signal: AbortSignal): Promise<Verification>;
}
